import assert from "node:assert/strict";
import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { dirname, join } from "node:path";
import { test } from "node:test";
import { cacheDir, ROOT } from "../../tools/paths.ts";
import { run } from "../../tools/process.ts";
import { codeOnly, matches } from "./source.ts";

test("comments and strings are not code, and lines stay where they are", () => {
  const text = 'a; // throw 1\n/* throw\n2 */ b("throw 3", \'throw\', `throw\n4`); throw 5;';
  assert.deepEqual(matches("x.ts", codeOnly(text), /\bthrow\b/g, (found) => found), ["x.ts:4: throw"]);
});

/** What dependency-cruiser says of a tree of these files, with the checkout's own rules. */
async function cruise(files: Record<string, string>): Promise<string> {
  const dir = mkdtempSync(join(cacheDir("run"), "imports-"));
  try {
    for (const [name, text] of Object.entries({ "tsconfig.json": "{}", ...files })) {
      mkdirSync(dirname(join(dir, name)), { recursive: true });
      writeFileSync(join(dir, name), text);
    }
    const program = join(ROOT, "node_modules/dependency-cruiser/bin/dependency-cruise.mjs");
    const done = await run(process.execPath, [program, "--config", join(ROOT, ".dependency-cruiser.cjs"), "--output-type", "err", "."], { cwd: dir, env: { NO_COLOR: "1" } });
    return done.output;
  } finally {
    rmSync(dir, { recursive: true });
  }
}

const DECORATED = "@inline export function f(): void {}\n";

test("imports against the direction are found, in AssemblyScript too", async () => {
  const said = await cruise({
    "assembly/env/abort.ts": DECORATED,
    "assembly/env/imports.ts": DECORATED,
    "assembly/codec/codec.ts": `import { f } from "../env/imports";\n${DECORATED}`,
    "assembly/bytes/reader.ts": `import { f } from "../env/abort";\n${DECORATED}`,
    "codecs/a/codec.ts": 'import { f } from "../b/codec";\n',
    "codecs/b/codec.ts": `import { f as g } from "../../assembly/env/abort";\n${DECORATED}`,
    "control-plane/main.ts": 'import { f } from "../harness/main.ts";\n',
    "harness/main.ts": `import "./main.test.ts";\n${DECORATED}`,
    "harness/main.test.ts": "export const a = 1;\n",
  });
  const found = [...said.matchAll(/error (\S+): (\S+) → (\S+)/g)].map(([, rule, from, to]) => `${rule}: ${from} -> ${to}`).sort();
  assert.deepEqual(found, [
    "assembly/bytes: assembly/bytes/reader.ts -> assembly/env/abort.ts",
    "codecs: codecs/a/codec.ts -> codecs/b/codec.ts",
    "codecs: codecs/b/codec.ts -> assembly/env/abort.ts",
    "contract: assembly/codec/codec.ts -> assembly/env/imports.ts",
    "control-plane: control-plane/main.ts -> harness/main.ts",
    "raw-host-calls: assembly/codec/codec.ts -> assembly/env/imports.ts",
    "tests-last: harness/main.ts -> harness/main.test.ts",
  ]);
});

test("imports in the right direction are not found", async () => {
  const said = await cruise({
    "assembly/bytes/reader.ts": DECORATED,
    "assembly/codec/codec.ts": `import { f } from "../bytes/reader";\nexport { f };\n`,
    "codecs/a/codec.ts": 'import { f } from "../../assembly/codec/codec";\nimport { f as g } from "../../assembly/bytes/reader";\n',
  });
  assert.match(said, /no dependency violations found/);
});
