/** Reporter for node:test: one JSON line for each test that has no tests inside it, and for each hook that failed. */
import { inspect } from "node:util";

/** `failureType`s of a test that only repeat what its inner tests said already. */
const REPEATED = new Set(["subtestsFailed", "cancelledByParent"]);

export default async function* report(source) {
  const names = [];
  // deepest level at which a test has ended since the last one of its parent's level
  let inner = -1;
  for await (const { type, data } of source) {
    if (type === "test:start") names.splice(data.nesting, Infinity, data.name);
    if (type !== "test:pass" && type !== "test:fail") continue;
    const leaf = inner <= data.nesting && data.details?.type !== "suite";
    inner = data.nesting;
    const error = data.details?.error;
    if (!leaf && (type === "test:pass" || REPEATED.has(error?.failureType))) continue;
    const skip = data.skip ?? data.todo;
    const ok = type === "test:pass" || data.todo !== undefined;
    yield `${JSON.stringify({
      name: [...names.slice(0, data.nesting), data.name].join(" > "),
      ok,
      ms: data.details?.duration_ms ?? 0,
      ...(skip !== undefined && { skipped: skip === true || skip === "" ? "no reason given" : String(skip) }),
      ...(!ok && { problem: problem(error) }),
    })}\n`;
  }
}

/** The error that the test threw, without the wrapping of node:test and its frames. */
function problem(error) {
  const cause = error?.cause ?? error;
  const text = typeof cause === "string" ? cause : inspect(cause, { colors: false, depth: 6, maxArrayLength: 50, maxStringLength: 8000 });
  return text.split("\n").filter((line) => !/\(node:internal|at node:internal|at async node:internal/.test(line)).join("\n");
}
