/** Results as JUnit XML, as CI systems read it: a testsuite for each file. */
import { counts, type Outcome, type SuiteResult } from "./outcome.ts";

const ENTITIES: Record<string, string> = { "&": "&amp;", "<": "&lt;", ">": "&gt;", '"': "&quot;", "\n": "&#10;", "\t": "&#9;" };
/** XML 1.0 has no other control characters, not even as entities. */
const escaped = (text: string): string => text.replace(/[\0-\x08\x0b-\x1f]/g, "?").replace(/[&<>"\n\t]/g, (sign) => ENTITIES[sign]!);
const seconds = (ms: number): string => (ms / 1000).toFixed(3);

export function junitText(results: SuiteResult[]): string {
  const suites = results.flatMap(({ suite, files }) => files.map((one) => {
    const { passed, failed, skipped } = counts([one]);
    const head = `name="${escaped(`${suite}: ${one.file}`)}" tests="${passed + failed + skipped}" failures="${failed}" skipped="${skipped}" time="${seconds(one.ms)}"`;
    return `  <testsuite ${head}>\n${one.outcomes.map(caseText).join("")}  </testsuite>\n`;
  }));
  return `<?xml version="1.0" encoding="UTF-8"?>\n<testsuites>\n${suites.join("")}</testsuites>\n`;
}

function caseText({ file, name, ok, skipped, ms, problem }: Outcome): string {
  const inside = !ok ? `<failure message="${escaped(problem?.split("\n")[0] ?? "")}">${escaped(problem ?? "no reason told")}</failure>`
    : skipped === undefined ? "" : `<skipped message="${escaped(skipped)}"/>`;
  return `    <testcase classname="${escaped(file)}" name="${escaped(name)}" time="${seconds(ms)}">${inside}</testcase>\n`;
}
