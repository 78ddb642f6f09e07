/** The soak, short enough for every run; `MELTEMI_SOAK_SECONDS=600` makes it ten minutes. */
import assert from "node:assert/strict";
import { after, before, test } from "node:test";
import { type Outcome, soak } from "./soak.ts";

const SECONDS = Number(process.env.MELTEMI_SOAK_SECONDS ?? 60);
const MIB = 1 << 20;

let outcome: Outcome;

before(async () => { outcome = await soak(SECONDS * 1000, Math.min(SECONDS / 3, 60) * 1000); });
after(async () => { await outcome?.stop(); });

test("every request had one end, with all filters on and endpoints going and coming", () => {
  for (const [name, { sent, good, errors, lost, strays }] of Object.entries(outcome.tallies)) {
    console.log(`# ${name}: ${JSON.stringify({ sent, good, errors, lost, strays })}`);
    assert.equal(good + errors, sent, name);
    assert.deepEqual([lost, strays], [0, 0], name);
    assert.ok(good > sent * 0.9, `${name}: ${good} of ${sent} good`);
    assert.ok(errors > 0, `${name}: faults and refusals are on`);
  }
});

test("memory at the end is what it was after the first part", () => {
  const { early, end } = outcome.memory;
  console.log(`# Envoy: ${(early / MIB).toFixed(1)} MiB, at the end ${(end / MIB).toFixed(1)} MiB`);
  assert.ok(end < early * 1.1 + 16 * MIB, `${early} -> ${end}`);
});

test("no VM has died, and nobody could not read anybody", async () => {
  assert.doesNotMatch(outcome.mesh.envoy.log(), /Plugin (is )?(in )?fail/i);
  for (const metric of ["meltemi_bad_requests", "meltemi_bad_replies", "meltemi_unknown_replies"]) assert.equal(await outcome.mesh.count(metric), 0, metric);
});
