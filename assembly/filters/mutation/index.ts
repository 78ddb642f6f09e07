import { Filter, registerFilter } from "../../meta/chain";
import { MutationFilter } from "./filter";

registerFilter("mutation", (): Filter => new MutationFilter());
