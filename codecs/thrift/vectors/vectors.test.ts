import assert from "node:assert/strict";
import { join } from "node:path";
import { test } from "node:test";
import { bytesOf, isBad, vectorsOf, type GoodVector } from "../../../tests/contract/vectors.ts";
import { made } from "./made.ts";

const all = vectorsOf(join(import.meta.dirname, ".."));
const good = all.filter((vector): vector is GoodVector => !isBad(vector));
const recorded = good.filter(({ origin }) => !origin.startsWith("by hand"));

test("the vectors by hand are those that made.ts makes, each with a reason", () => {
  const byName = <T extends { name: string }>(list: T[]): T[] => [...list].sort((a, b) => (a.name < b.name ? -1 : 1));
  const { made: bad, "by-hand": byHand } = made();
  const there = all.filter((vector) => isBad(vector) || !recorded.includes(vector));
  assert.deepEqual(byName(there), byName([...bad, ...byHand]), "run: node --import tsx codecs/thrift/vectors/made.ts");
  assert.equal(new Set(all.map(({ name }) => name)).size, all.length, "names are unique");
});

test("bad ones of every cost, more than good ones by hand", () => {
  const bad = all.filter(isBad);
  for (const cost of ["connection", "message", "keys", "time"]) assert.ok(bad.some(({ costs }) => costs === cost), cost);
  for (const { name, costs, hidden } of bad) assert.equal(costs === "keys", hidden !== undefined, name);
  assert.ok(bad.length >= good.length - recorded.length);
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
