/** Servers that end their connections with nothing left to say, idle or in the middle of work: what that costs their clients. */
import assert from "node:assert/strict";
import { after, before, test, type TestContext } from "node:test";
import { RespClient, RespError, RespParser, type RedisServer, type Reply, startRedis, Typed } from "../../harness/peers/redis/index.ts";
import { startClient, type ThriftClient } from "../../harness/peers/thrift/index.ts";
import { until } from "../../harness/tools/wait.ts";
import { type Mesh, serviceEntry, startMesh } from "./mesh.ts";
import { PoliteServer, type Talk } from "./polite.ts";
import { framed, message, REPLY } from "./thrift-bytes.ts";

const CLOSED = /closed the connection before it answered/;
const IDLE_SECONDS = 1, ANSWER_MS = 5;

const redisTalk = (name: string): Talk => (answer) => {
  const parser = new RespParser(() => answer(Buffer.from(`+${name}\r\n`)));
  return (piece) => parser.feed(piece);
};

/** Framed and binary; whatever is asked, `echo` answers with the server's name. */
const thriftTalk = (name: string): Talk => (answer) => {
  let bytes = Buffer.alloc(0);
  return (piece) => {
    bytes = Buffer.concat([bytes, piece]);
    for (let size = 4; bytes.length >= size; bytes = bytes.subarray(size)) {
      size = 4 + bytes.readUInt32BE(0);
      if (bytes.length < size) return;
      answer(framed(message(REPLY, "echo", Buffer.from(name), bytes.readUInt32BE(12 + bytes.readUInt32BE(8)))));
    }
  };
};

const polite: Record<string, PoliteServer> = {};
const ports: Record<string, number> = {};
let redis: RedisServer, mesh: Mesh;

before(async () => {
  redis = await startRedis({ args: ["--timeout", String(IDLE_SECONDS)] });
  const pair = async (protocol: string, talk: (name: string) => Talk): Promise<[number][]> => Promise.all(["a", "b"].map(async (name): Promise<[number]> => {
    const server = polite[`${protocol}-${name}`] = new PoliteServer(talk(name), ANSWER_MS);
    return [await server.start()];
  }));
  mesh = await startMesh([
    serviceEntry("real.example", "tcp-redis-real", [[redis.port]]),
    serviceEntry("redis.example", "tcp-redis-pair", await pair("redis", redisTalk)), serviceEntry("thrift.example", "tcp-thrift-pair", await pair("thrift", thriftTalk)),
  ].join("\n---\n"));
  for (const [listener, { port }] of await mesh.envoy.listeners()) ports[["real", "redis", "thrift"].find((name) => listener.includes(`${name}.example`))!] = port;
});

after(async () => {
  await mesh?.envoy.stop();
  await redis?.stop();
  for (const server of Object.values(polite)) server.stop();
});

test("a server that ends connections on which nothing is asked: no request fails, and what the client said of itself holds", async () => {
  const clients = await Promise.all([false, true].map((resp3) => RespClient.connect(ports.real!, { resp3 })));
  for (const client of clients) assert.deepEqual(await client.pipeline([["SELECT", 2], ["SET", "k", "0"]]), ["OK", "OK"]);
  for (let n = 1; n <= 2; n++) {
    await until("the server has ended all", 10_000, async () => {
      const info = await direct("INFO", "clients");
      return /connected_clients:1\r/.test(info instanceof Typed ? String(info.value) : String(info));
    });
    for (const client of clients) assert.equal(await client.call("APPEND", "k", "x"), 2 * n - 1 + clients.indexOf(client) + 1);
  }
  assert.equal(await clients[1]!.call("GET", "k"), "0xxxx");
  assert.equal(await mesh.count("meltemi_errors"), 0);
  await Promise.all(clients.map((client) => client.close()));
});

/** A command on a connection of its own: the server ends those that say nothing for a second, also this test's. */
async function direct(...command: string[]): Promise<Reply> {
  const client = await RespClient.connect(redis.port);
  try {
    return await client.call(...command);
  } finally {
    await client.close();
  }
}

test("a server that ends connections in the middle of work: each command has one reply, and none is run twice", async (t) => {
  const errors: string[] = [];
  let over = false, answered = 0;
  const clients = await Promise.all([false, true, false, true].map((resp3) => RespClient.connect(ports.real!, { resp3 })));
  const work = clients.flatMap((client) => Array.from({ length: 4 }, async () => {
    while (!over) {
      const reply = await client.call("INCR", "count");
      if (reply instanceof RespError) errors.push(reply.message);
      else answered++;
    }
  }));
  for (let n = 0; n < 20; n++) {
    const before = answered;
    await direct("CLIENT", "KILL", "TYPE", "normal", "SKIPME", "yes");
    await until("work goes on", 5000, () => answered > before + 20);
  }
  over = true;
  await Promise.all(work);
  const count = Number(await direct("GET", "count"));
  t.diagnostic(`20 ends of 4 connections: ${answered} answered, ${errors.length} errors, ${count} run`);
  assert.ok(errors.length > 0 && errors.length <= 20 * 16, `${errors.length} errors`);
  for (const error of errors) assert.match(error, CLOSED);
  assert.ok(count >= answered && count <= answered + errors.length, `${count} run, ${answered} answered, ${errors.length} errors`);
  for (const client of clients) assert.deepEqual(client.unasked, []);
  await Promise.all(clients.map((client) => client.close()));
});

/** What one client got: answers by server, and errors. */
interface Counts { a: number; b: number; errors: string[] }

const total = (all: Counts[], of: (counts: Counts) => number): number => all.reduce((sum, counts) => sum + of(counts), 0);

/** One of two servers leaves while it has work: what it has read is answered, what it has not fails once at most for each caller; then all is the other's. */
async function leaves(t: TestContext, protocol: string, all: Counts[], callers: number, end: () => Promise<void>): Promise<void> {
  const [a, b] = [polite[`${protocol}-a`]!, polite[`${protocol}-b`]!];
  await until("both are in use", 20_000, () => a.taken > 100 && b.taken > 100);
  a.leave();
  const before = total(all, (counts) => counts.b);
  await until("all goes to the other", 20_000, () => total(all, (counts) => counts.b) > before + 500);
  await end();
  assert.equal(total(all, (counts) => counts.a), a.taken, "what was read was answered");
  assert.equal(total(all, (counts) => counts.b), b.taken);
  const errors = all.flatMap((counts) => counts.errors);
  t.diagnostic(`${a.taken} + ${b.taken} answered, ${errors.length} errors of ${callers} callers`);
  assert.ok(errors.length <= callers, `${errors.length} errors of ${callers} callers`);
  for (const error of errors) assert.match(error, CLOSED);
}

test("one of two Redis servers leaves in good order: what it has read is answered, later commands are the other's", async (t) => {
  const clients = await Promise.all(Array.from({ length: 6 }, () => RespClient.connect(ports.redis!)));
  const all = clients.map((): Counts => ({ a: 0, b: 0, errors: [] }));
  let over = false;
  const count = (counts: Counts, reply: Reply): void => {
    if (reply instanceof RespError) counts.errors.push(reply.message);
    else counts[reply as "a" | "b"]++;
  };
  const work = clients.flatMap((client, i) => Array.from({ length: 4 }, async () => {
    while (!over) count(all[i]!, await client.call("GET", "k"));
  }));
  await leaves(t, "redis", all, work.length, async () => {
    over = true;
    await Promise.all(work);
  });
  await Promise.all(clients.map((client) => client.close()));
});

test("one of two Thrift servers leaves in good order: what it has read is answered, later calls are the other's", async (t) => {
  const clients: ThriftClient[] = await Promise.all((["python", "node", "go", "go"] as const).map((library) => startClient(library, { port: ports.thrift! })));
  const all = clients.map((): Counts => ({ a: 0, b: 0, errors: [] }));
  let over = false;
  try {
    const work = clients.map(async (client, i) => {
      while (!over) {
        const { results, errors } = await client.many({ count: 20, calls: [{ method: "echo", args: ["x"] }] });
        for (const name of ["a", "b"] as const) all[i]![name] += results[name] ?? 0;
        for (const [error, times] of Object.entries(errors)) all[i]!.errors.push(...Array.from({ length: times }, () => error));
      }
    });
    await leaves(t, "thrift", all, clients.length, async () => {
      over = true;
      await Promise.all(work);
    });
  } finally {
    await Promise.all(clients.map((client) => client.stop()));
  }
});
