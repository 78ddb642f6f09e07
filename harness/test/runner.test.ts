import assert from "node:assert/strict";
import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { join, relative } from "node:path";
import { after, test } from "node:test";
import { cacheDir, ROOT } from "../tools/paths.ts";
import { selection } from "./arguments.ts";
import { junitText } from "./junit.ts";
import { runAspectFiles } from "./aspect.ts";
import { summaryText } from "./display.ts";
import { runNodeFile } from "./node-file.ts";
import { counts, type FileResult } from "./outcome.ts";

const dir = mkdtempSync(join(cacheDir("run"), "runner-"));
mkdirSync(join(dir, "__tests__"));
after(() => rmSync(dir, { recursive: true }));

function file(name: string, text: string): string {
  writeFileSync(join(dir, name), text);
  return relative(ROOT, join(dir, name));
}

const shape = ({ outcomes }: FileResult): unknown => outcomes.map(({ name, ok, skipped, problem }) => [name, ok ? (skipped ?? "ok") : problem?.split("\n")[0]]);

test("tests are counted once each, whatever they are inside of", async () => {
  const result = await runNodeFile(file("mixed.ts", `
    import { describe, it, test } from "node:test";
    test("outer", async (t) => { await t.test("inner ok", () => {}); await t.test("inner bad", () => { throw new Error("wrong"); }); });
    describe("group", () => { it("fine", () => {}); it("left out", { skip: "no such server" }, () => {}); });
  `), { timeoutMs: 60_000 });
  assert.deepEqual(shape(result), [
    ["outer > inner ok", "ok"], ["outer > inner bad", "Error: wrong"], ["group > fine", "ok"], ["group > left out", "no such server"],
  ]);
  assert.deepEqual(counts([result]), { passed: 2, failed: 1, skipped: 1 });
});

test("a file without tests, one that breaks and one that hangs have failed", async () => {
  assert.deepEqual(shape(await runNodeFile(file("empty.ts", "export {};"), { timeoutMs: 60_000 })), [["the file as a whole", "it ran no tests"]]);
  const broken = await runNodeFile(file("broken.ts", 'throw new Error("at import");'), { timeoutMs: 60_000 });
  assert.deepEqual(shape(broken), [["the file as a whole", "exit code 1, though no test failed"]]);
  assert.match(broken.log, /at import/);
  const hanging = await runNodeFile(file("hanging.ts", 'import { test } from "node:test"; test("ok", () => {}); setInterval(() => {}, 1000);'), { timeoutMs: 3000 });
  assert.deepEqual(shape(hanging), [["ok", "ok"], ["the file as a whole", "no end after 3 s: a test hangs, or something that a test opened is still open"]]);
});

test("AssemblyScript tests are counted by name, and one file that does not compile stops no other", async () => {
  const wrong = file("__tests__/wrong.spec.ts", 'describe("a", () => { it("b", () => { expect<i32>("text").toBe(1); }); });');
  const mixed = file("__tests__/mixed.spec.ts", `
    describe("sums", () => {
      it("right", () => { expect<i32>(1 + 1).toBe(2); });
      it("wrong", () => { expect<i32>(1 + 1).toBe(3); });
      describe("deep", () => { it("traps", () => { unreachable(); }); it("text", () => { expect<string>("a" + "b").toBe("ab"); }); });
    });
  `);
  const results = await runAspectFiles([wrong, mixed], undefined, () => undefined);
  assert.equal(results[0]?.outcomes[0]?.name, "compiling");
  assert.match(results[0]?.outcomes[0]?.problem ?? "", /ERROR TS2322[\s\S]*wrong\.spec\.ts\(1,/);
  assert.deepEqual(shape(results[1] as FileResult), [
    ["sums > right", "ok"], ["sums > wrong", "expected 3"], ["sums > deep > traps", "trapped"], ["sums > deep > text", "ok"],
  ]);
});

test("the summary names what was skipped and what failed, and ends with the totals", () => {
  const outcomes = [
    { file: "a.test.ts", name: "fine", ok: true, ms: 1 },
    { file: "a.test.ts", name: "left out", ok: true, skipped: "no such server", ms: 1 },
    { file: "a.test.ts", name: "bad", ok: false, ms: 1, problem: "wrong" },
  ];
  const text = summaryText([{ suite: "unit", ms: 1500, files: [{ file: "a.test.ts", outcomes, ms: 3, log: "" }] }]);
  assert.match(text, /^unit +1 +1 +1 +1\.5 s$/m);
  assert.match(text, /skipped:\n {2}a\.test\.ts: left out: no such server\n/);
  assert.match(text, /failed:\n {2}a\.test\.ts: bad\n/);
  assert.match(text, /\n1 passed, 1 failed\n$/);
});

test("results as JUnit XML, whatever stands in them", () => {
  const outcomes = [{ file: "a.test.ts", name: 'says "<x> & y"', ok: false, ms: 1500, problem: "wrong\nat \u0000 <there>" }, { file: "a.test.ts", name: "left out", ok: true, skipped: "no & server", ms: 0 }];
  const text = junitText([{ suite: "unit", ms: 1, files: [{ file: "a.test.ts", outcomes, ms: 2000, log: "" }] }]);
  assert.match(text, /<testsuite name="unit: a\.test\.ts" tests="2" failures="1" skipped="1" time="2\.000">/);
  assert.match(text, /<testcase classname="a\.test\.ts" name="says &quot;&lt;x&gt; &amp; y&quot;" time="1\.500"><failure message="wrong">wrong&#10;at \? &lt;there&gt;<\/failure><\/testcase>/);
  assert.match(text, /<skipped message="no &amp; server"\/>/);
});

test("the summary names the ten files that took longest", () => {
  const files = Array.from({ length: 12 }, (_, i) => ({ file: `${i}.test.ts`, outcomes: [], ms: i * 1000, log: "" }));
  const text = summaryText([{ suite: "unit", ms: 1, files }]);
  assert.match(text, /slowest:\n +11\.0 s {2}11\.test\.ts\n/);
  assert.doesNotMatch(text, / 1\.test\.ts/);
});

test("suites, parts of paths and names of tests can be chosen", () => {
  const names = (args: string[]): string[] => selection(args).suites.map(({ name }) => name);
  assert.deepEqual(names([]), ["build", "unit", "unit", "emulator", "contract", "peers", "e2e"]);
  assert.deepEqual(names(["e2e", "unit"]), ["build", "unit", "unit", "e2e"]);
  assert.deepEqual(names(["framework"]), ["unit", "unit", "emulator", "contract", "peers", "e2e"], "no file end to end has this in its path: nothing is built first");
  assert.deepEqual(names(["build", "unit"]), ["build", "unit", "unit"]);
  assert.deepEqual(selection(["unit", "envoy", "--name", "^a", "--jobs", "3"]).patterns, ["envoy"]);
  assert.deepEqual(selection(["--shard", "2/3"]).shard, { index: 1, of: 3 });
  for (const wrong of ["0/2", "3/2", "1", "a/b"]) assert.throws(() => selection(["--shard", wrong]), /--shard: found .*, allowed is I\/N/);
  assert.throws(() => selection(["--jobs", "none"]), /--jobs: found none, allowed is a number from 1 on/);
});
