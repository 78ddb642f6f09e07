import { createHash } from "node:crypto";
import { existsSync, readFileSync, readdirSync, statSync, writeFileSync } from "node:fs";
import { dirname, join, relative } from "node:path";
import { locked } from "../tools/lock.ts";
import { cacheDir, INSTALLED, ROOT } from "../tools/paths.ts";
import { buildWasm, type BuildOptions, isCodecModule, MANAGED } from "./compile.ts";
import { traitsFile, writeTraits } from "./traits.ts";

export interface Shipped {
  /** Name of the module, and of its file in build/. */
  name: string;
  /** Its entry file, absolute. */
  entry: string;
  /** The module it is compiled to, absolute. */
  wasm: string;
}

export interface Built extends Shipped {
  bytes: number;
  /** False: its sources had not changed since it was last built. */
  fresh: boolean;
  /** How long it took, milliseconds. */
  ms: number;
}

/** The modules that ship: all codecs in one, each codec alone, each example (the examples only in the checkout). */
export function shippedModules(): Shipped[] {
  const rooms = (folder: string): string[] => {
    const path = join(ROOT, folder);
    return existsSync(path) ? readdirSync(path).sort().map((name) => join(path, name, "index.ts")).filter((entry) => existsSync(entry)) : [];
  };
  const all = join(ROOT, "codecs/index.ts");
  const entries = [...rooms("codecs"), ...rooms("examples")].map((entry) => ({ name: entry.split("/").at(-2) as string, entry }));
  if (existsSync(all)) entries.unshift({ name: "meltemi", entry: all });
  return entries.map(({ name, entry }) => ({ name, entry, wasm: join(ROOT, "build", `${name}.wasm`) }));
}

/**
 * Builds the modules that ship, or those of the given names, and the traits beside them; what has not changed is left
 * alone. `report` hears of each as it is done. An installed Meltemi has them already.
 */
export async function buildAll(names: string[] = [], report: (built: Built) => void = () => undefined): Promise<Built[]> {
  const wanted = shippedModules().filter(({ name }) => names.length === 0 || names.includes(name));
  if (INSTALLED) return wanted.map((module) => ({ ...module, bytes: statSync(module.wasm).size, fresh: false, ms: 0 }));
  return locked(join(cacheDir(), "build.lock"), async () => {
    const built: Built[] = [], read = new Map<string, string>();
    for (const module of wanted) {
      const one = await buildOne(module, read);
      built.push(one);
      report(one);
    }
    return built;
  });
}

/** `read`: digests of folders that were read already. */
async function buildOne(module: Shipped, read: Map<string, string>): Promise<Built> {
  const start = Date.now();
  const stamp = join(cacheDir("stamps"), `${module.name}.sha256`);
  const inputs = digest(module, read);
  const whole = [stamp, module.wasm].every((path) => existsSync(path)) && (existsSync(traitsFile(module.wasm)) || !isCodecModule(module.wasm));
  const fresh = !whole || readFileSync(stamp, "utf8") !== inputs;
  if (fresh) {
    await buildWasm(module.entry, module.wasm);
    await writeTraits(module.wasm);
    writeFileSync(stamp, inputs);
  }
  return { ...module, bytes: statSync(module.wasm).size, fresh, ms: Date.now() - start };
}

/**
 * A module of the tests, compiled once for all test files that want it, however many run at a time: what has not changed is
 * left alone. `entry` is relative to the checkout; resolves to the module's path.
 */
export function buildGuest(entry: string): Promise<string> { return guest(entry, entry.replace(/\.ts$/, "").replaceAll("/", "-"), {}); }

/** The same, but each use of an object that was given back to its pool ends the VM, with its name: slower, for tests only. */
export function buildPoisoned(entry: string): Promise<string> {
  return guest(entry, `poisoned-${entry.replace(/\.ts$/, "").replaceAll("/", "-")}`, { compiler: join(ROOT, "tests/guests/poisoned/compiler.mjs"), debug: true });
}

async function guest(entry: string, name: string, options: BuildOptions): Promise<string> {
  const path = join(ROOT, entry), folder = cacheDir("guests");
  const wasm = join(folder, `${name}.wasm`), stamp = join(folder, `${name}.sha256`);
  await locked(join(folder, `${name}.lock`), async () => {
    const made = digestOf([join(ROOT, "assembly"), join(ROOT, "codecs"), join(ROOT, "tests/guests"), join(ROOT, "tests/toy"), join(ROOT, "examples/awesomerpc"), dirname(path)]);
    const inputs = options.compiler === undefined ? made : made + digestOfFiles([options.compiler]);
    if (existsSync(wasm) && existsSync(stamp) && readFileSync(stamp, "utf8") === inputs) return;
    await buildWasm(path, wasm, options);
    writeFileSync(stamp, inputs);
  });
  return wasm;
}

/** Of everything that a module is made from: the framework, its own folder, and the codecs if it has them. */
function digest(module: Shipped, read: Map<string, string>): string {
  const folders = [join(ROOT, "assembly"), dirname(module.entry)];
  if (readFileSync(module.entry, "utf8").includes("codecs/index")) folders.push(join(ROOT, "codecs"));
  return digestOf(folders, read);
}

/** Of the sources in these folders, the flags and the compiler. */
function digestOf(folders: string[], read = new Map<string, string>()): string {
  const tools = ["asconfig.json", MANAGED, "node_modules/assemblyscript/package.json", "harness/emulator/describe.ts"].map((name) => join(ROOT, name));
  for (const folder of folders) if (!read.has(folder)) read.set(folder, digestOfFiles(sources(folder)));
  return createHash("sha256").update(digestOfFiles(tools)).update(folders.map((folder) => read.get(folder)!).join()).digest("hex");
}

function digestOfFiles(paths: string[]): string {
  const hash = createHash("sha256");
  for (const path of paths) hash.update(relative(ROOT, path)).update(readFileSync(path));
  return hash.digest("hex");
}

function sources(folder: string): string[] {
  return readdirSync(folder, { withFileTypes: true }).sort((a, b) => (a.name < b.name ? -1 : 1)).flatMap((entry) => {
    const path = join(folder, entry.name);
    if (entry.isDirectory()) return ["__tests__", "vectors", "peer"].includes(entry.name) ? [] : sources(path);
    return entry.name.endsWith(".ts") ? [path] : [];
  });
}
