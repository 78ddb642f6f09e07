/** All codecs, and the filter. */
import "./filter";

export * from "../../codecs/index";
