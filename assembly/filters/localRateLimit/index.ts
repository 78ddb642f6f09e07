import { Filter } from "../../proxy/filter/filter";
import { registerFilter } from "../../proxy/filter/registry";
import { LocalRateLimit } from "./filter";

registerFilter("localRateLimit", (): Filter => new LocalRateLimit());
