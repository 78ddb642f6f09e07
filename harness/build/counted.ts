import { readFileSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import type { Emulator, Root } from "../emulator/index.ts";
import { cacheDir, ROOT } from "../tools/paths.ts";
import { run } from "../tools/process.ts";
import { Trouble } from "../tools/progress.ts";
import { buildWasm } from "./compile.ts";

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

/** Where every allocation of AssemblyScript's runtime passes, whether it is collected or freed by hand. */
const ALLOCATORS = ["allocateBlock", "reallocateBlock"].map((name) => `~lib/rt/tlsf/${name}`);

/**
 * Compiles an entry file, relative to the checkout, to a module that counts the allocations it makes. It is not optimized, or
 * allocators would be parts of other functions; what is optimized allocates no more than it. Returns the module's path.
 */
export async function allocationCountingWasm(entry: string): Promise<string> {
  const file = (ending: string): string => join(cacheDir("test"), `${entry.replaceAll("/", "-")}-${process.pid}${ending}`);
  await buildWasm(join(ROOT, entry), file(".wasm"), { debug: true, args: ["--optimizeLevel", "0", "--shrinkLevel", "0"] });
  await tool("wasm-dis", file(".wasm"), "-o", file(".wat"));
  let text = readFileSync(file(".wat"), "utf8");
  for (const name of ALLOCATORS) {
    const head = new RegExp(`^ \\(func \\$${name.replaceAll(/[~/]/g, "\\$&")} .*\\n(?:  \\(local \\$.*\\n)*`, "m");
    if (!head.test(text)) throw new Trouble(`${entry}: no function ${name} in the module`);
    text = text.replace(head, (found) => `${found}  (global.set $allocations (f64.add (global.get $allocations) (f64.const 1)))\n`);
  }
  const counter = ' (global $allocations (mut f64) (f64.const 0))\n (func $meltemi_allocations (export "meltemi_allocations") (result f64) (global.get $allocations))\n';
  writeFileSync(file(".counting.wat"), `${text.slice(0, text.lastIndexOf(")"))}${counter})\n`);
  await tool("wasm-as", ...FEATURES, file(".counting.wat"), "-o", file(".counting.wasm"));
  return file(".counting.wasm");
}

/** All allocations that such a module has made so far. */
export function allocationsOf(emulator: Emulator, root: Root): number { return emulator.vm.call("meltemi_allocations", root) ?? NaN; }

/** All the work that such a module has done so far. */
export function workOf(emulator: Emulator, root: Root): number { return emulator.vm.call("meltemi_work", root) ?? NaN; }

async function tool(name: string, ...args: string[]): Promise<void> {
  const done = await run(process.execPath, [join(BINARYEN, name), ...args], { name, cwd: ROOT });
  if (done.code !== 0) throw new Trouble(`${name}: ${done.output}`);
}
