import { Inspector, type Traits } from "./inspector.ts";

export type { Traits } from "./inspector.ts";

/** The traits of all codecs in a compiled module. Throws ModuleRefused if it was built without the inspection exports. */
export function describeModule(wasm: string): Promise<{ codecs: Traits[] }> {
  return Promise.resolve(Inspector.load(wasm).describe());
}
