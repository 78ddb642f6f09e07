import { Filter } from "../../proxy/filter/filter";
import { registerFilter } from "../../proxy/filter/registry";
import { GlobalRateLimit } from "./filter";

registerFilter("globalRateLimit", (): Filter => new GlobalRateLimit());
