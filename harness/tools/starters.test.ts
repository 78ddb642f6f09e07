import assert from "node:assert/strict";
import { mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { after, test } from "node:test";
import { cacheDir } from "./paths.ts";
import { processes, spawn } from "./process.ts";
import { until } from "./wait.ts";

const folder = mkdtempSync(join(cacheDir("test"), "starters-"));
after(() => rmSync(folder, { recursive: true }));

const MAIN = join(folder, "main.ts");
writeFileSync(MAIN, `import { spawn } from ${JSON.stringify(join(import.meta.dirname, "process.ts"))};
const child = await spawn("sleep", ["600"]);
process.stdout.write(\`started \${process.pid} \${child.pid}\\n\`);
await child.exited;
`);

const NODE = `"${process.execPath}" --import "${import.meta.resolve("tsx")}" "${MAIN}"`;
const runs = (pid: number): boolean => processes().some((entry) => entry.pid === pid && entry.state !== "Z");

/** Who is killed, by place in the line of those who start: `sh`, go-betweens, ours. */
const CASES: [what: string, command: string, victim: (pids: { starter: number; ours: number }) => number][] = [
  ["its parent is killed", `${NODE}; :`, ({ starter }) => starter],
  ["its parent's parent is killed, which had a shell between", `/bin/sh -c '${NODE}; :'; :`, ({ starter }) => starter],
  ["it is killed itself", `${NODE}; :`, ({ ours }) => ours],
];

for (const [what, command, victim] of CASES) {
  test(`nothing is left of a process and what it has started when ${what}`, async () => {
    // in a group of its own, so that only the victim is killed
    const starter = await spawn("sh", ["-c", command], { name: "starter" });
    const [, ours, child] = (await starter.waitFor(/started (\d+) (\d+)/)).map(Number) as [number, number, number];
    try {
      process.kill(victim({ starter: starter.pid, ours }), "SIGKILL");
      await until("both have ended", 20_000, () => !runs(ours) && !runs(child));
    } finally {
      await starter.stop();
      for (const pid of [ours, child]) if (runs(pid)) process.kill(pid, "SIGKILL");
    }
  });
}

test("what has ended by itself is nobody's to kill", async () => {
  const one = await spawn("true", []), two = await spawn("sleep", ["600"]), three = await spawn("true", []);
  await Promise.all([one.stop(), three.stop()]);
  assert.ok(runs(two.pid));
  await two.stop();
});
