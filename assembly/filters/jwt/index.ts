import { Filter } from "../../proxy/filter/filter";
import { registerFilter } from "../../proxy/filter/registry";
import { JwtFilter } from "./filter";

registerFilter("jwt", (): Filter => new JwtFilter());
