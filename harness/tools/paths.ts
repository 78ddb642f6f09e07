import { mkdirSync } from "node:fs";
import { homedir } from "node:os";
import { fileURLToPath } from "node:url";
import { join, sep } from "node:path";

/** The checkout, or the installed package; without a trailing slash. */
export const ROOT = fileURLToPath(new URL("../..", import.meta.url)).replace(/[/\\]$/, "");

/** True if this is the npm package in somebody's project: nothing may be written below ROOT then. */
export const INSTALLED = ROOT.split(sep).includes("node_modules");

/**
 * A folder for what can be fetched or made again: in the checkout one that git ignores, otherwise the person's cache, which
 * all projects share. Made if not there.
 */
export function cacheDir(...names: string[]): string {
  const base = INSTALLED ? join(process.env.XDG_CACHE_HOME || join(homedir(), ".cache"), "meltemi") : join(ROOT, ".cache");
  const path = join(base, ...names);
  mkdirSync(path, { recursive: true });
  return path;
}
