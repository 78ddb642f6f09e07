/** The parity suite on the emulator: the same cases as tests/e2e/hostcalls.test.ts, against what Envoy was seen to do. */
import assert from "node:assert/strict";
import { readFileSync, rmSync } from "node:fs";
import { after, before, describe, it } from "node:test";
import { CALLBACKS } from "../../harness/emulator/abi.ts";
import { cases } from "./cases/index.ts";
import { coverage, told } from "./coverage.ts";
import { DIFFERENCES, WITHOUT_CALLER } from "./differences.ts";
import { expected, plain } from "./expected.ts";
import { buildCases } from "./guest.ts";
import { type Emulated, runOnEmulator } from "./onemulator.ts";

describe("parity: the emulator shows what Envoy showed", () => {
  const wanted = expected(), runs: Emulated[] = [];
  let wasm = "", bytes: Uint8Array;
  before(async () => {
    wasm = await buildCases();
    bytes = readFileSync(wasm);
  });
  after(() => rmSync(wasm, { force: true }));

  for (const one of cases) {
    it(one.name, async () => {
      const run = await runOnEmulator(bytes, one);
      runs.push(run);
      if (!Object.hasOwn(DIFFERENCES, one.name)) assert.deepEqual(plain(run), wanted[one.name]);
      else assert.notDeepEqual(plain(run), wanted[one.name], "it does not differ any more: take it off the list of differences");
    });
  }

  it("every host call and callback has a case", (context) => {
    const covered = coverage(runs);
    context.diagnostic(told(covered));
    assert.deepEqual(covered.missing, []);
  });

  it("nothing is recorded or excused that is not there", () => {
    const names = cases.map(({ name }) => name);
    assert.deepEqual(Object.keys(wanted).sort(), [...names].sort());
    assert.deepEqual(Object.keys(DIFFERENCES).filter((name) => !names.includes(name)), []);
    assert.deepEqual(Object.keys(WITHOUT_CALLER).filter((name) => !Object.hasOwn(CALLBACKS, name)), []);
  });

  it("each known difference is told of in docs/emulator.md", () => {
    const docs = readFileSync(new URL("../../docs/emulator.md", import.meta.url), "utf8");
    for (const why of [...Object.values(DIFFERENCES), WITHOUT_CALLER.proxy_on_foreign_function ?? ""]) assert.ok(docs.includes(why), `not in docs/emulator.md: ${why}`);
  });
});
