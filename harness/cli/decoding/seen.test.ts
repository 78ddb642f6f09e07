import assert from "node:assert/strict";
import { test } from "node:test";
import { Seen } from "./seen.ts";

test("any part of bytes that came in pieces", () => {
  const seen = new Seen(), whole = Buffer.from("abcdefghij");
  for (const [from, to] of [[0, 1], [1, 4], [4, 4], [4, 9], [9, 10]]) seen.add(whole.subarray(from, to));
  for (let from = 0; from <= 11; from++) for (let to = from; to <= 12; to++) assert.equal(seen.slice(from, to).toString(), whole.subarray(from, to).toString(), `${from}..${to}`);
  assert.equal(new Seen().slice(0, 5).length, 0);
});
