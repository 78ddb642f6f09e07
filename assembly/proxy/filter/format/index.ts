/** Format strings: texts with values of an exchange in them. The language: docs/config.md, "Formats". */
export { Format, readFormat } from "./format";
export { SavedValuesPool, SavedValues, MAX_KEPT } from "../../exchange/savedValues";
export { Moment } from "./moment";
