import { Filter } from "../../proxy/filter/filter";
import { registerFilter } from "../../proxy/filter/registry";
import { TracingFilter } from "./filter";

registerFilter("tracing", (): Filter => new TracingFilter());
