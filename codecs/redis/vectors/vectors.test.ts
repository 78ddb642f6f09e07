import assert from "node:assert/strict";
import { join } from "node:path";
import { test } from "node:test";
import { RespParser } from "../../../harness/peers/redis/resp.ts";
import { bytesOf, type GoodVector, recordedOf } from "../../../tests/contract/vectors.ts";
import { made } from "./made.ts";

const bad = made(), good = recordedOf(join(import.meta.dirname, ".."));

test("bad ones of every cost, as many as good ones", () => {
  for (const cost of ["connection", "message", "keys", "time"]) assert.ok(bad.some(({ costs }) => costs === cost), cost);
  for (const { name, costs, hidden } of bad) assert.equal(costs === "keys", hidden !== undefined, name);
  assert.ok(bad.length >= good.length, `${bad.length} bad ones, ${good.length} good ones`);
});

test("keys and channels that are told stand in the bytes", () => {
  for (const vector of good) {
    for (const key of ["key", "channel"]) {
      for (const value of [vector.expect.metadata?.[key] ?? []].flat()) assert.ok(bytesOf(vector).includes(value), `${vector.name}: ${key}`);
    }
  }
});

test("every type of RESP2 and RESP3 that servers send was recorded, alone or in others", () => {
  const seen = new Set<string>();
  for (const vector of good.filter(({ direction }) => direction === "response")) {
    const bytes = bytesOf(vector);
    let replies = 0;
    new RespParser(() => replies++).feed(bytes);
    assert.equal(replies, 1, vector.name);
    seen.add(String.fromCharCode(bytes[0]!));
  }
  assert.deepEqual([..."+-:$*_#,(=%~>|"].filter((type) => !seen.has(type)), []);
});

test("inline commands, answers that are more than one, and none", () => {
  const has = (what: string, fits: (vector: GoodVector) => boolean): void => assert.ok(good.some(fits), what);
  has("inline", ({ direction, hex }) => direction === "request" && !hex.startsWith("2a"));
  has("not the last", ({ expect }) => expect.last === false);
  has("no answer", ({ expect }) => expect.expect === "None");
  has("a time to wait", ({ expect }) => (expect.wait ?? 0) > 0);
  for (const kind of ["Call", "Setup", "Local", "Push"]) has(kind, ({ expect }) => expect.kind === kind);
});
