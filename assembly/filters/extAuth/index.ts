import { Filter, registerFilter } from "../../meta/chain";
import { ExtAuthFilter } from "./filter";

registerFilter("extAuth", (): Filter => new ExtAuthFilter());
