import assert from "node:assert/strict";
import { readFileSync } from "node:fs";
import { test } from "node:test";
import { FILE, table } from "./table.ts";

test("docs/scenarios.md is what the scenarios and protocols say", () => {
  assert.equal(readFileSync(FILE, "utf8"), table(), "write it anew: node --import tsx tests/e2e/scenarios/table.ts");
});
