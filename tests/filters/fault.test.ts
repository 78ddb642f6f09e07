import assert from "node:assert/strict";
import { test } from "node:test";
import { call, type Config, ok, World } from "../framework/world.ts";

const fault = (config: Config, more: Config = {}): Promise<World> => World.open({ filters: [{ name: "fault", config }], ...more });

test("an abort is the protocol's own error, and no server hears of the request", async () => {
  const world = await fault({ abort: { code: "busy", text: "try later" } }), client = world.client().send(call(1, "a") + "tell 2 0 to=a\n");
  assert.equal(client.got(), "error 1 9 reason=FaultAbort code=7\ntry later");
  assert.equal(client.hcm.lanes.length, 0);
  assert.equal(world.errors("FaultAbort"), 2);
});

test("a delay holds up the request that it is for, and is as long as it should be", async () => {
  const world = await fault({ delay: { ms: 50 } }), client = world.client().send(call(1, "a"));
  world.emulator.advance(40);
  assert.equal(client.hcm.lanes.length, 0);
  world.emulator.advance(15);
  assert.equal(client.at("a"), call(1, "a"));
});

test("both: the error comes after the delay", async () => {
  const world = await fault({ delay: { ms: 50 }, abort: { code: "7" } }), client = world.client().send(call(1, "a"));
  world.emulator.advance(40);
  assert.equal(client.got(), "");
  world.emulator.advance(15);
  assert.match(client.got(), /^error 1 14 reason=FaultAbort code=7\nfault injected$/);
});

test("shares hold over 20,000 requests, to a ten-thousandth of a percent in the configuration", async () => {
  for (const share of [0, 100, 300_000, 1_000_000]) {
    const world = await fault({ abort: { code: "7", share } }), client = world.client();
    for (let i = 0; i < 200; i++) {
      let text = "";
      for (let j = 1; j <= 100; j++) text += call(j, "a");
      client.send(text);
      if (client.hcm.lanes.length) client.lane("a").send(Array.from({ length: 100 }, (_, j) => ok(j + 1)).join(""));
      client.got();
    }
    const aborted = world.errors("FaultAbort"), expected = 20_000 * share / 1_000_000;
    assert.ok(Math.abs(aborted - expected) <= 4 * Math.sqrt(expected * (1 - share / 1_000_000)) + 3, `${share}: ${aborted} of ${expected}`);
  }
});

test("delays by the thousand end each in its time, and leave nothing", async () => {
  const world = await fault({ delay: { ms: 30 } }), clients = Array.from({ length: 20 }, () => world.client());
  for (let i = 0; i < 50; i++) {
    for (const client of clients) client.send(call(i + 1, "a"));
    world.emulator.advance(1);
  }
  world.emulator.advance(40);
  for (const client of clients) assert.equal(client.at("a").split("\n").length, 51);
});

test("what is wrong is said with its path", async () => {
  for (const [config, message] of [
    [{}, /missing, allowed: delay, abort, or both/],
    [{ delay: {} }, /filters\[0\]\.config\.delay\.ms: missing/],
    [{ delay: { ms: 0 } }, /filters\[0\]\.config\.delay\.ms: found 0/],
    [{ delay: { ms: 1, share: 1_000_001 } }, /filters\[0\]\.config\.delay\.share: found 1000001/],
    [{ abort: { share: 1 } }, /filters\[0\]\.config\.abort\.code: missing/],
    [{ abort: { code: "" } }, /filters\[0\]\.config\.abort\.code/],
    [{ abort: { code: "-1" } }, /filters\[0\]\.config\.abort\.code: found "-1", which is not an error of this protocol/],
  ] as [Config, RegExp][]) await assert.rejects(fault(config), message);
});
