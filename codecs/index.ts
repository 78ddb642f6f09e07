/** All codecs that ship, in one module: build/meltemi.wasm. */
import "./dubbo/index";

export * from "../assembly/module";
