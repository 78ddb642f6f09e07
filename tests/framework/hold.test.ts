/** Requests that a filter holds, and those behind them. */
import assert from "node:assert/strict";
import { test } from "node:test";
import { call, type Config, ok, World } from "./world.ts";

const MS = 200;
const held = (config: Config = {}, more: Config = {}): Config => ({ filters: [{ name: "hold", config: { key: "slow", value: "1", ms: MS, ...config } }], ...more });
const slow = (id: number, body = ""): string => call(id, "a", body, " slow=1");

/** Lets the wait end. */
function pass(world: World): void {
  world.emulator.advance(MS + 50);
  world.emulator.drainQueues();
}

test("where order is free, a request that is held is overtaken, and goes on as it came", async () => {
  const world = await World.open(held()), client = world.client().send(slow(1, "one") + call(2, "a") + slow(3) + call(4, "b"));
  assert.equal(client.at("a"), call(2, "a"));
  client.lane("b").send(ok(4));
  assert.equal(client.got(), ok(4));
  pass(world);
  assert.equal(client.at("a"), call(2, "a") + slow(1, "one") + slow(3));
  client.lane("a").send(ok(3) + ok(1) + ok(2));
  assert.equal(client.got(), ok(3) + ok(1) + ok(2));
});

test("where answers have a turn, it is overtaken by requests, not by answers", async () => {
  const world = await World.open(held({}, { options: { order: "replies" } })), client = world.client().send(slow(1) + call(2, "b"));
  client.lane("b").send(ok(2));
  assert.equal(client.got(), "");
  pass(world);
  client.lane("a").send(ok(1));
  assert.equal(client.got(), ok(1) + ok(2));
});

test("where order is strict, nothing behind it is sent before it", async () => {
  const world = await World.open(held({}, { options: { order: "strict" } })), client = world.client().send(call(0, "b") + slow(1) + call(2, "b"));
  assert.equal(client.at("b"), call(0, "b"));
  pass(world);
  assert.equal(client.at("a"), slow(1));
  assert.equal(client.at("b"), call(0, "b") + call(2, "b"));
});

test("a request of which not all is here waits for the rest, and then by itself, wherever it is cut", async () => {
  const text = slow(1, "body") + call(2, "b");
  for (let cut = 1; cut < text.length; cut++) {
    const world = await World.open(held()), client = world.client().send(text.slice(0, cut)).send(text.slice(cut));
    assert.equal(client.at("b"), call(2, "b"), `cut at ${cut}`);
    pass(world);
    assert.equal(client.at("a"), slow(1, "body"), `cut at ${cut}`);
  }
});

test("its time may end before all of it is here", async () => {
  const world = await World.open(held()), text = slow(1, "x".repeat(100)), client = world.client().send(text.slice(0, 60));
  pass(world);
  client.send(text.slice(60) + call(2, "b"));
  assert.equal(client.at("a"), text);
  assert.equal(client.at("b"), call(2, "b"));
});

test("one that is long, or whose length is not known, holds those behind it", async () => {
  for (const first of [slow(1, "x".repeat(70_000)), "call 1 * to=a slow=1\nbody\n.\n"]) {
    const world = await World.open(held()), client = world.client().send(first + call(2, "b"));
    assert.equal(client.hcm.lanes.length, 0);
    pass(world);
    assert.equal(client.at("a"), first);
    assert.equal(client.at("b"), call(2, "b"));
  }
});

test("one that goes on comes between other requests, never into one of them", async () => {
  const world = await World.open(held()), big = call(2, "a", "y".repeat(1000)), client = world.client().send(slow(1) + big.slice(0, 500));
  pass(world);
  assert.equal(client.at("a"), big.slice(0, 500));
  client.send(big.slice(500));
  assert.equal(client.at("a"), big + slow(1));
});

test("one that is refused in the end gets its error, in its turn", async () => {
  const world = await World.open(held({ refuse: true }, { options: { order: "replies" } })), client = world.client().send(slow(1) + call(2, "b") + "tell 3 0 to=a slow=1\n");
  client.lane("b").send(ok(2));
  pass(world);
  assert.match(client.got(), /^error 1 21 reason=Denied code=0\nrefused after a while/);
  assert.equal(client.lanes("a").length, 0);
  assert.equal(world.errors("Denied"), 2);
});

test("two filters hold it, one after the other; a change made before the first is kept", async () => {
  const one = { name: "hold", config: { key: "slow", value: "1", ms: MS } };
  const world = await World.open({ filters: [one, one], routes: [{ match: [[{ key: "to", exact: "a" }]], cluster: "a", request: { set: { mark: "m" } } }] });
  const client = world.client().send(slow(1));
  pass(world);
  assert.equal(client.hcm.lanes.length, 0);
  pass(world);
  assert.equal(client.at("a"), "call 1 0 to=a slow=1 mark=m\n");
});

test("one that holds all behind it goes on in its time, though another was held again meanwhile", async () => {
  const one = { name: "hold", config: { key: "slow", value: "1", ms: MS } }, big = slow(2, "x".repeat(70_000));
  const world = await World.open({ filters: [one, one] }), client = world.client().send(slow(1));
  world.emulator.advance(MS / 2);
  client.send(big);
  for (let i = 0; i < 4; i++) pass(world);
  assert.equal(client.at("a").length, (slow(1) + big).length);
});

test("a listener that goes tells those whose requests are still held", async () => {
  const world = await World.open(held({ ms: 60_000 }, { limits: { drainMs: 1000 } })), client = world.client().send(call(9, "b") + slow(1));
  client.lane("b").send(ok(9));
  client.got();
  client.hcm.goAway();
  client.settle();
  world.emulator.advance(2500);
  assert.match(client.got(), /^error 1 \d+ reason=Timeout .*\nthe proxy's listener was removed/);
});

test("the client goes while its requests are held: they vanish, and nothing is kept", async () => {
  const world = await World.open(held());
  for (let i = 0; i < 100; i++) world.client().send(slow(1, "x".repeat(1000)) + slow(2)).connection.close();
  pass(world);
  assert.equal(world.emulator.connections().length, 0);
});

test("a filter sees what its entry's match and routes say", async () => {
  const filter = (more: Config): Config => ({ filters: [{ name: "hold", config: { key: "slow", value: "1", ms: MS }, ...more }] });
  for (const [more, waits] of [
    [{ match: [[{ key: "body", exact: "x" }]] }, false], [{ match: [[{ key: "body", exact: "one" }]] }, true],
    [{ routes: ["there"] }, true], [{ routes: ["elsewhere"] }, false], [{ match: [[{ key: "source.address", cidr: ["127.0.0.0/8"] }]] }, true],
    [{ match: [[{ key: "source.address", cidr: ["10.0.0.0/8", "::/0"] }]] }, true], [{ match: [[{ key: "source.address", cidr: ["10.0.0.0/8"] }]] }, false],
  ] as [Config, boolean][]) {
    const world = await World.open({ ...filter(more), routes: [{ name: "there", match: [[{ key: "to", exact: "a" }]], cluster: "a" }, { name: "elsewhere", cluster: "b" }] });
    const client = world.client().send(slow(1, "one"));
    assert.equal(client.hcm.lanes.length, waits ? 0 : 1, JSON.stringify(more));
  }
});

test("a message cannot say what only the connection tells", async () => {
  const world = await World.open({ routes: [{ match: [[{ key: "source.address", exact: "1.2.3.4" }]], cluster: "b" }, { cluster: "a" }] });
  const client = world.client().send(call(1, "a", "", " source.address=1.2.3.4"));
  assert.equal(client.lanes("a").length, 1);
});

test("what is wrong with an entry is said with its path", async () => {
  const open = (entry: Config): Promise<World> => World.open({ filters: [{ name: "hold", config: { key: "slow", value: "1" }, ...entry }] });
  await assert.rejects(open({ routes: ["none"] }), /filters\[0\]\.routes\[0\]: found "none", allowed: the name of a route/);
  await assert.rejects(open({ match: [[{ key: "source.address", cidr: ["10.0.0.0/33"] }]] }), /filters\[0\]\.match\[0\]\[0\]\.cidr\[0\]: found "10.0.0.0\/33", allowed: an IP address/);
  await assert.rejects(open({ match: [[{ key: "source.adress", present: true }]], other: 1 }), /filters\[0\]/);
});

test("thousands that go on at once: each costs no more than one of a few", async () => {
  const world = await World.open({ limits: { connectionBytes: 32 << 20 }, filters: [{ name: "fault", config: { delay: { ms: 500 } } }] });
  const spent = (count: number): number => {
    const client = world.client().send(Array.from({ length: count }, (_, i) => call(i + 1, "a")).join("")), start = performance.now();
    world.emulator.advance(600);
    client.settle();
    const ms = performance.now() - start;
    assert.equal(client.at("a").split("call ").length - 1, count);
    client.connection.close();
    return ms;
  };
  spent(2000);
  const few = Math.min(...[1, 2, 3].map(() => spent(2000))), many = spent(20_000);
  assert.ok(many < 30 * few + 200, `${few} ms for 2,000, ${many} for 20,000`);
});
