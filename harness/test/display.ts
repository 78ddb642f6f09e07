import { counts, type Counts, type FileResult, type Outcome, type SuiteResult } from "./outcome.ts";

/** Files that the summary names because they took longest. */
const SLOWEST = 10;
/** Of a failed file's output, this much is shown. */
const LOG_CHARS = 64 << 10;

const seconds = (ms: number): string => `${(ms / 1000).toFixed(1)} s`;
const indented = (text: string): string => text.replace(/^/gm, "    ");

/** One line for a file that is done; its failures in full, with what the file printed. */
export function fileText(result: FileResult): string {
  const { passed, failed, skipped } = counts([result]);
  const parts = [`${passed} passed`, failed && `${failed} failed`, skipped && `${skipped} skipped`].filter(Boolean).join(", ");
  const line = `  ${failed ? "FAILED" : "ok    "} ${result.file}  ${parts}  ${seconds(result.ms)}\n`;
  if (failed === 0) return line;
  const problems = result.outcomes.filter(({ ok }) => !ok).map(({ name, problem }) => `\n  FAILED ${result.file}: ${name}\n${indented(problem ?? "no reason told")}\n`);
  const log = result.log.trim();
  const cut = log.length > LOG_CHARS ? `... (${log.length - LOG_CHARS} characters before)\n${log.slice(-LOG_CHARS)}` : log;
  return `${line}${problems.join("")}${log && `\n  output of ${result.file}:\n${indented(cut)}\n`}\n`;
}

/** One test that has ended, for suites whose tests take long. */
export function outcomeText({ name, ok, skipped, ms }: Outcome): string {
  return `         ${skipped === undefined ? (ok ? "ok" : "FAILED") : "skipped"} ${name}  ${seconds(ms)}\n`;
}

/** The table of suites, what was skipped and what failed, and as the last line the totals. */
export function summaryText(results: SuiteResult[]): string {
  const rows = results.map(({ suite, files, ms }) => row(suite, counts(files), ms));
  const all = results.flatMap(({ files }) => files);
  const outcomes = all.flatMap((file) => file.outcomes);
  const skipped = outcomes.filter((outcome) => outcome.skipped !== undefined).map(({ file, name, skipped: why }) => `  ${file}: ${name}: ${why}`);
  const failed = outcomes.filter(({ ok }) => !ok).map(({ file, name }) => `  ${file}: ${name}`);
  const total = counts(all), slowest = [...all].sort((a, b) => b.ms - a.ms).slice(0, SLOWEST).map(({ file, ms }) => `${seconds(ms).padStart(10)}  ${file}`);
  return [
    "", `${"suite".padEnd(10)}  passed  failed  skipped      time`, ...rows, "",
    ...(all.length > SLOWEST ? ["slowest:", ...slowest, ""] : []),
    ...(skipped.length > 0 ? ["skipped:", ...skipped, ""] : []),
    ...(failed.length > 0 ? ["failed:", ...failed, ""] : []),
    `${total.passed} passed, ${total.failed} failed`, "",
  ].join("\n");
}

function row(suite: string, { passed, failed, skipped }: Counts, ms: number): string {
  return `${suite.padEnd(10)}  ${String(passed).padStart(6)}  ${String(failed).padStart(6)}  ${String(skipped).padStart(7)}  ${seconds(ms).padStart(8)}`;
}
