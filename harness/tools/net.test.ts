import assert from "node:assert/strict";
import { execFileSync } from "node:child_process";
import { existsSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { test } from "node:test";
import { freePort } from "./net.ts";
import { ROOT } from "./paths.ts";

test("ports are given once, also between processes, and lie below those that kernels choose", async () => {
  const ours = await Promise.all(Array.from({ length: 50 }, () => freePort()));
  const script = 'import { freePort } from "./harness/tools/net.ts"; const all = []; for (let i = 0; i < 50; i++) all.push(await freePort()); console.log(all.join(" "));';
  const theirs = execFileSync(process.execPath, ["--import", "tsx", "--input-type=module", "-e", script], { cwd: ROOT, encoding: "utf8" }).trim().split(" ").map(Number);
  assert.equal(new Set([...ours, ...theirs]).size, 100);
  assert.deepEqual([...ours, ...theirs].filter((port) => port < 20_000 || port >= 32_000), []);
});

test("a claim of a process that has gone is void", async () => {
  const folder = join(tmpdir(), "meltemi-ports"), gone = execFileSync(process.execPath, ["-p", "process.pid"], { encoding: "utf8" }).trim();
  await freePort();
  const free = Array.from({ length: 12_000 }, (_, i) => 20_000 + i).filter((port) => !existsSync(join(folder, String(port)))), stale: number[] = [];
  // All that are left are claimed by nobody: whatever comes is one of them.
  for (const port of free) {
    try {
      writeFileSync(join(folder, String(port)), gone, { flag: "wx" });
      stale.push(port);
    } catch {
      // Somebody's by now.
    }
  }
  try {
    assert.equal(stale.includes(await freePort()), true);
  } finally {
    for (const port of stale) rmSync(join(folder, String(port)), { force: true });
  }
});
