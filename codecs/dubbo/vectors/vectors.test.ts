import assert from "node:assert/strict";
import { test } from "node:test";
import { join } from "node:path";
import { recordedOf } from "../../../tests/contract/vectors.ts";
import { made } from "./made.ts";
import type { DubboVector } from "./session.ts";

const recorded = recordedOf(join(import.meta.dirname, "..")) as DubboVector[];

test("each recorded vector is one whole frame with the id and size that it tells", () => {
  for (const { name, expect, hex } of recorded) {
    const bytes = Buffer.from(hex, "hex");
    assert.equal(bytes.readUInt16BE(0), 0xdabb, name);
    assert.equal(bytes.length, expect.size, name);
    assert.equal(bytes.readUInt32BE(12) + 16, expect.size, name);
    assert.equal(`0x${bytes.readBigUInt64BE(4).toString(16)}`, expect.key, name);
  }
});

test("what was asked of the peers stands in the bytes", () => {
  for (const { name, expect, hex } of recorded) {
    const bytes = Buffer.from(hex, "hex");
    for (const [key, value] of Object.entries(expect.metadata)) {
      if (expect.mayHide?.[key] === undefined) assert.ok(bytes.includes(value), `${name}: ${key}`);
    }
    for (const key of expect.absent ?? []) assert.ok(!bytes.includes(key.replace("attachment.", "")), `${name}: ${key}`);
  }
});

test("a reply carries its request's id", () => {
  for (const { name, answers, expect } of recorded) {
    if (answers === undefined) continue;
    assert.equal(expect.key, recorded.find((vector) => vector.name === answers)?.expect.key, name);
  }
});

test("all kinds of frames are there", () => {
  const has = (what: string, fits: (vector: (typeof recorded)[number]) => boolean): void => assert.ok(recorded.some(fits), what);
  for (const code of [20, 40, 70, 100]) has(`status ${code}`, ({ expect }) => expect.code === code);
  for (const type of [0, 1, 2, 3, 4, 5]) {
    has(`result type ${type}`, ({ direction, expect, hex }) => direction === "response" && expect.code === 20 && hex.slice(32, 34) === (0x90 + type).toString(16));
  }
  for (const kind of ["Call", "Ping", "Drop"]) has(kind, ({ expect }) => expect.kind === kind);
  has("one-way", ({ direction, expect }) => direction === "request" && expect.kind === "Call" && expect.expect === "None");
});

test("each made vector says why, and which keys it hides", () => {
  for (const { name, why, costs, hidden } of made()) {
    assert.ok(why.length > 0, name);
    assert.equal(costs === "keys", hidden !== undefined, name);
  }
});
