import assert from "node:assert/strict";
import { existsSync, mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { after, test } from "node:test";
import { cacheDir } from "../tools/paths.ts";
import { buildWasm } from "./compile.ts";

const dir = mkdtempSync(join(cacheDir("run"), "compile-"));
after(() => rmSync(dir, { recursive: true }));

function entry(name: string, text: string): { source: string; wasm: string } {
  const source = join(dir, `${name}.ts`);
  writeFileSync(source, text);
  return { source, wasm: join(dir, `${name}.wasm`) };
}

/** The least that Envoy loads. */
const LEAST = `
  export function proxy_abi_version_0_2_1(): void {}
  export function proxy_on_memory_allocate(size: usize): usize { return heap.alloc(size); }
  export function proxy_on_context_create(id: u32, root: u32): void {}
`;

test("a module is built and its size told", async () => {
  const { source, wasm } = entry("least", LEAST);
  const { bytes } = await buildWasm(source, wasm);
  assert.ok(bytes > 100 && bytes < 20_000, `${bytes} bytes`);
  assert.ok(existsSync(wasm));
});

test("a compile error names file, line and reason, without a stack", async () => {
  const { source, wasm } = entry("wrong", `${LEAST}\nexport const a: string = 5;\n`);
  await assert.rejects(buildWasm(source, wasm), (error: Error) => {
    assert.match(error.message, /wrong\.ts does not compile:\nERROR TS2322: Type 'i32' is not assignable/);
    assert.match(error.message, /wrong\.ts\(6,26\)/);
    assert.doesNotMatch(error.message, /node_modules| at /);
    return true;
  });
});

test("an import that Envoy does not have is refused by name, with what draws it in", async () => {
  const { source, wasm } = entry("random", `${LEAST}\nexport function dice(): f64 { return Math.random(); }\n`);
  await assert.rejects(buildWasm(source, wasm), /random\.ts compiles, but Envoy cannot load it: it imports env\.seed.*Math\.random/);
  assert.ok(!existsSync(wasm), "a module that Envoy refuses was left behind");
});

test("a module without the callbacks is refused", async () => {
  const { source, wasm } = entry("empty", "export function a(): void {}\n");
  await assert.rejects(buildWasm(source, wasm), /it does not export proxy_abi_version_0_2_1, .*assembly\/module/);
});
