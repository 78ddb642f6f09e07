import assert from "node:assert/strict";
import { readFileSync } from "node:fs";
import { join } from "node:path";
import { test } from "node:test";
import { ROOT } from "../tools/paths.ts";
import { exportsOf } from "./extract.ts";
import { pages } from "./pages.ts";

for (const [path, text] of Object.entries(pages())) {
  test(`${path} is what \`npm run docs\` makes of the source`, () => assert.equal(readFileSync(join(ROOT, path), "utf8"), text));
}

test("every class that authors import says what it is", () => {
  const sections = [...exportsOf("assembly/sdk.ts"), ...exportsOf("assembly/index.ts")];
  const silent = sections.flatMap(({ file, items }) => items.filter(({ kind, doc }) => kind === "class" && doc === "").map(({ name }) => `${file}: ${name}`));
  assert.deepEqual(silent, []);
});
