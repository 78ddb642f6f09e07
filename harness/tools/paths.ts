import { mkdirSync } from "node:fs";
import { fileURLToPath } from "node:url";
import { join } from "node:path";

/** The checkout, without a trailing slash. */
export const ROOT = fileURLToPath(new URL("../..", import.meta.url)).replace(/[/\\]$/, "");

/** A folder for what can be fetched or made again; git ignores it. Made if not there. */
export function cacheDir(...names: string[]): string {
  const path = join(ROOT, ".cache", ...names);
  mkdirSync(path, { recursive: true });
  return path;
}
