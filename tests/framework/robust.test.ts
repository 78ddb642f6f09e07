import assert from "node:assert/strict";
import { join } from "node:path";
import { test } from "node:test";
import { buildAll } from "../../harness/build/all.ts";
import { FakeHcm } from "../../harness/emulator/http2.ts";
import { Emulator } from "../../harness/emulator/index.ts";
import { Shared } from "../../harness/emulator/shared.ts";
import { command } from "../../harness/peers/redis/resp.ts";
import { ROOT } from "../../harness/tools/paths.ts";
import { call, type Client, ok, World } from "./world.ts";
import { recordedBytes } from "../contract/vectors.ts";

const CASES = Number(process.env.MELTEMI_FUZZ_CASES ?? 3000);
const SEED = Number(process.env.MELTEMI_FUZZ_SEED ?? 1);

/** Numbers that look like chance and are the same for each seed (mulberry32). */
function chance(seed: number): (below: number) => number {
  let state = seed >>> 0;
  return (below) => {
    state = (state + 0x6d2b79f5) >>> 0;
    let t = Math.imul(state ^ (state >>> 15), 1 | state);
    t = (t + Math.imul(t ^ (t >>> 7), 61 | t)) ^ t;
    return ((t ^ (t >>> 14)) >>> 0) % below;
  };
}

test("a request and its reply cost two reads, two replaces and one continue", async () => {
  const world = await World.open(), client = world.client().send(call(1, "a"));
  client.lane("a").send(ok(1));
  client.got();
  world.emulator.resetCalls();
  client.connection.downstream(call(2, "a"));
  client.lane("a").send(ok(2));
  const calls = ["proxy_get_buffer_bytes", "proxy_set_buffer_bytes", "proxy_continue_stream", "proxy_get_current_time_nanoseconds", "proxy_enqueue_shared_queue", "proxy_increment_metric"];
  assert.deepEqual(calls.map((name) => world.emulator.hostCalls(name)), [2, 2, 1, 0, 0, 0]);
  assert.equal(client.got(), ok(2));
});

test("Dubbo: 100,000 recorded requests, routed and changed by attachment, 32 in flight: memory does not grow", async () => {
  await buildAll(["dubbo"]);
  const emulator = Emulator.load(join(ROOT, "build/dubbo.wasm"));
  const routes = [{ match: [[{ key: "user", exact: "test" }]], cluster: "a", request: { set: { tracing: "100" } }, response: { set: { by: "m" } } }];
  const connection = emulator.newConnection(emulator.createRoot(JSON.stringify({ codec: "dubbo", routes })), new FakeHcm({ onLane: (lane) => {
    lane.onData = (bytes) => lane.send(answers(bytes));
    lane.accept();
  } }));
  const request = recordedBytes("dubbo", "java-attachments-request"), reply = recordedBytes("dubbo", "java-attachments-reply");
  let changed = 0;
  function answers(bytes: Buffer): Buffer {
    const replies: Buffer[] = [];
    for (let at = 0; at < bytes.length; at += 16 + bytes.readInt32BE(at + 12)) {
      replies.push(Buffer.from(reply));
      bytes.copy(replies.at(-1)!, 4, at + 4, at + 12);
      if (bytes.subarray(at).includes("tracing")) changed++;
    }
    return Buffer.concat(replies);
  }
  const batch = Buffer.concat(Array.from({ length: BATCH }, (_, id) => {
    const one = Buffer.from(request);
    one.writeBigUInt64BE(BigInt(id + 1), 4);
    return one;
  }));
  const rounds = (count: number): void => {
    for (let i = 0; i < count; i++) {
      connection.downstream(batch);
      emulator.drainQueues();
      connection.takeForwarded();
      assert.equal(connection.takeWritten().toString("latin1").split("by\x01m").length - 1, BATCH);
    }
  };
  rounds(100);
  const before = emulator.memoryBytes();
  rounds(3200);
  assert.equal(emulator.memoryBytes() - before, 0);
  assert.equal(changed, 3300 * BATCH);
});

test("Redis: 100,000 commands, routed by key prefix over two servers, pipelined: memory does not grow", async () => {
  const [module] = await buildAll(["redis"]);
  const emulator = Emulator.load(module!.wasm);
  const routes = ["a", "b"].map((name) => ({ match: [[{ key: "key", prefix: `${name}:` }]], cluster: name }));
  const replies = { GET: "$5\r\nvalue\r\n", SET: "+OK\r\n", MGET: "*3\r\n$1\r\n1\r\n$-1\r\n$1\r\n3\r\n" };
  const connection = emulator.newConnection(emulator.createRoot(JSON.stringify({ codec: "redis", routes })), new FakeHcm({ onLane: (lane) => {
    lane.onData = (bytes) => lane.send([...bytes.toString().matchAll(/(GET|SET|MGET)\r/g)].map(([, name]) => replies[name as keyof typeof replies]).join(""));
    lane.accept();
  } }));
  const commands = ["a", "b"].flatMap((name) => [["SET", `${name}:key`, "value"], ["GET", `${name}:key`], ["MGET", `${name}:1`, `${name}:2`, `${name}:3`]]);
  const batch = Buffer.concat(Array.from({ length: 8 }, () => commands.map((args) => command(...args))).flat());
  const answer = Array.from({ length: 16 }, () => replies.SET + replies.GET + replies.MGET).join(""), half = batch.length >> 1;
  const rounds = (count: number): void => {
    for (let i = 0; i < count; i++) {
      for (const piece of i % 2 ? [batch] : [batch.subarray(0, half), batch.subarray(half)]) connection.downstream(piece);
      emulator.drainQueues();
      connection.takeForwarded();
      assert.equal(connection.takeWritten().toString(), answer);
    }
  };
  rounds(100);
  const before = emulator.memoryBytes();
  rounds(Math.ceil(100_000 / 48));
  assert.equal(emulator.memoryBytes() - before, 0);
});

/** Requests at a time: as many as fit into one DATA frame. */
const BATCH = 32;

test("connections that come and go, in the middle of everything, leave nothing behind", async () => {
  const world = await World.open();
  const churn = (count: number): void => {
    for (let i = 0; i < count; i++) {
      const client = world.client({ accept: i % 3 > 0 });
      client.send(call(1, "a") + call(2, "b", "x".repeat(500)) + call(3, "nowhere") + "call 4 100 to=a\nhalf");
      for (const lane of client.hcm.open().slice(i % 2)) lane.send(ok(1, "y".repeat(3000)).slice(0, 1500));
      client.connection.close();
    }
    world.emulator.tick();
  };
  churn(2000);
  const before = world.emulator.memoryBytes();
  churn(4000);
  assert.ok(world.emulator.memoryBytes() - before <= 1 << 20, `grew by ${world.emulator.memoryBytes() - before}`);
});

test(`${CASES} hostile conversations: no trap, and a good connection beside them goes on`, async () => {
  let world = await World.open({ options: { order: "replies" } }), good = world.client();
  for (let i = 0; i < CASES; i++) {
    if (i % 500 === 0) {
      world = await World.open({ options: { order: ["free", "replies", "strict"][(i / 500) % 3] as string }, limits: { maxOpen: 16 } });
      good = world.client();
    }
    converse(world.client({ accept: i % 4 > 0 }), world, chance(SEED * 1_000_003 + i));
    if (i % 50 > 0) continue;
    good.send(call(i + 1, "a"));
    good.lane("a").send(ok(i + 1));
    assert.equal(good.got(), ok(i + 1), `after case ${i} of seed ${SEED}`);
  }
  assert.equal(world.emulator.dead, null);
  assert.ok(world.emulator.memoryBytes() < 64 << 20);
});

const WORDS = ["call", "maybe", "tell", "part", "end", "setup", "local", "ping", "pong", "cancel", "ok", "more", "fail", "error", "push", "bye", "dance"];

/** Messages that are nearly right, cut anywhere, from both sides, with lanes that fail, and an end at any moment. */
function converse(client: Client, world: World, random: (below: number) => number): void {
  const message = (): Buffer => {
    const length = ["0", "3", "*", "-1", "99999999999", "70000"][random(6)]!;
    const fields = [" to=a", " to=b", " pin=3", " replies=2", " unpin=1", " body=?", " to=?", " ="].filter(() => random(3) === 0).join("");
    const text = `${WORDS[random(WORDS.length)]} ${random(5)} ${length}${fields}\n${length === "3" ? "abc" : length === "*" ? "x\n.\n" : ""}`;
    const bytes = Buffer.from(text);
    if (random(8) === 0 && bytes.length > 0) bytes[random(bytes.length)] = random(256);
    return random(6) === 0 ? bytes.subarray(0, random(bytes.length + 1)) : bytes;
  };
  for (let step = 0; step < 12 && !client.connection.closed; step++) {
    const lane = client.hcm.open()[random(4)];
    switch (random(7)) {
      case 0: case 1: case 2: client.send(Buffer.concat(Array.from({ length: 1 + random(4) }, message))); break;
      case 3: lane?.send(Buffer.concat([message(), message()])); break;
      case 4: lane?.send(Buffer.alloc(random(70_000), 0x61)); break;
      case 5: [() => lane?.end(), () => lane?.abort(), () => lane?.fail(503, "UF", "x"), () => client.hcm.goAway(), () => world.emulator.advance(1000)][random(5)]!(); break;
      default: client.settle();
    }
  }
  if (!client.connection.closed) client.connection.close();
  client.settle();
}

test("rubbish in place of the connection manager's frames closes the connection", async () => {
  const world = await World.open();
  for (let i = 0; i < 500; i++) {
    const random = chance(SEED * 7919 + i), client = world.client().send(call(1, "a"));
    client.connection.upstream(Buffer.from(Array.from({ length: 1 + random(200) }, () => random(256))));
    client.settle();
    if (!client.connection.closed) client.connection.close();
  }
  assert.equal(world.emulator.dead, null);
});

test("workers that start in the same microsecond are each woken: the later does not take the earlier's place", async () => {
  const shared = new Shared(), worlds = [await World.open({}, { shared }), await World.open({}, { shared })];
  for (const world of [...worlds, worlds[0]!]) {
    const client = world.client().send(call(1, "a"));
    assert.equal(client.at("a"), call(1, "a"));
    client.lane("a").send(ok(1));
    assert.equal(client.got(), ok(1));
  }
});
