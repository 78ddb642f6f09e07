import assert from "node:assert/strict";
import { test } from "node:test";
import { holds, type Matcher } from "./matcher.ts";
import { compileRegex, regexMistake } from "./regex.ts";

const cases: [test: Omit<Matcher, "key">, values: string[] | null, holds: boolean][] = [
  [{ exact: "a" }, ["a"], true],
  [{ exact: "a" }, ["A"], false],
  [{ exact: "a" }, ["a", "b"], false],
  [{ exact: "a", invert: true }, ["a", "b"], false],
  [{ exact: "a", invert: true }, ["b", "c"], true],
  [{ exact: "a", invert: true }, [], true],
  [{ exact: "a" }, null, false],
  [{ exact: "a", invert: true }, null, false],
  [{ exact: "" }, [], false],
  [{ prefix: "ab" }, ["abc"], true],
  [{ suffix: "bc" }, ["abc"], true],
  [{ contains: "b" }, ["abc"], true],
  [{ regex: "b" }, ["abc"], false],
  [{ present: true }, [], false],
  [{ present: true, invert: true }, [], true],
  [{ present: false }, ["x"], false],
  [{ present: true }, null, false],
  [{ range: { from: -1, to: 10 } }, ["-1"], true],
  [{ range: { from: -1, to: 10 } }, ["10"], false],
  [{ range: { from: -1, to: 10 } }, ["x"], false],
  [{ range: { from: -1, to: 10 }, invert: true }, ["x"], true],
];
for (const [matcher, values, expected] of cases) {
  test(`${JSON.stringify(matcher)} on ${JSON.stringify(values)}: ${expected}`, () => {
    assert.equal(holds({ key: "k", ...matcher }, values), expected);
  });
}

const regexes: [pattern: string, matches: string[], others: string[]][] = [
  ["a|bc", ["a", "bc"], ["abc", ""]],
  ["(?i)say.*", ["SayHello", "say"], ["Says\n"]],
  ["(?s)a.b", ["a\nb"], ["ab"]],
  ["x(?i:yZ)w", ["xYzw"], ["XYZw"]],
  ["(?P<name>a+)\\.b", ["aa.b"], ["aaxb"]],
  ["[[:alpha:]_]+\\d{2,3}", ["a_b12"], ["12", "ab1"]],
  ["[]a-c^-]+", ["]-b^"], ["d"]],
  ["(?i)[a-c]", ["B"], ["d"]],
  ["\\Qa.b\\E+", ["a.b", "a.bb"], ["axb"]],
  ["\\Aa\\z", ["a"], ["ab"]],
  ["\\x41\\x{1F600}\\101", ["A\u{1F600}A"], ["AA"]],
  ["a{,2}", ["a{,2}"], ["aa"]],
  ["\\w\\S\\D", ["a-b"], ["a b"]],
];
for (const [pattern, matches, others] of regexes) {
  test(`regex ${pattern}`, () => {
    for (const value of matches) assert.equal(compileRegex(pattern).test(value), true, value);
    for (const value of others) assert.equal(compileRegex(pattern).test(value), false, value);
  });
}

const mistakes: [pattern: string, mistake: string][] = [
  ["(?=a)", "invalid or unsupported Perl syntax: `(?=`"],
  ["(?<!a)", "invalid named capture: `(?<!a)`"],
  ["(a)\\1", "invalid escape sequence: `\\1`"],
  ["a\\b", "word boundaries are not supported: a value is matched as a whole"],
  ["\\pL", "Unicode classes (\\p) are not supported, write the range"],
  ["(?m)a", "flag m is not supported: a value is matched as a whole"],
  ["a{1001}", "invalid repeat count: `{1001}`"],
  ["(a", "missing closing ): `(a`"],
  ["a)", "unexpected ): `a)`"],
  ["*a", "missing argument to repetition operator: `*`"],
  ["a++", "invalid nested repetition operator: `++`"],
  ["[a", "missing closing ]: `[a`"],
  ["[b-a]", "invalid character class range: `b-a`"],
  ["a\\", "trailing backslash at end of expression"],
  ["[\\pL]", "Unicode classes (\\p) are not supported, write the range"],
  ["a(?i)?", "nothing to repeat before ?"],
  ["\\y", "invalid escape sequence: `\\y`"],
];
for (const [pattern, mistake] of mistakes) {
  test(`regex ${pattern} is refused`, () => assert.equal(regexMistake(pattern), `no regular expression in RE2 syntax: ${mistake}`));
}

test("a pattern that makes an engine with backtracking try for ever takes no time worth telling", () => {
  const regex = compileRegex("([a-z]+)+@example");
  assert.equal(regex.test("a".repeat(100_000)), false);
  assert.equal(regex.test(`${"a".repeat(100_000)}@example`), true);
});
test("what only looks like an escape or a flag is none", () => {
  for (const [pattern, value] of [["\\Q\\b\\E", "\\b"], ["\\\\b", "\\b"], ["[(?m)]+", "(?m)"], ["(?P<bm>a)", "a"], ["[]\\\\p]+", "]p\\"]] as const) {
    assert.equal(compileRegex(pattern).test(value), true, pattern);
  }
});
