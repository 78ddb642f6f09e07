import { Filter } from "../../proxy/filter/filter";
import { registerFilter } from "../../proxy/filter/registry";
import { FaultFilter } from "./filter";

registerFilter("fault", (): Filter => new FaultFilter());
