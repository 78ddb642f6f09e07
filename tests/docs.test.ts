import assert from "node:assert/strict";
import { existsSync, readdirSync, readFileSync } from "node:fs";
import { dirname, join, relative } from "node:path";
import { test } from "node:test";
import { ROOT } from "../harness/tools/paths.ts";

function pages(folder: string): string[] {
  return readdirSync(folder, { withFileTypes: true }).flatMap((entry) => {
    if (["node_modules", ".git", ".cache", "build"].includes(entry.name)) return [];
    const path = join(folder, entry.name);
    return entry.isDirectory() ? pages(path) : entry.name.endsWith(".md") ? [path] : [];
  });
}

for (const page of pages(ROOT)) {
  const name = relative(ROOT, page);
  const text = readFileSync(page, "utf8");

  test(`${name}: every relative link leads somewhere`, () => {
    for (const [, target] of text.matchAll(/\]\((?!https?:|#)([^)#]+)(?:#[^)]*)?\)/g)) {
      assert.ok(existsSync(join(dirname(page), target!)), `${name} links to ${target}, which does not exist`);
    }
  });

  test(`${name}: quoted code is the code`, () => {
    for (const [, file, quoted] of text.matchAll(/```ts\n\/\/ (\S+)\n([\s\S]*?)```/g)) {
      assert.ok(readFileSync(join(ROOT, file!), "utf8").includes(quoted!.trimEnd()), `${name} quotes ${file}, which reads otherwise`);
    }
  });
}

test("docs/security.md: each promise names tests that are there", () => {
  const rows = readFileSync(join(ROOT, "docs/security.md"), "utf8").split("## Promises")[1]!.split("\n").filter((line) => line.startsWith("| ")).slice(1);
  for (const row of rows) {
    const named = [...row.matchAll(/`([^`]+\.test\.ts)`(?:: ([^;|]+))?/g)];
    assert.ok(named.length > 0, `no test is named: ${row}`);
    for (const [, file, part] of named) {
      const text = readFileSync(join(ROOT, file!), "utf8");
      assert.ok(part === undefined || text.includes(part.trim()), `${file} has no test "${part}"`);
    }
  }
});
