import "./register";

export * from "../../assembly/module";
