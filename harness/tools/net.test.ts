import assert from "node:assert/strict";
import { execFileSync } from "node:child_process";
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { test } from "node:test";
import { freePort } from "./net.ts";
import { cacheDir, ROOT } from "./paths.ts";

test("ports are given once, also between processes, and lie below those that kernels choose", async () => {
  const ours = await Promise.all(Array.from({ length: 50 }, () => freePort()));
  const script = 'import { freePort } from "./harness/tools/net.ts"; const all = []; for (let i = 0; i < 50; i++) all.push(await freePort()); console.log(all.join(" "));';
  const theirs = execFileSync(process.execPath, ["--import", "tsx", "--input-type=module", "-e", script], { cwd: ROOT, encoding: "utf8" }).trim().split(" ").map(Number);
  assert.equal(new Set([...ours, ...theirs]).size, 100);
  assert.deepEqual([...ours, ...theirs].filter((port) => port < 20_000 || port >= 32_000), []);
});

test("a claim of a process that has gone is void", async () => {
  const folder = mkdtempSync(join(cacheDir("run"), "ports-")), gone = execFileSync(process.execPath, ["-p", "process.pid"], { encoding: "utf8" }).trim();
  try {
    for (let port = 20_000; port < 32_000; port++) writeFileSync(join(folder, String(port)), gone);
    const port = await freePort("127.0.0.1", folder);
    assert.equal(readFileSync(join(folder, String(port)), "utf8"), String(process.pid));
  } finally {
    rmSync(folder, { recursive: true });
  }
});
