import assert from "node:assert/strict";
import { test } from "node:test";
import { call, type Client, ok, World } from "./world.ts";

const MIB = 1 << 20;
const big = "x".repeat(2 * MIB);

/** A client whose first answer does not come, with more requests to `count` servers behind it. */
function ask(world: World, count: number): Client {
  const client = world.client().send(call(1, "a"));
  for (let i = 0; i < count; i++) client.send(call(2 + i, `s${i}`));
  return client;
}

/** Those servers send large answers, which must wait for their turn. */
function pileUp(client: Client, count: number): Client {
  for (let i = 0; i < count; i++) client.lane(`s${i}`).send(ok(2 + i, big));
  client.settle();
  return client;
}

const routes = ["a", ...Array.from({ length: 16 }, (_, i) => `s${i}`)].map((name) => ({ match: [[{ key: "to", exact: name }]], cluster: name }));
const open = (limits: object): Promise<World> => World.open({ routes, limits, options: { order: "replies" } });

test("more than half of a connection's bound: its client waits, and goes on when answers have left", async () => {
  const world = await open({ connectionBytes: 8 * MIB }), client = pileUp(ask(world, 3), 3);
  client.send(call(90, "a"));
  assert.equal(client.at("a"), call(1, "a"), "held back");
  client.lane("a").send(ok(1));
  assert.equal(client.got().length, ok(1).length + 3 * ok(2, big).length);
  assert.equal(client.at("a"), call(1, "a") + call(90, "a"));
  assert.equal(world.count("meltemi_shed"), 0);
});

test("past a connection's bound the largest answers are given up, each with one error in its turn, and the rest of them is swallowed", async () => {
  const world = await open({ connectionBytes: 3 * MIB }), client = world.client().send(call(1, "a") + call(2, "s0") + call(3, "s1"));
  client.lane("s0").send(ok(2, "y".repeat(MIB)));
  client.lane("s1").send(ok(3, big).slice(0, -5));
  client.settle();
  assert.equal(world.count("meltemi_shed"), 1);
  client.lane("s1").send(big.slice(-5));
  client.lane("a").send(ok(1));
  assert.match(client.got(), /^ok 1 0\nok 2 1048576\ny+error 3 \d+ reason=Overflow [^\n]*\n[^\n]*$/);
  client.send(call(4, "s1")).lane("s1").send(ok(4));
  assert.equal(client.got(), ok(4));
});

test("bytes for a server that is not there yet: the client waits, and what is too much at once is given up", async () => {
  const world = await open({ connectionBytes: MIB }), patient = world.client({ accept: false });
  patient.send(call(1, "a", "b".repeat(600_000)) + call(2, "s0", "c".repeat(600_000)));
  assert.equal(patient.lanes("s0").length, 0);
  patient.lane("a").accept();
  patient.settle();
  patient.lane("s0").accept();
  assert.match(patient.at("s0"), /^call 2/);
  assert.equal(world.count("meltemi_shed"), 0);
  const greedy = world.client({ accept: false }).send(call(1, "a", "b".repeat(1_300_000)));
  assert.match(greedy.got(), /^error 1 \d+ reason=Overflow/);
  assert.equal(world.count("meltemi_shed"), 1);
});

test("past the VM's bound the connection that keeps the most pays, others are not touched, and memory stays bounded", async () => {
  const vm = 48 * MIB, world = await open({ connectionBytes: 64 * MIB, vmBytes: vm });
  const small = ask(world, 1), heavy = Array.from({ length: 6 }, () => ask(world, 8));
  pileUp(small, 1);
  for (const client of heavy) pileUp(client, 8);
  assert.ok(world.count("meltemi_shed") > 0);
  small.lane("a").send(ok(1));
  assert.equal(small.got(), ok(1) + ok(2, big));
  for (const client of heavy) {
    client.lane("a").send(ok(1));
    const all = client.got(), answers = all.split("ok ").length - 1 + all.split("reason=Overflow").length - 1;
    assert.equal(answers, 9);
    assert.equal(client.connection.closed, false);
  }
  // half as much again while a buffer grows; and WebAssembly's memory, once full, doubles
  assert.ok(world.emulator.memoryBytes() <= 3 * vm, `${world.emulator.memoryBytes()}`);
});

test("past the most connections of a VM further ones are refused, until some have gone", async () => {
  const world = await open({ maxConnections: 2 }), first = world.client(), second = world.client(), refused = world.client();
  assert.equal(refused.connection.closed, true);
  assert.equal(world.count("meltemi_shed"), 1);
  second.connection.close();
  assert.equal(world.client().connection.closed, false);
  assert.equal(first.connection.closed, false);
});
