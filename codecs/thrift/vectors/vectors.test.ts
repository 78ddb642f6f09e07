import assert from "node:assert/strict";
import { join } from "node:path";
import { test } from "node:test";
import { bytesOf, type GoodVector, isBad, recordedOf } from "../../../tests/contract/vectors.ts";
import { made } from "./made.ts";

const byHand = made(), bad = byHand.filter(isBad), recorded = recordedOf(join(import.meta.dirname, ".."));

test("bad ones of every cost, more than good ones by hand", () => {
  for (const cost of ["connection", "message", "keys", "time"]) assert.ok(bad.some(({ costs }) => costs === cost), cost);
  for (const { name, costs, hidden } of bad) assert.equal(costs === "keys", hidden !== undefined, name);
  assert.ok(bad.length >= byHand.length - bad.length);
});

test("what was asked of the peers stands in the bytes, unless they are deflated", () => {
  for (const vector of recorded) {
    const bytes = bytesOf(vector), { metadata = {}, mayHide = {} } = vector.expect;
    for (const [key, value] of Object.entries(metadata)) {
      if (["transport", "protocol", "seqid", "type"].includes(key) || key in mayHide) continue;
      assert.ok(bytes.includes(value as string), `${vector.name}: ${key}`);
    }
  }
});

test("all transports, protocols and kinds of answers were recorded", () => {
  const has = (what: string, fits: (vector: GoodVector) => boolean): void => assert.ok(recorded.some(fits), what);
  for (const transport of ["unframed", "framed", "header"]) {
    for (const protocol of ["binary", "compact"]) {
      has(`${transport} ${protocol}`, ({ expect }) => expect.metadata?.transport === transport && expect.metadata.protocol === protocol);
    }
  }
  for (const outcome of ["Ok", "Caller"]) has(outcome, ({ expect }) => expect.outcome === outcome);
  has("one-way", ({ expect }) => expect.expect === "None");
});
