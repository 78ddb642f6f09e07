import { Filter, registerFilter } from "../../meta/chain";
import { FaultFilter } from "./filter";

registerFilter("fault", (): Filter => new FaultFilter());
