import assert from "node:assert/strict";
import { existsSync, mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { after, test } from "node:test";
import { setImmediate as turn } from "node:timers/promises";
import { locked } from "./lock.ts";
import { cacheDir } from "./paths.ts";

const dir = mkdtempSync(join(cacheDir("run"), "lock-"));
after(() => rmSync(dir, { recursive: true }));

test("work under one lock never overlaps, and the lock is gone after it, also after an error", async () => {
  const path = join(dir, "a");
  let inside = 0, most = 0;
  const work = (): Promise<void> => locked(path, async () => {
    most = Math.max(most, ++inside);
    for (let i = 0; i < 20; i++) await turn();
    inside--;
  });
  await Promise.all([work(), work(), work()]);
  assert.equal(most, 1);
  await assert.rejects(locked(path, () => Promise.reject(new Error("broken"))), /broken/);
  assert.ok(!existsSync(path));
});

test("a lock left by a process that is gone is taken over", async () => {
  const path = join(dir, "b");
  writeFileSync(path, String(2 ** 22 + 1));
  assert.equal(await locked(path, () => Promise.resolve(7)), 7);
});
