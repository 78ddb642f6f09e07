import "./register";
import "../guests/holdfilter";

export * from "../../assembly/module";
