import assert from "node:assert/strict";
import { existsSync, readdirSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { test } from "node:test";
import { fileURLToPath } from "node:url";
import { formatProblem, pluginConfiguration, translate, type Translation } from "../index.ts";
import { compactJson, MODULES } from "../testdata/fixtures.ts";

/**
 * A comment `# locality: region/zone/subzone` says where the Envoy is. Each testdata/in/<case>.yaml has its testdata/out/<case>.json, or .txt for bad-*: adding a case is adding a file.
 * UPDATE_GOLDENS=1 writes them all and deletes those without a case.
 */
const dir = (name: string) => fileURLToPath(new URL(`../testdata/${name}/`, import.meta.url));
const update = process.env.UPDATE_GOLDENS === "1";
const cases = readdirSync(dir("in")).filter((f) => f.endsWith(".yaml")).map((f) => f.slice(0, -".yaml".length)).sort();
const golden = (name: string) => `${name}${name.startsWith("bad-") ? ".txt" : ".json"}`;

for (const name of cases) {
  test(`translate ${name}`, () => {
    const file = `${name}.yaml`;
    const text = readFileSync(dir("in") + file, "utf8"), locality = /^# locality: (.*)$/m.exec(text)?.[1];
    const result = translate([{ file, text }], { wasm: "build/meltemi.wasm", modules: MODULES, locality });
    const problems = result.ok ? "" : result.problems.map(formatProblem).join("\n");
    assert.equal(result.ok, !name.startsWith("bad-"), problems);
    const actual = result.ok ? compactJson(shown(name, result)) : `${problems}\n`;
    const path = dir("out") + golden(name);
    if (update) writeFileSync(path, actual);
    assert.equal(existsSync(path), true, `${path} is missing: run with UPDATE_GOLDENS=1, then read it`);
    assert.equal(actual, readFileSync(path, "utf8"));
  });
}

test("no golden is without its case", () => {
  const stale = readdirSync(dir("out")).filter((f) => !cases.map(golden).includes(f));
  if (update) for (const file of stale) rmSync(dir("out") + file);
  else assert.deepEqual(stale, []);
});

/** The whole bootstrap for full-*, else what differs from case to case. */
function shown(name: string, result: Translation & { ok: true }): unknown {
  if (name.startsWith("full-")) return result.bootstrap;
  const { ir, warnings } = result;
  return {
    warnings: warnings.map(formatProblem),
    clusters: ir.clusters,
    listeners: ir.listeners.map(({ name: listener, address, port }) => ({ listener, address, port })),
    plugins: Object.fromEntries(ir.listeners.map((l) => [l.name, pluginConfiguration(ir, l)])),
  };
}
