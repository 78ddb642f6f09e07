import { mkdirSync, readFileSync, rmSync, statSync } from "node:fs";
import { dirname, join, relative, resolve } from "node:path";
import { HOST_CALLS } from "../emulator/abi.ts";
import { ROOT } from "../tools/paths.ts";
import { run, told } from "../tools/process.ts";
import { Trouble } from "../tools/progress.ts";

export interface BuildOptions {
  /** Further arguments for asc, after those of asconfig.json's target `envoy`. */
  args?: string[];
  /** Keep names and source positions, for traps that can be read. */
  debug?: boolean;
}

export const ASC = join(ROOT, "node_modules/assemblyscript/bin/asc.js");

/** Takes the place of AssemblyScript's own `abort`: part of the program even if nothing imports it. */
const ABORT = "assembly/env/abort.ts";

/**
 * Compiles an AssemblyScript entry file to a module that Envoy can load. Rejects with the compiler's own messages, each
 * with file and line, or with what Envoy would refuse in the module.
 */
export async function buildWasm(entry: string, out: string, options: BuildOptions = {}): Promise<{ bytes: number }> {
  mkdirSync(dirname(resolve(out)), { recursive: true });
  const args = [
    "--config", "asconfig.json", "--target", "envoy", "--outFile", relative(ROOT, resolve(out)),
    ...(options.debug ? ["--debug"] : []), ...(options.args ?? []),
  ];
  const file = relative(ROOT, resolve(entry));
  const problems = await compile(file, args);
  if (problems) throw new Trouble(`${file} does not compile:\n${problems}`);
  const refused = whatEnvoyRefuses(readFileSync(out));
  if (!refused) return { bytes: statSync(out).size };
  rmSync(out);
  throw new Trouble(`${file} compiles, but Envoy cannot load it: ${refused}`);
}

/** The compiler's complaints about an entry file, without writing anything; empty if there are none. */
export function checkTypes(entry: string): Promise<string> {
  return compile(relative(ROOT, resolve(entry)), ["--config", "asconfig.json", "--target", "check"]);
}

/** A process of its own: loaded into this one, through tsx, the compiler takes eight seconds instead of two. */
async function compile(file: string, args: string[]): Promise<string> {
  const done = await run(process.execPath, [ASC, file, ABORT, "--baseDir", ROOT, "--noColors", ...args], { name: "asc", cwd: ROOT });
  if (done.code === 0) return "";
  return done.output.replace(/\n*FAILURE .*\n/, "\n").trim() || `asc ended with ${told(done)}`;
}

/** Why Envoy would not load a module, in one line; empty if it would. */
export function whatEnvoyRefuses(wasm: Uint8Array): string {
  const module = new WebAssembly.Module(wasm);
  const foreign = WebAssembly.Module.imports(module).filter(({ module: from, name, kind }) => from !== "env" || kind !== "function" || !(name in HOST_CALLS));
  if (foreign.length > 0) {
    const names = foreign.map(({ module: from, name }) => `${from}.${name}`);
    const hints = names.map((name) => HINTS[name]).filter(Boolean);
    return `it imports ${names.join(", ")}, which is not in proxy-wasm ABI 0.2.1${hints.length > 0 ? ` (${hints.join("; ")})` : ""}`;
  }
  const exported = new Set(WebAssembly.Module.exports(module).map(({ name }) => name));
  const missing = REQUIRED.filter((names) => !names.some((name) => exported.has(name))).map((names) => names.join(" or "));
  if (missing.length > 0) return `it does not export ${missing.join(", ")}: the entry file must have \`export * from "<path to>/assembly/module"\``;
  return "";
}

/** One of each line must be there. */
const REQUIRED = [["proxy_abi_version_0_2_1"], ["proxy_on_memory_allocate", "malloc"], ["proxy_on_context_create"], ["_initialize"]];

/** Where an import that AssemblyScript adds by itself comes from. */
const HINTS: Record<string, string> = {
  "env.seed": "Math.random draws it in",
  "env.trace": "trace() draws it in",
  "env.abort": "the compiler was not told of assembly/env/abort.ts",
  "env.console.log": "console draws it in",
  "env.Date.now": "Date draws it in",
};
