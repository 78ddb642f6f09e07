/** All codecs that ship, in one module: build/meltemi.wasm. */
import "./dubbo/index";
import "./redis/index";

export * from "../assembly/module";
