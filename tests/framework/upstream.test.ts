import assert from "node:assert/strict";
import { test } from "node:test";
import { call, type Client, ok, World } from "./world.ts";

const MIB = 1 << 20;
const endpoints = (...weights: number[]): object[] => weights.map((weight, i) => ({ address: `127.0.0.1:${i + 1}`, weight }));
const asked = (client: Client, cluster = "a"): string[] => client.lanes(cluster).map(({ headers }) => headers["x-meltemi-endpoint"]!);

test("what Envoy says of a lane that failed becomes the right error, and its text never reaches the client", async () => {
  const cases = { NC: "ClusterNotFound", UH: "NoHealthyUpstream", UF: "NoHealthyUpstream", UO: "Overflow" };
  for (const [flags, reason] of Object.entries(cases)) {
    const world = await World.open(), client = world.client({ accept: false }).send(call(1, "a") + "tell 2 0 to=a\n" + call(3, "a"));
    client.lane("a").fail(503, flags, "details");
    const all = client.got();
    assert.match(all, new RegExp(`^error 1 \\d+ reason=${reason} .*\\n.*error 3 \\d+ reason=${reason} .*\\n[^\\n]*$`), flags);
    assert.doesNotMatch(all, /upstream connect error/);
    assert.equal(world.errors(reason), 3);
  }
});

test("requests for an endpoint that cannot be reached go to another, each once, in order", async () => {
  const client = (await World.open({ clusters: { a: { endpoints: endpoints(1, 1, 1) } } })).client({ accept: false });
  client.send(call(1, "a", "body") + call(4, "a"));
  const [first, second] = client.lanes("a");
  second!.accept(second!.headers["x-meltemi-endpoint"]);
  first!.fail(503, "UF", "refused");
  client.settle();
  for (const lane of client.hcm.open()) lane.accept(lane.headers["x-meltemi-endpoint"]);
  client.settle();
  const sent = client.hcm.lanes.map(({ received }) => received.toString()).join("");
  assert.equal(sent.split(call(1, "a", "body")).length, 2, sent);
  assert.equal(sent.split(call(4, "a")).length, 2, sent);
  assert.equal(client.got(), "");
});

test("when no endpoint can be reached each request gets one error", async () => {
  const world = await World.open({ clusters: { a: { endpoints: endpoints(1, 1, 1) } } }), client = world.client({ accept: false }).send(call(1, "a"));
  for (let tries = 0; tries < 5; tries++) {
    for (const lane of client.hcm.open()) lane.fail(503, "UF", "refused");
    client.settle();
  }
  assert.match(client.got(), /^error 1 \d+ reason=NoHealthyUpstream .*\n[^\n]*$/);
  assert.ok(client.hcm.lanes.length <= 3);
});

test("a lane that waits for its connection too long is given up", async () => {
  const world = await World.open({ limits: { laneOpenMs: 2000 } }), client = world.client({ accept: false }).send(call(1, "a"));
  world.emulator.advance(1500);
  assert.equal(client.got(), "");
  world.emulator.advance(3000);
  assert.match(client.got(), /^error 1 \d+ reason=Timeout/);
  assert.equal(client.lane("a").reset, 8);
});

test("shares follow the policy: weights in rotation, hash by key, least request", async () => {
  const weighted = (await World.open({ clusters: { a: { endpoints: endpoints(1, 2, 3) } } })).client();
  for (let i = 1; i <= 600; i++) weighted.send(`tell ${i} 0 to=a\n`);
  const shares = weighted.lanes("a").sort((x, y) => x.headers["x-meltemi-endpoint"]! < y.headers["x-meltemi-endpoint"]! ? -1 : 1).map(({ received }) => received.toString().split("\n").length - 1);
  assert.deepEqual(shares, [100, 200, 300]);

  const routes = [{ match: [[{ key: "to", present: true }]], cluster: "a", hash: ["user"] }];
  const places = async (count: number): Promise<string[]> => {
    const world = await World.open({ routes, clusters: { a: { balance: "hash", endpoints: endpoints(...Array<number>(count).fill(1)) } } });
    return Array.from({ length: 200 }, (_, user) => asked(world.client().send(`tell 1 0 to=a user=u${user}\n`))[0]!);
  };
  const five = await places(5), again = await places(5), four = await places(4);
  assert.deepEqual(again, five, "the same on every connection and in every VM");
  assert.equal(new Set(five).size, 5);
  five.forEach((place, user) => place === "127.0.0.1:5" || assert.equal(four[user], place, "only keys of the endpoint that left have moved"));

  const least = (await World.open({ clusters: { a: { balance: "leastRequest", endpoints: endpoints(1, 1) } } })).client();
  for (let i = 1; i <= 100; i++) least.send(call(i, "a"));
  const open = least.lanes("a").map(({ received }) => received.toString().split("\n").length - 1);
  assert.ok(Math.abs(open[0]! - open[1]!) <= 40, String(open));
});

test("a connection uses at most maxLanes endpoints of a cluster", async () => {
  const client = (await World.open({ limits: { maxLanes: 3 }, clusters: { a: { endpoints: endpoints(...Array<number>(20).fill(1)) } } })).client();
  for (let i = 1; i <= 100; i++) client.send(`tell ${i} 0 to=a\n`);
  assert.equal(client.lanes("a").length, 3);
});

test("a server that says it goes: no new requests, open ones end, then the lane does; others are preferred", async () => {
  const world = await World.open({ clusters: { a: { endpoints: endpoints(1, 1) } } }), client = world.client().send(call(1, "a") + call(2, "a"));
  const [first, second] = client.lanes("a");
  first!.send("bye 0 0\n");
  for (let i = 3; i < 9; i++) client.send(call(i, "a"));
  assert.equal(second!.received.toString().split("call").length - 1, 7);
  assert.equal(first!.ended, false);
  first!.send(ok(1));
  first!.send(ok(2));
  assert.equal(client.got().length > 0, true);
  assert.equal(first!.ended, true);
  assert.equal(client.hcm.lanes.length, 2);
});

test("a lane past its age is replaced when it is free", async () => {
  const world = await World.open({ limits: { laneMaxAgeMs: 10_000 } }), client = world.client().send(call(1, "a"));
  world.emulator.advance(13_000);
  client.send(call(2, "a"));
  assert.equal(client.lanes("a").length, 2);
  assert.equal(client.lanes("a")[0]!.ended, false);
  client.lanes("a")[0]!.send(ok(1));
  client.settle();
  assert.equal(client.lanes("a")[0]!.ended, true);
});

test("a detour: a lane that reached another endpoint asks again after a while", async () => {
  const world = await World.open({ clusters: { a: { endpoints: endpoints(1, 1) } } }), client = world.client({ accept: false }).send("tell 1 0 to=a\n");
  client.lane("a").accept("127.0.0.1:99");
  world.emulator.advance(7000);
  for (let i = 0; i < 2; i++) client.send("tell 2 0 to=a\n");
  const same = asked(client).filter((address) => address === asked(client)[0]);
  assert.equal(same.length, 2);
});

test("a silent lane gets the protocol's sign of life, and its answer is swallowed", async () => {
  const world = await World.open({ limits: { beatMs: 5000 } }), client = world.client().send(call(1, "a"));
  client.settle();
  world.emulator.advance(12_000);
  const pings = client.at("a").split("ping").length - 1;
  assert.ok(pings >= 1 && pings <= 2, client.at("a"));
  client.lane("a").send("pong 0 0\n" + ok(1));
  assert.equal(client.got(), ok(1));
});

test("a server that says nothing to three signs of life is given up, one that says anything is not", async () => {
  const world = await World.open({ limits: { beatMs: 5000 } }), client = world.client().send(call(1, "a"));
  for (let i = 0; i < 6; i++) {
    world.emulator.advance(5000);
    client.lane("a").send("pong 0 0\n");
    client.settle();
  }
  assert.equal(client.got(), "");
  for (let i = 0; i < 5; i++) {
    world.emulator.advance(5000);
    client.settle();
  }
  assert.match(client.got(), /^error 1 \d+ reason=UpstreamReset/);
  client.send(call(2, "a")).lane("a").send(ok(2));
  assert.equal(client.got(), ok(2));
  assert.equal(client.lanes("a").length, 2);
});

test("a server that does not read: the window is never overstepped, the client's bytes stay in Envoy's buffer, then go on", async () => {
  const client = (await World.open()).client().send("tell 1 0 to=a\n");
  client.lane("a").reading = false;
  const body = "x".repeat(MIB), one = `tell 2 ${MIB} to=a\n${body}`;
  for (let i = 0; i < 8; i++) client.send(one);
  const held = client.connection.waiting;
  assert.ok(held > 3 * MIB, `Envoy holds ${held}`);
  assert.ok(client.lane("a").received.length <= 4 * MIB);
  client.lane("a").reading = true;
  client.lane("a").resume();
  client.settle();
  assert.equal(client.lane("a").received.length, 15 + 8 * one.length - 1);
  assert.equal(client.connection.waiting, 0);
});

test("a server that does not read ends: its request fails, the rest of what it held up is taken, and what follows it", async () => {
  const client = (await World.open()).client().send(`call 1 ${8 * MIB} to=a\n`);
  client.lane("a").reading = false;
  for (let i = 0; i < 8; i++) client.send("x".repeat(MIB));
  client.send(call(2, "b"));
  assert.ok(client.connection.waiting > MIB, "held");
  client.lane("a").end();
  assert.match(client.got(), /^error 1 \d+ reason=UpstreamReset /);
  assert.equal(client.connection.waiting, 0);
  assert.equal(client.at("b"), call(2, "b"));
});

test("15 MiB both ways in one exchange: nothing is kept", async () => {
  const world = await World.open(), client = world.client(), piece = Buffer.alloc(MIB / 4, 0x78);
  client.send(`call 1 ${15 * MIB} to=a\n`);
  const before = world.emulator.memoryBytes();
  let sent = 0;
  for (; sent < 15 * MIB; sent += piece.length) client.send(piece);
  const lane = client.lane("a");
  lane.send(`ok 1 ${15 * MIB}\n`);
  let back = 0;
  for (; back < 15 * MIB; back += piece.length) {
    lane.send(piece);
    client.settle();
    client.connection.takeWritten();
  }
  client.send(call(2, "a"));
  assert.match(lane.received.subarray(-20).toString(), /call 2 0 to=a\n$/);
  assert.ok(world.emulator.memoryBytes() - before <= 4 * MIB, `${world.emulator.memoryBytes() - before}`);
});

test("one bell at a time, also for 10,000 refused requests, and a client that floods waits for the next tick", async () => {
  const world = await World.open(), client = world.client();
  client.send(Array.from({ length: 10_000 }, (_, i) => call(i + 1, "nowhere")).join(""));
  assert.ok(client.hcm.pingCount <= 2, `${client.hcm.pingCount} bells`);
  assert.equal(client.got().split("no route").length - 1, 10_000);
  for (let i = 0; i < 30; i++) client.send(Array.from({ length: 10_000 }, (_, j) => call(j + 1, "nowhere")).join(""));
  assert.ok(client.connection.waiting > 0, "held");
  let answered = client.got().split("no route").length - 1;
  for (let second = 0; second < 20 && answered < 300_000; second++) {
    world.emulator.advance(1000);
    answered += client.got().split("no route").length - 1;
  }
  assert.equal(answered, 300_000);
});
