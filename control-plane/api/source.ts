import { readdir, readFile, realpath, stat } from "node:fs/promises";
import { join } from "node:path";
import { loadIdl } from "../idl/files.ts";
import { order } from "./problem.ts";
import type { Source } from "./sourceFile.ts";

const RESOURCE_FILE = /\.(yaml|yml|json)$/i;

/**
 * Reads files, and folders with all that is in them. A file that was named is read whatever its ending; in folders
 * only `*.yaml`, `*.yml` and `*.json` count, and nothing whose name begins with a dot (editors' files, Kubernetes' `..data`).
 * .thrift files that resources name come with them. Rejects with one message that names all paths that cannot be read.
 */
export async function loadResources(paths: string[]): Promise<Source[]> {
  const failures: string[] = [];
  const files = new Set<string>();
  for (const path of paths) {
    try {
      for (const file of await filesOf(path)) files.add(file);
    } catch (error) {
      failures.push(`${path}: ${reason(error)}`);
    }
  }
  const sources: Source[] = [];
  for (const file of files) {
    try {
      sources.push({ file, text: await readFile(file, "utf8") });
    } catch (error) {
      failures.push(`${file}: ${reason(error)}`);
    }
  }
  if (failures.length > 0) throw new Error(`cannot read resources: ${failures.join("; ")}`);
  return [...sources, ...await loadIdl(sources)];
}

async function filesOf(path: string): Promise<string[]> {
  if (!(await stat(path)).isDirectory()) return [path];
  const files = await filesBelow(path, new Set());
  if (files.length === 0) throw new Error("no *.yaml, *.yml or *.json in this folder");
  return files.sort(order);
}

/** Links are followed, to each folder once. */
async function filesBelow(folder: string, seen: Set<string>): Promise<string[]> {
  const real = await realpath(folder);
  if (seen.has(real)) return [];
  seen.add(real);
  const files: string[] = [];
  for (const name of (await readdir(folder)).filter((each) => !each.startsWith("."))) {
    const path = join(folder, name), found = await stat(path).catch(() => undefined);
    if (found?.isDirectory()) files.push(...await filesBelow(path, seen));
    else if (found?.isFile() && RESOURCE_FILE.test(name)) files.push(path);
  }
  return files;
}

function reason(error: unknown): string {
  const code = (error as NodeJS.ErrnoException).code;
  if (code === "ENOENT") return "no such file or folder";
  if (code === "EACCES") return "no permission to read it";
  return error instanceof Error ? error.message : String(error);
}
