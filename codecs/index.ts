/** All codecs that ship, in one module: build/meltemi.wasm. */
import "./dubbo/index";
import "./redis/index";
import "./thrift/index";

export * from "../assembly/module";
