/** A clock that is set back: nothing that waits ends before its time, nothing waits for the clock to catch up. */
import assert from "node:assert/strict";
import { test } from "node:test";
import { call, type Config, ok, World } from "./world.ts";

/** By an hour, as when a machine has started with a wrong one. */
const setBack = (world: World): void => { world.emulator.clock.set -= 3_600_000_000_000n; };

test("a lane that waits for its connection goes on waiting, as long as it may", async () => {
  const world = await World.open({ limits: { laneOpenMs: 5000 } }), client = world.client({ accept: false }).send(call(1, "a"));
  setBack(world);
  world.emulator.tick();
  assert.equal(client.got(), "");
  world.emulator.advance(3000);
  assert.equal(client.got(), "");
  world.emulator.advance(4000);
  assert.match(client.got(), /^error 1 .*Timeout/);
});

test("a client that is idle for a moment is not closed; one that is for long is", async () => {
  const world = await World.open({ limits: { idleMs: 60_000 } }), client = world.client().send(call(1, "a"));
  client.lane("a").send(ok(1));
  client.got();
  setBack(world);
  world.emulator.advance(2000);
  assert.equal(client.connection.closed, false);
  world.emulator.advance(60_000);
  assert.equal(client.connection.closed, true);
});

test("deadlines, delays and endpoints that are down: not an hour longer", async () => {
  const filters: Config[] = [{ name: "fault", match: [[{ key: "slow", exact: "1" }]], config: { delay: { ms: 500 } } }];
  const world = await World.open({ filters, routes: [{ cluster: "a", timeoutMs: 800 }] }), client = world.client().send(call(1, "a") + call(2, "a", "", " slow=1"));
  setBack(world);
  world.emulator.advance(1000);
  assert.match(client.got(), /^error 1 .*Timeout/);
  assert.match(client.at("a"), /call 2/);
});
