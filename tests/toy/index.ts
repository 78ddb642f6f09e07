import "./register";
import "../guests/holdfilter";
import "../../assembly/filters/mutation/index";

export * from "../../assembly/module";
