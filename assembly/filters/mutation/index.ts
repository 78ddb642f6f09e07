import { Filter } from "../../proxy/filter/filter";
import { registerFilter } from "../../proxy/filter/registry";
import { MutationFilter } from "./filter";

registerFilter("mutation", (): Filter => new MutationFilter());
