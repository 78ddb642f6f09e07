/** All codecs, and the filter that holds requests. */
import "./holdfilter";
import "../../codecs/index";

export * from "../../assembly/module";
