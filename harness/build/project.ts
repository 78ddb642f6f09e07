import { existsSync } from "node:fs";
import { createRequire } from "node:module";
import { dirname, join, resolve } from "node:path";
import { INSTALLED, ROOT } from "../tools/paths.ts";

/** How the compiler sees an entry file. */
export interface Project {
  /** File names in messages and modules start here; packages are looked for in its node_modules and above. */
  base: string;
  /** The asconfig.json with the target `envoy`. */
  config: string;
  /** Files that belong to the program even if nothing imports them, relative to `base`. */
  extra: string[];
}

/** Takes the place of AssemblyScript's own `abort`, which Envoy cannot offer. */
const ABORT = "assembly/env/abort.ts";

/**
 * The checkout, for all that it compiles. An installed Meltemi compiles within the project of the entry file: the nearest
 * folder with a package.json, and its asconfig.json if it has one.
 */
export function projectOf(entry: string): Project {
  if (!INSTALLED) return { base: ROOT, config: join(ROOT, "asconfig.json"), extra: [ABORT] };
  const base = packageOf(dirname(resolve(entry))), own = join(base, "asconfig.json");
  return { base, config: existsSync(own) ? own : createRequire(import.meta.url).resolve("as-proxy-wasm/asconfig.json"), extra: [] };
}

function packageOf(folder: string): string {
  for (let each = folder; ; each = dirname(each)) {
    if (existsSync(join(each, "package.json"))) return each;
    if (each === dirname(each)) return folder;
  }
}
