import { existsSync, mkdtempSync, readFileSync, rmSync } from "node:fs";
import { join } from "node:path";
import { cacheDir, ROOT } from "../tools/paths.ts";
import { spawn, told } from "../tools/process.ts";
import type { FileResult, Outcome } from "./outcome.ts";

const REPORTER = join(ROOT, "harness/test/reporter.mjs");

export interface NodeFileOptions {
  /** Only tests whose name matches. */
  name?: string;
  /** The whole file's limit, milliseconds. */
  timeoutMs: number;
  /** Hears of each test as it ends. */
  onOutcome?: (outcome: Outcome) => void;
}

/** Runs one file of node:test tests in a process of its own, and everything that it leaves running is ended. */
export async function runNodeFile(file: string, options: NodeFileOptions): Promise<FileResult> {
  const start = Date.now();
  const dir = mkdtempSync(join(cacheDir("run"), "test-"));
  const events = join(dir, "events.jsonl");
  const child = await spawn(process.execPath, [
    "--import", "tsx",
    `--test-reporter=${REPORTER}`, `--test-reporter-destination=${events}`,
    ...(options.name ? [`--test-name-pattern=${options.name}`] : []),
    file,
  ], { name: file, cwd: ROOT });
  const outcomes: Outcome[] = [];
  const read = (): void => {
    const lines = existsSync(events) ? readFileSync(events, "utf8").split("\n").slice(0, -1) : [];
    for (const line of lines.slice(outcomes.length)) {
      const outcome: Outcome = { file, ...(JSON.parse(line) as Omit<Outcome, "file">) };
      outcomes.push(outcome);
      options.onOutcome?.(outcome);
    }
  };
  const look = setInterval(read, 250);
  let late = false;
  const limit = setTimeout(() => {
    late = true;
    child.stop().catch(() => undefined);
  }, options.timeoutMs);
  const exit = await child.exited;
  clearInterval(look);
  clearTimeout(limit);
  await child.stop();
  read();
  rmSync(dir, { recursive: true });
  const problem = wrong(outcomes, late ? `no end after ${options.timeoutMs / 1000} s` : exit.code === 0 ? "" : told(exit), options.name !== undefined);
  if (problem) outcomes.push({ file, name: "the file as a whole", ok: false, ms: Date.now() - start, problem });
  return { file, outcomes, ms: Date.now() - start, log: child.output() };
}

/** What its tests did not tell. */
function wrong(outcomes: Outcome[], end: string, filtered: boolean): string {
  if (end.startsWith("no end")) return `${end}: a test hangs, or something that a test opened is still open`;
  if (end && outcomes.every(({ ok }) => ok)) return `${end}, though no test failed`;
  if (outcomes.length === 0 && !filtered) return "it ran no tests";
  return "";
}
