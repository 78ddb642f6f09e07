import { Filter } from "../../proxy/filter/filter";
import { registerFilter } from "../../proxy/filter/registry";
import { MetricsFilter } from "./filter";

registerFilter("metrics", (): Filter => new MetricsFilter());
