import assert from "node:assert/strict";
import { readdirSync, readFileSync } from "node:fs";
import { test } from "node:test";
import { fileURLToPath } from "node:url";
import { parseAllDocuments, stringify } from "yaml";
import { formatProblem, translate } from "../index.ts";
import { MODULES } from "../testdata/fixtures.ts";

const dir = fileURLToPath(new URL("../testdata/in/", import.meta.url));
const WRONG: unknown[] = [null, "x", 7, true, [], {}, [null], { a: null }, [["x"]], -0.5, "constructor", JSON.parse(`{"__proto__": {"toString": 1}}`)];

/** Paths of all values inside a value, its own included. */
function paths(value: unknown, path: (string | number)[] = []): (string | number)[][] {
  if (typeof value !== "object" || value === null) return [path];
  const inner = Array.isArray(value) ? value.map((v, i) => [i, v] as const) : Object.entries(value);
  return [path, ...inner.flatMap(([key, v]) => paths(v, [...path, key]))];
}

function replaced(value: unknown, [key, ...rest]: (string | number)[], by: unknown): unknown {
  if (key === undefined) return by;
  const copy = structuredClone(value) as Record<string | number, unknown>;
  copy[key] = replaced(copy[key], rest, by);
  return copy;
}

for (const file of readdirSync(dir).filter((f) => f !== "bad-syntax.yaml")) {
  test(`${file} with a wrong value anywhere is a problem or a warning, never an exception`, () => {
    const documents = parseAllDocuments(readFileSync(dir + file, "utf8")).map((d) => d.toJS() as unknown);
    for (const [i, path] of paths(documents).slice(1).entries()) {
      const wrong = replaced(documents, path, WRONG[i % WRONG.length]) as unknown[];
      const text = wrong.map((document) => stringify(document)).join("---\n");
      const result = translate([{ file, text }], { wasm: "x.wasm", modules: MODULES });
      for (const problem of result.ok ? result.warnings : result.problems) {
        assert.match(formatProblem(problem), /^[\w-]+\.yaml:\d+: document \d+/);
      }
    }
  });
}
