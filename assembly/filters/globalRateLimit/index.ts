import { Filter, registerFilter } from "../../meta/chain";
import { GlobalRateLimit } from "./filter";

registerFilter("globalRateLimit", (): Filter => new GlobalRateLimit());
