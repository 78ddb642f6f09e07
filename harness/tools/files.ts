import { readdirSync } from "node:fs";
import { join } from "node:path";
import { ROOT } from "./paths.ts";

const NOT_OURS = new Set(["node_modules", ".git", ".cache", "build", "target"]);

/** Files of the checkout that are wanted, relative to it with forward slashes, sorted; without what is made or fetched. */
export function globFiles(wanted: (file: string) => boolean): string[] {
  return walk("").filter(wanted);
}

function walk(folder: string): string[] {
  return readdirSync(join(ROOT, folder), { withFileTypes: true })
    .sort((a, b) => (a.name < b.name ? -1 : 1))
    .flatMap((entry) => {
      const path = folder ? `${folder}/${entry.name}` : entry.name;
      if (!entry.isDirectory()) return [path];
      // build/ and target/ are output only at certain places; harness/build is source
      if (NOT_OURS.has(entry.name) && path !== "harness/build") return [];
      return walk(path);
    });
}
