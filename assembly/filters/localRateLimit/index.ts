import { Filter, registerFilter } from "../../meta/chain";
import { LocalRateLimit } from "./filter";

registerFilter("localRateLimit", (): Filter => new LocalRateLimit());
