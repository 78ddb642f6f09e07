/** What a file may cost: whatever is in it, it is read or refused with its place, in time that its length bounds. */
import assert from "node:assert/strict";
import { test } from "node:test";
import { formatProblem, Problems } from "./problem.ts";
import { readResources } from "./resources.ts";

function mistakes(text: string): string[] {
  const problems = new Problems();
  readResources([{ file: "x.yaml", text }], problems);
  return problems.errors.map(formatProblem);
}

const protocol = (options: string, more = ""): string => `${more}apiVersion: metaprotocol.aeraki.io/v1alpha1
kind: ApplicationProtocol
metadata: { name: x }
spec:
  protocol: x
  codec: x
  options: ${options}
`;
const levels = (count: number, width: number): string => Array.from({ length: count }, (_, i) =>
  `    l${i}: &l${i} [${Array.from({ length: width }, () => (i === 0 ? "x" : `*l${i - 1}`)).join(", ")}]`).join("\n");
const DEEP = "more than 64 levels of nested objects and lists", MANY = "more than 1000000 values, with aliases expanded";

const REFUSED: [what: string, text: string, mistake: RegExp | string][] = [
  ["aliases of aliases", protocol(`\n${levels(9, 9)}`), `x.yaml:14: document 1: ${MANY}`],
  ["a chain of aliases", protocol(`\n${levels(70, 1)}`), new RegExp(`^x.yaml:\\d+: document 1: ${DEEP}$`)],
  ["an alias to what it stands in", protocol("&a { b: [*a] }"), "x.yaml:7: document 1: an alias without an earlier anchor, or to an object that contains it"],
  ["lists in lists", protocol("[".repeat(65) + "]".repeat(65)), `x.yaml:7: document 1: ${DEEP}`],
  ["lists in lists without end", protocol("[".repeat(100_000)), /^x.yaml:7: document 1: not YAML/],
  ["JSON in JSON", `{"a":\n${"[".repeat(100_000)}`, `x.yaml:2: document 1: ${DEEP}`],
  ["many values in YAML", protocol(`[${"1,".repeat(1_000_001)}]`), `x.yaml:7: document 1: ${MANY}`],
  ["many values in JSON", `{"a":[${"1,".repeat(1_000_001)}1]}`, `x.yaml:1: document 1: ${MANY}`],
  ["long YAML", `# ${"x".repeat(8 << 20)}`, "x.yaml:1: document 1: longer than 8 MiB: write it in several files, or in JSON"],
  ["long JSON", `{"a":"${"x".repeat(16 << 20)}"}`, "x.yaml:1: document 1: longer than 16 MiB"],
  ["a key that comes twice", protocol("{ a: 1, b: 2, a: 3 }"), "x.yaml:7: document 1: not YAML: Map keys must be unique"],
];
for (const [what, text, mistake] of REFUSED) {
  test(`${what}: refused with the place`, () => {
    const [first] = mistakes(text);
    if (typeof mistake === "string") assert.equal(first, mistake);
    else assert.match(first ?? "", mistake);
  });
}

test("many mistakes are some mistakes", () => assert.equal(mistakes("- }\n".repeat(20_000)).length, 20));

test("what is large and well is read", () => {
  assert.deepEqual(mistakes(protocol(`{ ${Array.from({ length: 20_000 }, (_, i) => `k${i}: 1`).join(", ")} }`)), [], "an object of many keys");
  assert.deepEqual(mistakes(protocol(`\n${levels(4, 9)}`)), [], "some aliases");
  assert.deepEqual(mistakes(protocol(`{ a: [${"*x, ".repeat(5000)}] }`, "# &x is of another document\n").replace("{ a:", "{ x: &x 1, a:")), [], "many aliases");
  assert.deepEqual(mistakes(protocol(`${"[".repeat(60)}${"]".repeat(60)}`)), ["x.yaml:7: document 1, spec.options: must be an object"], "deep");
});
