import { Filter } from "../../proxy/filter/filter";
import { registerFilter } from "../../proxy/filter/registry";
import { AccessLogFilter } from "./filter";

registerFilter("accessLog", (): Filter => new AccessLogFilter());
