import { mkdirSync, readFileSync, rmSync, statSync } from "node:fs";
import { createRequire } from "node:module";
import { dirname, join, relative, resolve } from "node:path";
import { HOST_CALLS } from "../emulator/abi.ts";
import { ROOT } from "../tools/paths.ts";
import { run, told } from "../tools/process.ts";
import { Trouble } from "../tools/progress.ts";
import { projectOf } from "./project.ts";

export interface BuildOptions {
  /** Further arguments for asc, after those of asconfig.json's target `envoy`. */
  args?: string[];
  /** Keep names and source positions, for traps that can be read. */
  debug?: boolean;
  /** A script in the place of the compiler's own, absolute. */
  compiler?: string;
}

const ASC = createRequire(import.meta.url).resolve("assemblyscript/bin/asc.js");
/** Lets modules know how much memory they use. */
export const MANAGED = "harness/build/managed.mjs";

/**
 * Compiles an AssemblyScript entry file to a module that Envoy can load. Rejects with the compiler's own messages, each
 * with file and line, or with what Envoy would refuse in the module.
 */
export async function buildWasm(entry: string, out: string, options: BuildOptions = {}): Promise<{ bytes: number }> {
  mkdirSync(dirname(resolve(out)), { recursive: true });
  const problems = await compile(entry, "envoy", [
    ...(options.debug ? ["--debug"] : []), ...(options.args ?? []),
  ], out, options.compiler);
  const file = relative(projectOf(entry).base, resolve(entry));
  if (problems) throw new Trouble(`${file} does not compile:\n${problems}`);
  const refused = whatEnvoyRefuses(readFileSync(out));
  if (!refused) return { bytes: statSync(out).size };
  rmSync(out);
  throw new Trouble(`${file} compiles, but Envoy cannot load it: ${refused}`);
}

/** The compiler's complaints about an entry file, without writing anything; empty if there are none. */
export function checkTypes(entry: string): Promise<string> {
  return compile(entry, "check", []);
}

/** A process of its own: loaded into this one, through tsx, the compiler takes eight seconds instead of two. */
async function compile(entry: string, target: string, more: string[], out?: string, compiler = ASC): Promise<string> {
  const { base, config, extra } = projectOf(entry);
  const output = out === undefined ? [] : ["--outFile", relative(base, resolve(out))];
  const args = [relative(base, resolve(entry)), ...extra, "--baseDir", base, "--config", config, "--target", target, "--noColors", "--transform", join(ROOT, MANAGED), ...output, ...more];
  const done = await run(process.execPath, [compiler, ...args], { name: "asc", cwd: base });
  if (done.code === 0) return "";
  return done.output.replace(/\n*FAILURE .*\n/, "\n").trim() || `asc ended with ${told(done)}`;
}

/** True if a module can tell of its codecs: it re-exports `assembly/module`, not only the SDK's `callbacks`. */
export function isCodecModule(wasm: string): boolean {
  return WebAssembly.Module.exports(new WebAssembly.Module(readFileSync(wasm))).some(({ name }) => name === "inspect_open");
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
  if (missing.length > 0) return `it does not export ${missing.join(", ")}: the entry file must have \`export * from\` assembly/module (codecs) or assembly/callbacks (filters on the SDK)`;
  return "";
}

/** One of each line must be there. */
const REQUIRED = [["proxy_abi_version_0_2_1"], ["proxy_on_memory_allocate", "malloc"], ["proxy_on_context_create"], ["_initialize"]];

/** Where an import that AssemblyScript adds by itself comes from. */
const HINTS: Record<string, string> = {
  "env.seed": "Math.random draws it in",
  "env.trace": "trace() draws it in",
  "env.abort": "asconfig.json must have the target `envoy`, as `\"extends\": \"as-proxy-wasm/asconfig.json\"` gives it",
  "env.console.log": "console draws it in",
  "env.Date.now": "Date draws it in",
};
