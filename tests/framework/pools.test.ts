/** What goes back to a pool while others of its kind are gone through: nobody uses it any more. */
import assert from "node:assert/strict";
import { test } from "node:test";
import { buildPoisoned } from "../../harness/build/all.ts";
import { FakeHcm } from "../../harness/emulator/http2.ts";
import { Emulator, VmTrap } from "../../harness/emulator/index.ts";
import { call, type Client, type Config, ok, World } from "./world.ts";

const SECOND = 1000, DRAIN_MS = 10 * SECOND;
const hold = { filters: [{ name: "hold", config: { key: "slow", value: "1", ms: 60_000 } }] };
const inTurn: Config = { options: { order: "replies" } };
const slow = (id: number): string => call(id, "a", "", " slow=1");
const errors = (text: string): string[] => [...text.matchAll(/((?:error|bye) \d+) \d+ reason=/g)].map(([, which]) => which!);

/** The pool is sound if clients that come later, several at a time, get their own answers. */
function othersAreServed(world: World): void {
  const others = [1, 2, 3, 4].map(() => world.client());
  for (const [at, other] of others.entries()) other.send(call(10 + at, "a") + call(20 + at, "b"));
  for (const [at, other] of others.entries()) {
    other.lane("a").send(ok(10 + at));
    other.lane("b").send(ok(20 + at));
    assert.equal(other.got(), ok(10 + at) + ok(20 + at));
  }
}

/** The listener goes, and its drain time is over but for a tenth. */
function drained(client: Client): void {
  client.hcm.goAway();
  client.settle();
  for (let ms = 0; ms <= DRAIN_MS; ms += SECOND) client.world.emulator.advance(SECOND);
}

test("a listener goes while a request is held and the next, which has failed, waits for its turn: each gets one error", async () => {
  const world = await World.open({ ...hold, ...inTurn }), client = world.client().send(slow(1) + call(2, "b"));
  client.lane("b").abort();
  assert.equal(client.got(), "");
  drained(client);
  assert.deepEqual(errors(client.got()), ["error 1", "error 2"]);
  assert.equal(client.connection.closed, true);
  othersAreServed(world);
});

test("the same in Thrift, where a fault's delay holds the first", async () => {
  const echo = (id: number): Buffer => Buffer.from(`800100010000000465636866000000${id.toString(16).padStart(2, "0")}00`, "hex");
  const framed = (bytes: Buffer): Buffer => Buffer.concat([Buffer.from([0, 0, 0, bytes.length]), bytes]);
  const world = await World.of("thrift", {
    routes: [{ match: [], cluster: "a" }],
    filters: [{ name: "fault", config: { delay: { ms: 60_000 } }, match: [[{ key: "method", exact: "slow" }]] }],
  });
  const client = world.client();
  client.connection.downstream(Buffer.concat([framed(Buffer.from("8001000100000004736c6f770000000100", "hex")), framed(echo(2))]));
  client.settle();
  client.lane("a").abort();
  drained(client);
  const got = Buffer.from(client.got(), "latin1"), sequence: number[] = [];
  for (let at = 0; at < got.length; at += 4 + got.readUInt32BE(at)) sequence.push(got.readUInt32BE(at + 4 + 8 + got.readUInt32BE(at + 8)));
  assert.deepEqual(sequence, [1, 2]);
});

test("requests whose time is over while an error of the next waits for them: each gets one error", async () => {
  const world = await World.open({ ...inTurn, routes: ["a", "b"].map((name) => ({ match: [[{ key: "to", exact: name }]], cluster: name, timeoutMs: 1000 })) });
  const client = world.client().send(call(1, "a") + call(2, "b") + call(3, "b") + call(4, "a"));
  client.lane("b").abort();
  world.emulator.advance(3 * SECOND);
  assert.deepEqual(errors(client.got()), ["error 1", "error 2", "error 3", "error 4"]);
  othersAreServed(world);
});

test("a held request that has got its error is not shed, or sent, once more", async () => {
  const world = await World.open({ ...hold, ...inTurn, limits: { connectionBytes: 1 << 20 } }), client = world.client();
  client.send(call(1, "b") + slow(2) + slow(3));
  client.hcm.goAway();
  client.settle();
  for (let ms = 0; ms < DRAIN_MS; ms += SECOND) world.emulator.advance(SECOND);
  world.emulator.advance(60_000);
  assert.deepEqual(errors(client.got()), ["error 1", "error 2", "error 3"]);
  othersAreServed(world);
});

/** Half of a message of the server's own, which is kept until it is whole. */
const HALF = 20_000, push = `push 0 ${2 * HALF}\n${"x".repeat(HALF)}`;

test("a message of the server's own that is shed half way is nobody's any more: its rest is swallowed", async () => {
  const world = await World.open({ limits: { connectionBytes: 1 << 20 }, ...inTurn }), client = world.client().send(call(1, "a"));
  client.lane("a").send(`push 0 64000\n${"x".repeat(60_000)}`);
  const kept = Array.from({ length: 20 }, (_, at) => at + 2);
  client.send(kept.map((id) => call(id, "b")).join(""));
  for (const id of kept) client.lane("b").send(ok(id, "y".repeat(50_000)));
  client.settle();
  othersAreServed(world);
  client.lane("a").send("x".repeat(4000) + ok(1));
  const got = client.got();
  assert.equal(got.slice(0, ok(1).length), ok(1));
  assert.deepEqual(got.match(/(?<=(ok|error) )\d+(?= )/g)?.map(Number), [1, ...kept]);
  assert.equal(got.includes("push") || got.includes("xx"), false);
});

test("a lane that goes half way through a message of the server's own leaves nothing behind", async () => {
  const world = await World.open(), client = world.client().send(call(1, "a"));
  client.lane("a").send(ok(1) + push);
  assert.equal(client.got(), ok(1));
  client.lane("a").end();
  client.settle();
  othersAreServed(world);
  drained(client);
  assert.equal(client.got(), "");
});

test("a lane that takes no more requests stays until a message of the server's own is whole", async () => {
  const world = await World.open(), client = world.client().send(call(1, "a"));
  client.lane("a").send(ok(1) + "bye 0 0\n" + `push 0 ${HALF * 10}\n${"x".repeat(HALF)}`);
  client.settle();
  world.emulator.advance(SECOND);
  client.send(call(2, "b"));
  client.lane("b").send(ok(2));
  client.lane("a").send("x".repeat(HALF * 9));
  assert.equal(client.got().slice(-ok(2).length), ok(2));
});

test("the build for tests ends where something is used that went back to its pool, and says what", async () => {
  const emulator = Emulator.load(await buildPoisoned("tests/guests/careless.ts"));
  const root = emulator.createRoot(JSON.stringify({ codec: "toy", routes: [{ match: [], cluster: "a" }], filters: [{ name: "careless" }] }));
  const hcm = new FakeHcm({ onLane: (lane) => lane.accept() }), connection = emulator.newConnection(root, hcm);
  connection.downstream(call(1, "a"));
  emulator.drainQueues();
  hcm.lanes[0]!.send(ok(1));
  assert.throws(() => connection.downstream(call(2, "a")), VmTrap);
  assert.match(emulator.logs.last("critical")!, /PendingRequest\.key: used after it was given back to its pool at assembly\/codec\/pendingRequest\.ts/);
});
