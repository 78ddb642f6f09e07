/** `npm run lint`: what must hold of the source itself. Each check passes or fails as one; all are run. */
import { shown } from "../tools/progress.ts";
import { assemblyScript, esLint, importDirections, typeScript } from "./lint/programs.ts";
import { bannedInAssemblyScript, codecFolders, machinePaths, retiredWords, tooLong, unfinished } from "./lint/texts.ts";

const CHECKS: [string, () => string[] | Promise<string[]>][] = [
  ["TypeScript types (tsc)", typeScript],
  ["TypeScript style (eslint)", esLint],
  ["AssemblyScript types (asc)", assemblyScript],
  ["import directions (dependency-cruiser)", importDirections],
  ["what a module must not use", bannedInAssemblyScript],
  ["length of files", tooLong],
  ["the same files in every codec's folder", codecFolders],
  ["no paths of one machine", machinePaths],
  ["nothing left for later", unfinished],
  ["no words that were given up", retiredWords],
];

let failed = 0;
for (const [name, check] of CHECKS) {
  const start = Date.now();
  const problems = await Promise.resolve().then(check).catch((error: unknown) => [shown(error)]);
  if (problems.length > 0) failed++;
  process.stdout.write(`${problems.length > 0 ? "FAILED" : "ok    "} ${name}  ${((Date.now() - start) / 1000).toFixed(1)} s\n`);
  for (const problem of problems) process.stdout.write(`${problem.replace(/^/gm, "    ")}\n`);
}
process.stdout.write(`${CHECKS.length - failed} passed, ${failed} failed\n`);
process.exitCode = failed > 0 ? 1 : 0;
