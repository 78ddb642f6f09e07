import { join } from "node:path";
import { ROOT } from "../tools/paths.ts";
import { spawn, told } from "../tools/process.ts";
import type { FileResult, Outcome } from "./outcome.ts";

const WORKER = join(ROOT, "harness/test/aspect-worker.mjs");
/** For compiling and running one file. */
const FILE_MS = 120_000;

type WorkerEvent = { begin: string } | { end: string } | Omit<Outcome, "file">;

/**
 * Runs AssemblyScript test files in one worker, because starting the compiler takes longer than a file does. If a file
 * hangs or ends the worker, that file has failed and a new worker goes on with the next.
 */
export async function runAspectFiles(files: string[], name: string | undefined, report: (result: FileResult) => void): Promise<FileResult[]> {
  const results: FileResult[] = [];
  while (results.length < files.length) {
    await runWorker(files.slice(results.length), name ?? "", (result) => {
      results.push(result);
      report(result);
    });
  }
  return results;
}

/** Reports at least one file, so that the caller gets to its end. */
async function runWorker(files: string[], name: string, report: (result: FileResult) => void): Promise<void> {
  let current: FileResult = { file: files[0] as string, outcomes: [], ms: 0, log: "" };
  let reported = 0, started = Date.now(), rest = "", late = false;
  const done = (problem: string): void => {
    current.ms = Date.now() - started;
    if (problem) current.outcomes.push({ file: current.file, name: "the file as a whole", ok: false, ms: current.ms, problem });
    reported++;
    report(current);
  };
  const take = (line: string): void => {
    const event = JSON.parse(line) as WorkerEvent;
    if ("begin" in event) {
      current = { file: event.begin, outcomes: [], ms: 0, log: "" };
      started = Date.now();
    } else if ("end" in event) {
      done(current.outcomes.length === 0 && !name ? "it ran no tests" : "");
    } else {
      current.outcomes.push({ file: current.file, ...event });
    }
  };
  const child = await spawn(process.execPath, [WORKER, name, ...files], {
    name: "as-pect",
    cwd: ROOT,
    onOutput: (text, from) => {
      if (from === "stderr") {
        current.log += text;
        return;
      }
      const lines = (rest + text).split("\n");
      rest = lines.pop() ?? "";
      lines.forEach(take);
    },
  });
  const watch = setInterval(() => {
    late = Date.now() - started > FILE_MS;
    if (late) child.stop().catch(() => undefined);
  }, 1000);
  const exit = await child.exited;
  clearInterval(watch);
  await child.stop();
  if (reported < files.length) done(late ? `no end after ${FILE_MS / 1000} s` : `as-pect ended with ${told(exit)}`);
}
