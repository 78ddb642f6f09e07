import assert from "node:assert/strict";
import { readFileSync } from "node:fs";
import { join } from "node:path";
import { test } from "node:test";
import { smuggling } from "./make.ts";

test("the cases are those that make.ts makes", () => {
  for (const { file, ...one } of smuggling()) {
    const there = JSON.parse(readFileSync(join(import.meta.dirname, `${file}.json`), "utf8")) as unknown;
    assert.deepEqual(there, JSON.parse(JSON.stringify(one)), `${file}: run node --import tsx codecs/thrift/smuggling/make.ts`);
  }
});
