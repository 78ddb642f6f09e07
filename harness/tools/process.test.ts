import assert from "node:assert/strict";
import { createServer } from "node:net";
import { test } from "node:test";
import { freePort, waitForPort } from "./net.ts";
import { processes, run, spawn } from "./process.ts";

const runs = (pid: number): boolean => processes().some((entry) => entry.pid === pid && entry.state !== "Z");

test("a line that is waited for is found, before and after it came", async () => {
  const child = await spawn("sh", ["-c", "echo one; echo port 17 >&2; exec sleep 60"]);
  assert.equal((await child.waitFor(/port (\d+)/))[1], "17");
  assert.equal((await child.waitFor(/one/))[0], "one");
  await child.stop();
  assert.equal(child.exit()?.signal, "SIGTERM");
});

test("waiting ends with the log when the child ends, and when time is up", async () => {
  const ended = await spawn("sh", ["-c", "echo broken; exit 3"], { name: "server" });
  await assert.rejects(ended.waitFor(/ready/), /server: no \/ready\/ in its output: it ended with exit code 3\nbroken/);
  const silent = await spawn("sleep", ["60"]);
  await assert.rejects(silent.waitFor(/ready/, 50), /0\.05 s passed/);
  await silent.stop();
});

test("stop ends the children of the child too, even those that ignore SIGTERM", async () => {
  const child = await spawn("sh", ["-c", "trap '' TERM; sh -c 'trap \"\" TERM; echo inner $$; while :; do sleep 0.1; done' & wait; wait"], { graceMs: 200 });
  const inner = Number((await child.waitFor(/inner (\d+)/))[1]);
  assert.ok(runs(inner));
  await child.stop();
  assert.ok(!runs(inner) && !runs(child.pid));
});

test("a command that does not exist is named", async () => {
  await assert.rejects(spawn("no-such-command", []), /cannot start no-such-command: .*ENOENT/);
});

test("run gives input, keeps outputs apart, and ends what takes too long", async () => {
  const done = await run("sh", ["-c", "cat; echo noise >&2; exit 4"], { input: "text" });
  assert.deepEqual({ code: done.code, stdout: done.stdout, timedOut: done.timedOut }, { code: 4, stdout: "text", timedOut: false });
  assert.match(done.output, /noise/);
  assert.equal((await run("sleep", ["60"], { timeoutMs: 50 })).timedOut, true);
});

test("a free port is free, and waiting for one tells what it saw", async () => {
  const port = await freePort();
  await assert.rejects(waitForPort(port, "127.0.0.1", 60), new RegExp(`nothing listens on 127.0.0.1:${port}: not after 0.06 s .*ECONNREFUSED`));
  const server = createServer().listen(port, "127.0.0.1");
  await waitForPort(port);
  server.close();
});
