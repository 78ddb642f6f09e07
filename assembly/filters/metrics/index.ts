import { Filter, registerFilter } from "../../meta/chain";
import { MetricsFilter } from "./filter";

registerFilter("metrics", (): Filter => new MetricsFilter());
