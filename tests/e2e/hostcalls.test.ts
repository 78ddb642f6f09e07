/** The parity suite on the real Envoy: each case must show there what was recorded, and the same on the emulator. */
import assert from "node:assert/strict";
import { readFileSync, rmSync } from "node:fs";
import { after, before, describe, it } from "node:test";
import { cases } from "../hostcalls/cases/index.ts";
import { coverage, told } from "../hostcalls/coverage.ts";
import { DIFFERENCES } from "../hostcalls/differences.ts";
import { expected, plain } from "../hostcalls/expected.ts";
import { buildCases } from "../hostcalls/guest.ts";
import { type Emulated, runOnEmulator } from "../hostcalls/onemulator.ts";
import { OnEnvoy } from "../hostcalls/onenvoy.ts";

describe("parity: Envoy and the emulator do the same", () => {
  const wanted = expected(), same: Emulated[] = [];
  let wasm = "", bytes: Uint8Array, envoy: OnEnvoy;
  before(async () => {
    wasm = await buildCases();
    bytes = readFileSync(wasm);
    envoy = await OnEnvoy.start(cases, wasm);
  });
  after(async () => {
    await envoy.stop();
    rmSync(wasm, { force: true });
  });

  for (const one of cases) {
    it(one.name, async () => {
      const real = plain(await envoy.run(one));
      assert.deepEqual(real, wanted[one.name]);
      const emulated = await runOnEmulator(bytes, one);
      if (Object.hasOwn(DIFFERENCES, one.name)) return assert.notDeepEqual(plain(emulated), real);
      assert.deepEqual(plain(emulated), real);
      same.push(emulated);
    });
  }

  it("every host call and callback was used in Envoy", (context) => {
    const covered = coverage(same);
    context.diagnostic(told(covered));
    assert.deepEqual(covered.missing, []);
  });
});
