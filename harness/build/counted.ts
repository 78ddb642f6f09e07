import { writeFileSync } from "node:fs";
import { join } from "node:path";
import type { Emulator, Root } from "../emulator/index.ts";
import { cacheDir, ROOT } from "../tools/paths.ts";
import { run } from "../tools/process.ts";
import { Trouble } from "../tools/progress.ts";

/** What came with the AssemblyScript compiler. */
const BINARYEN = join(ROOT, "node_modules/binaryen/bin");
/** Those that the compiler uses; no other memory than the one, or copies could not be counted. */
const FEATURES = ["bulk-memory", "bulk-memory-opt", "simd", "sign-ext", "mutable-globals", "nontrapping-float-to-int", "reference-types", "multivalue"]
  .map((name) => `--enable-${name}`);

const COUNTER = `(module
  (global $work (mut f64) (f64.const 0))
  (func (export "log_execution") (param i32) (global.set $work (f64.add (global.get $work) (f64.const 1))))
  (func (export "meltemi_work") (result f64) (global.get $work)))`;

/**
 * Makes a copy of a module that counts its own work: each function entered, each turn of a loop, each byte copied or
 * filled. The same bytes in the same pieces are the same work on every machine. Returns the copy's path.
 */
export async function countedWasm(wasm: string, name: string): Promise<string> {
  const file = (ending: string): string => join(cacheDir("test"), `${name}-${process.pid}${ending}`);
  writeFileSync(file(".wat"), COUNTER);
  await tool("wasm-opt", wasm, ...FEATURES, "--llvm-memory-copy-fill-lowering", "--log-execution", "-o", file(".logged.wasm"));
  await tool("wasm-as", file(".wat"), "-o", file(".counter.wasm"));
  await tool("wasm-merge", ...FEATURES, file(".logged.wasm"), "guest", file(".counter.wasm"), "env", "-o", file(".counted.wasm"));
  return file(".counted.wasm");
}

/** All the work that such a module has done so far. */
export function workOf(emulator: Emulator, root: Root): number { return emulator.vm.call("meltemi_work", root) ?? NaN; }

async function tool(name: string, ...args: string[]): Promise<void> {
  const done = await run(process.execPath, [join(BINARYEN, name), ...args], { name, cwd: ROOT });
  if (done.code !== 0) throw new Trouble(`${name}: ${done.output}`);
}
