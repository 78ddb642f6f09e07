import { Filter, registerFilter } from "../../meta/chain";
import { AccessLogFilter } from "./filter";

registerFilter("accessLog", (): Filter => new AccessLogFilter());
