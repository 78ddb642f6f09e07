import { existsSync } from "node:fs";
import { join } from "node:path";
import { shippedModules } from "../../build/all.ts";
import { checkTypes } from "../../build/compile.ts";
import { ROOT } from "../../tools/paths.ts";
import { run, told } from "../../tools/process.ts";

/** Runs a program of node_modules; its output as problems if it fails. */
async function program(script: string, args: string[]): Promise<string[]> {
  const done = await run(process.execPath, [join(ROOT, "node_modules", script), ...args], { cwd: ROOT });
  if (done.code === 0) return [];
  return [done.output.trim() || `${script} ended with ${told(done)}`];
}

export const typeScript = (): Promise<string[]> => program("typescript/bin/tsc", ["--noEmit", "--pretty", "false"]);
export const esLint = (): Promise<string[]> => program("eslint/bin/eslint.js", ["--max-warnings", "0", "."]);

export function importDirections(): Promise<string[]> {
  const folders = ["assembly", "codecs", "examples", "control-plane", "harness", "tests", "bench"].filter((folder) => existsSync(join(ROOT, folder)));
  return program("dependency-cruiser/bin/dependency-cruise.mjs", ["--config", ".dependency-cruiser.cjs", "--output-type", "err-long", ...folders]);
}

/** Everything that is compiled for Envoy, and the doors that users import, type-checked by the AssemblyScript compiler. */
export async function assemblyScript(): Promise<string[]> {
  const entries = [join(ROOT, "assembly/index.ts"), join(ROOT, "assembly/sdk.ts"), ...shippedModules().map(({ entry }) => entry)].filter((entry) => existsSync(entry));
  const problems: string[] = [];
  for (const entry of entries) problems.push(await checkTypes(entry));
  return problems.filter(Boolean);
}
