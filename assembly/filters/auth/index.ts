import { Filter } from "../../proxy/filter/filter";
import { registerFilter } from "../../proxy/filter/registry";
import { AuthFilter } from "./filter";

registerFilter("auth", (): Filter => new AuthFilter());
