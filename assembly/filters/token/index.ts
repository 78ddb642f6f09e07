import { Filter } from "../../proxy/filter/filter";
import { registerFilter } from "../../proxy/filter/registry";
import { TokenFilter } from "./filter";

registerFilter("token", (): Filter => new TokenFilter());
