import { Filter } from "../../proxy/filter/filter";
import { registerFilter } from "../../proxy/filter/registry";
import { ExtAuthFilter } from "./filter";

registerFilter("extAuth", (): Filter => new ExtAuthFilter());
