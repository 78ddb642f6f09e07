import { Filter, registerFilter } from "../../meta/chain";
import { TracingFilter } from "./filter";

registerFilter("tracing", (): Filter => new TracingFilter());
