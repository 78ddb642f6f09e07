/** Limits of requests, endpoints that are left alone, and what is closed for being idle. */
import assert from "node:assert/strict";
import { test } from "node:test";
import { call, type Client, type Config, ok, World } from "./world.ts";

const cluster = (more: Config, count = 1): Promise<World> =>
  World.open({ clusters: { a: { endpoints: Array.from({ length: count }, (_, i) => ({ address: `10.0.0.${i + 1}:1` })), ...more } }, routes: [{ cluster: "a" }] });
const to = (client: Client, endpoint: string): string =>
  client.lanes("a").filter(({ headers }) => headers["x-meltemi-endpoint"] === endpoint).map((lane) => lane.received.toString("latin1")).join("");

test("more requests in flight than a cluster may have are answered at once", async () => {
  const world = await cluster({ limits: { maxRequests: 2 } }), one = world.client().send(call(1, "a")), two = world.client().send(call(1, "a") + call(2, "a"));
  assert.match(two.got(), /^error 2 \d+ reason=Overflow .*\ntoo many requests to the server$/);
  one.lane("a").send(ok(1));
  two.send(call(3, "a"));
  assert.equal(two.got(), "");
  two.connection.close();
  one.send(call(4, "a") + call(5, "a"));
  assert.equal(one.got(), ok(1), "those of a client that has gone count no more");
});

test("more that wait for a connection than may are answered at once", async () => {
  const world = await cluster({ limits: { maxPending: 1 } }), client = world.client({ accept: false }).send(call(1, "a") + call(2, "a"));
  assert.match(client.got(), /^error 2 \d+ reason=Overflow/);
  client.lane("a").accept("10.0.0.1:1");
  client.send(call(3, "a"));
  assert.equal(client.at("a"), call(1, "a") + call(3, "a"));
});

test("an endpoint whose server fails again and again is left alone, longer each time, and comes back", async () => {
  const world = await cluster({ outlier: { errors: 3, baseMs: 1000, maxMs: 1500, maxPercent: 50 } }, 2), client = world.client();
  let id = 0;
  const turn = (count: number): number => {
    let bad = 0;
    for (let i = 0; i < count; i++) {
      client.send(call(++id, "a"));
      const lane = client.lanes("a").find((each) => each.received.toString("latin1").endsWith(call(id, "a")))!;
      const isBad = lane.headers["x-meltemi-endpoint"] === "10.0.0.1:1";
      if (isBad) bad++;
      lane.send(isBad ? `error ${id} 0\n` : ok(id));
      client.got();
    }
    return bad;
  };
  assert.equal(turn(20), 3, "three errors, and no more");
  assert.equal(world.count("meltemi_ejections"), 1);
  world.emulator.advance(900);
  assert.equal(turn(10), 0);
  world.emulator.advance(1200);
  assert.equal(turn(20), 3, "it was back");
  world.emulator.advance(1300);
  assert.equal(turn(10), 0, "and is out for longer");
  world.emulator.advance(3000);
  assert.equal(turn(20), 3);
});

test("the caller's faults eject nobody, nor is every endpoint ejected", async () => {
  const world = await cluster({ outlier: { errors: 2, maxPercent: 50 } }, 2), client = world.client();
  for (let i = 1; i <= 20; i++) {
    client.send(call(i, "a"));
    for (const lane of client.lanes("a")) if (lane.received.toString("latin1").endsWith(call(i, "a"))) lane.send(i > 10 ? `error ${i} 0\n` : `fail ${i} 0\n`);
    client.got();
    if (i === 10) assert.equal(world.count("meltemi_ejections"), 0);
  }
  assert.equal(world.count("meltemi_ejections"), 1);
});

test("lanes leave an endpoint that is out, once they have answered", async () => {
  const world = await cluster({ outlier: { errors: 1, maxPercent: 50, baseMs: 60_000 } }, 2), client = world.client().send(call(1, "a") + call(2, "a"));
  const [first] = client.lanes("a");
  const endpoint = first!.headers["x-meltemi-endpoint"]!, own = /call (\d)/.exec(to(client, endpoint))![1];
  first!.send(`error ${own} 0\n`);
  world.emulator.advance(2000);
  client.settle();
  assert.equal(first!.ended, true);
});

test("a connection without anything under way is closed in its time, one with an open request or a pin is not", async () => {
  const open = (): Promise<World> => World.open({ limits: { idleMs: 5000 } });
  const idle = (await open()).client().send(call(1, "a"));
  idle.lane("a").send(ok(1));
  idle.got();
  for (const [client, closes] of [
    [idle, true], [(await open()).client().send(call(1, "a")), false], [(await open()).client().send("tell 1 0 to=a pin=3\n"), false], [(await open()).client().send("call 1 0"), false],
  ] as [Client, boolean][]) {
    client.world.emulator.advance(3000);
    assert.equal(client.connection.closed, false);
    client.world.emulator.advance(4000);
    assert.equal(client.connection.closed, closes);
  }
});

test("a lane that nothing is asked of ends in its time, whatever signs of life it gives", async () => {
  const world = await World.open({ limits: { laneIdleMs: 5000, beatMs: 1000 } }), client = world.client().send(call(1, "a") + call(2, "b"));
  client.lane("a").send(ok(1));
  for (let second = 0; second < 7; second++) {
    world.emulator.advance(1000);
    client.settle();
    for (const name of ["a", "b"]) if (!client.lane(name).ended) client.lane(name).send("pong 0 0\n");
  }
  assert.equal(client.lane("a").ended, true);
  assert.equal(client.lane("b").ended, false, "its answer has still to come");
});
