/** `npm test`: builds the modules, then runs every suite; see `arguments.ts` for how to run less. */
import { writeFileSync } from "node:fs";
import { relative } from "node:path";
import { buildAll, shippedModules } from "../build/all.ts";
import { ROOT } from "../tools/paths.ts";
import { shown } from "../tools/progress.ts";
import { selection, type Selection } from "./arguments.ts";
import { runAspectFiles } from "./aspect.ts";
import { fileText, outcomeText, summaryText } from "./display.ts";
import { runNodeFile } from "./node-file.ts";
import { junitText } from "./junit.ts";
import { FOR_TESTS, prepare } from "./prepare.ts";
import { counts, type FileResult, type SuiteResult } from "./outcome.ts";
import type { Suite } from "./suites.ts";

const print = (text: string): void => void process.stdout.write(text);
const report = (result: FileResult): void => print(fileText(result));

async function buildModules(): Promise<FileResult[]> {
  const results: FileResult[] = [];
  for (const { name, wasm } of shippedModules()) {
    const start = Date.now();
    const problem = await buildAll([name]).then(() => undefined, shown);
    const file = relative(ROOT, wasm), ms = Date.now() - start;
    results.push({ file, outcomes: [{ file, name: "builds", ok: problem === undefined, ms, problem }], ms, log: "" });
    report(results.at(-1) as FileResult);
  }
  return results;
}

async function runNodeFiles(suite: Suite, files: string[], { name, jobs }: Selection): Promise<FileResult[]> {
  const results: FileResult[] = [];
  const work = async (waiting: string[], live: boolean): Promise<void> => {
    for (let file = waiting.shift(); file !== undefined; file = waiting.shift()) {
      if (live) print(`  ...    ${file}\n`);
      const onOutcome = live ? (outcome: FileResult["outcomes"][number]): void => print(outcomeText(outcome)) : undefined;
      const result = await runNodeFile(file, { name, timeoutMs: suite.timeoutMs, onOutcome });
      results.push(result);
      report(result);
    }
  };
  const isAlone = (file: string): boolean => suite.alone?.(file) ?? false;
  const count = jobs ?? suite.jobs, together = files.filter((file) => !isAlone(file));
  await Promise.all(Array.from({ length: count }, () => work(together, suite.live && count === 1)));
  await work(files.filter(isAlone), suite.live);
  return results;
}

async function runSuite(suite: Suite, chosen: Selection): Promise<SuiteResult | undefined> {
  const { patterns, shard } = chosen;
  const files = suite.files().filter((file) => patterns.length === 0 || patterns.some((part) => file.includes(part))).filter((_, at) => !shard || at % shard.of === shard.index);
  if (suite.runner !== "build" && files.length === 0 && (patterns.length > 0 || shard)) return undefined;
  print(`\n${suite.name}: ${suite.what}\n`);
  const start = Date.now();
  const run = { build: buildModules, aspect: () => runAspectFiles(files, chosen.name, report), node: () => runNodeFiles(suite, files, chosen) };
  const results = await run[suite.runner]();
  const { passed, failed, skipped } = counts(results);
  if (passed + failed + skipped === 0 && chosen.name === undefined) {
    const nothing = { file: suite.name, name: "the suite as a whole", ok: false, ms: 0, problem: "it ran no tests" };
    results.push({ file: suite.name, outcomes: [nothing], ms: 0, log: "" });
    report(results.at(-1) as FileResult);
  }
  return { suite: suite.name, files: results, ms: Date.now() - start };
}

async function main(): Promise<void> {
  const chosen = selection(process.argv.slice(2));
  const results: SuiteResult[] = [];
  if (chosen.patterns.length === 0 && chosen.suites.some(({ runner }) => runner === "node")) await prepare(FOR_TESTS);
  for (const suite of chosen.suites) {
    const result = await runSuite(suite, chosen);
    if (result) results.push(result);
  }
  print(summaryText(results));
  if (chosen.junit !== undefined) writeFileSync(chosen.junit, junitText(results));
  const { passed, failed } = counts(results.flatMap(({ files }) => files));
  if (failed > 0 || passed === 0) process.exitCode = 1;
}

main().catch((error: unknown) => {
  process.stderr.write(`${shown(error)}\n0 passed, 1 failed\n`);
  process.exitCode = 1;
});
