import assert from "node:assert/strict";
import { test } from "node:test";
import { importFromPackage } from "./specifiers.ts";

const of = (file: string, text: string): string => importFromPackage(file, text);

test("what leads into the SDK comes from the package, at any depth, in imports and exports", () => {
  assert.equal(of("assembly/index.ts", 'export { Reader } from "./bytes/reader";\n'), 'export { Reader } from "as-proxy-wasm/assembly/bytes/reader";\n');
  assert.equal(of("assembly/proxy/upstream/inner/lane.ts", "import { Writer } from '../../../bytes/writer';"), "import { Writer } from 'as-proxy-wasm/assembly/bytes/writer';");
  assert.equal(of("assembly/module.ts", 'import "./env/abort";\nexport * from "./context/callbacks/root";'), 'import "as-proxy-wasm/assembly/env/abort";\nexport * from "as-proxy-wasm/assembly/context/callbacks/root";');
  assert.equal(of("codecs/x/codec.ts", 'import {\n  Reader, // "../../assembly/bytes/no"\n} from "../../assembly/bytes/reader";'), 'import {\n  Reader, // "../../assembly/bytes/no"\n} from "as-proxy-wasm/assembly/bytes/reader";');
});

test("everything else stays as it is", () => {
  for (const text of [
    'import { Codec } from "../codec/codec";', 'import { x } from "./host";', 'const path: string = "../bytes/reader";',
    'import { x } from "meltemi/assembly";', '@inline function f(): string { return "./env/x"; }',
  ]) assert.equal(of("assembly/proxy/root.ts", text), text);
  assert.equal(of("codecs/host/codec.ts", 'import { x } from "./host/y";'), 'import { x } from "./host/y";');
});
