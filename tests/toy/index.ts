import "./register";
import "../guests/holdfilter";
import "../guests/twice";

export * from "../../assembly/module";
