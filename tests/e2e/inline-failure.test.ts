/** Inline: Redis servers that die with transactions and subscriptions, and clients that end their side: more than the scenarios ask of every protocol. */
import assert from "node:assert/strict";
import { once } from "node:events";
import { createServer, type AddressInfo, type Server, type Socket } from "node:net";
import { after, before, describe, test } from "node:test";
import { RespClient, RespError, type RedisServer, type Reply, startRedis } from "../../harness/peers/redis/index.ts";
import { startServer, type ThriftServer } from "../../harness/peers/thrift/index.ts";
import { freePort } from "../../harness/tools/net.ts";
import { until } from "../../harness/tools/wait.ts";
import { MIB } from "./flow.ts";
import { halfClose, inlineEntry } from "./inline.ts";
import { type Mesh, startMesh } from "./mesh.ts";
import { CALL, framed, message } from "./thrift-bytes.ts";

const CLOSED = /^ERR .*closed the connection before it answered/;

const servers: Record<string, RedisServer> = {};
const thrift: Record<string, ThriftServer> = {};
const ports: Record<string, number> = {};
let liar: Server, mesh: Mesh;

/** A server that does what the request names: says half of a reply, and then ends or breaks off. */
function lie(socket: Socket): void {
  socket.on("error", () => socket.destroy());
  socket.on("data", (asked: Buffer) => {
    const [, what, argument] = /(half|reset):(\d+)/.exec(asked.toString("latin1")) ?? [];
    const size = Number(argument);
    if (what) socket.write(Buffer.concat([Buffer.from(`$${size}\r\n`), Buffer.alloc(size / 2, 0x61)]), () => what === "half" ? socket.end() : socket.resetAndDestroy());
  });
}

before(async () => {
  for (const name of ["good", "killed"]) servers[name] = await startRedis();
  for (const name of ["calm"]) thrift[name] = await startServer("python", { name, transport: "header" });
  liar = createServer(lie);
  await once(liar.listen(0, "127.0.0.1"), "listening");
  const redis: Record<string, number> = { ...Object.fromEntries(Object.entries(servers).map(([name, { port }]) => [name, port])), liar: (liar.address() as AddressInfo).port, refused: await freePort() };
  const rule = { match: [{ headers: { key: { prefix: "k" } } }], route: [{ destination: { host: "good.example" } }] };
  mesh = await startMesh([
    ...Object.entries(redis).map(([name, port]) => inlineEntry(`${name}.example`, `tcp-redis-${name}`, [[port]])),
    ...Object.entries(thrift).map(([name, { port }]) => inlineEntry(`${name}.example`, `tcp-thrift-${name}`, [[port]])),
    ...["routed", "lost"].map((name) => inlineEntry(`${name}.example`, `tcp-redis-${name}`, [[servers.good!.port]])),
    JSON.stringify({ apiVersion: "networking.istio.io/v1", kind: "VirtualService", metadata: { name: "routed" }, spec: { hosts: ["routed.example"], http: [rule] } }),
  ].join("\n---\n"), { plugin: (configuration) => configuration.service === "lost.example" ? { ...configuration, defaultCluster: "nowhere" } : configuration });
  const names = [...Object.keys(redis), ...Object.keys(thrift), "routed", "lost"];
  for (const [listener, { port }] of await mesh.envoy.listeners()) ports[names.find((name) => listener.includes(`${name}.example`))!] = port;
});

after(async () => {
  await mesh?.envoy.stop();
  await Promise.allSettled([...Object.values(servers).map((server) => server.stop()), ...Object.values(thrift).map((server) => server.kill())]);
  liar?.close();
});

const clients = (service: string): Promise<RespClient[]> => Promise.all([false, true].map((resp3) => RespClient.connect(ports[service]!, { resp3 })));
const text = (reply: Reply): string => reply instanceof RespError ? reply.message : `no error: ${JSON.stringify(reply)}`;

/** Kills the Redis server that is there to be killed, and starts another in its place. */
async function kill(): Promise<void> {
  await servers.killed!.stop("SIGKILL");
  servers.killed = await startRedis({ port: servers.killed!.port });
}

describe("a client that half-closes", () => {
  for (const service of ["good", "routed"]) {
    for (const apart of [false, true]) {
      test(`Redis, ${service}, ${apart ? "a while later" : "with its last command"}: all is answered, then the connection ends`, async () => {
        assert.equal(String(await halfClose(ports[service]!, "SET k 1\r\nINCR k\r\nGET k\r\n", { apart })), "+OK\r\n:2\r\n$1\r\n2\r\n");
        assert.equal(String(await halfClose(ports[service]!, "GET k\r\nGET", { apart })), "$1\r\n2\r\n", "half a command is no command");
      });
    }
  }

  for (const wrap of [framed, (bytes: Buffer) => bytes]) {
    for (const apart of [false, true]) {
      test(`Thrift, ${wrap === framed ? "framed" : "unframed"}, ${apart ? "a while later" : "with its call"}: it is answered, then the connection ends`, async () => {
        const got = await halfClose(ports.calm!, Buffer.concat([wrap(message(CALL, "echo", Buffer.from("hello"), 7)), wrap(message(CALL, "echo", Buffer.from("again"), 8))]), { apart });
        assert.match(got.toString("latin1"), /echo\0\0\0\x07.*hello.*echo\0\0\0\x08.*again/s);
      });
    }
  }

  test("without a word, or in the middle of its first command: the connection ends", async () => {
    for (const service of ["good", "routed"]) {
      for (const bytes of ["", "GE", "*2\r\n$3\r\nGET\r\n"]) assert.equal((await halfClose(ports[service]!, bytes)).length, 0);
    }
  });
});

describe("a server", () => {
  test("that is not there, or in a cluster that is not: the connection closes without a word", async () => {
    for (const client of await Promise.all([RespClient.connect(ports.refused!), RespClient.connect(ports.lost!)])) {
      await assert.rejects(client.call("GET", "k"), /closed|ECONNRESET/);
      await client.closed;
    }
  });

  test("that is killed: each command in flight gets one error, then the connection closes; the next one finds its successor", async () => {
    const all = await clients("killed");
    const pending = all.map((client) => client.pipeline([["SET", "k", "1"], ["BLPOP", "never", 30], ["GET", "k"], ["MULTI"]]));
    const watcher = await RespClient.connect(servers.killed!.port);
    await until("both are blocked", 5000, async () => /blocked_clients:2/.test(String(await watcher.call("INFO", "clients"))));
    await kill();
    for (const [set, blocked, get, multi] of await Promise.all(pending)) {
      for (const reply of [blocked!, get!]) assert.match(text(reply), CLOSED);
      assert.deepEqual([set, multi], ["OK", "OK"], "the filter knows its own answer to MULTI");
    }
    await Promise.all([...all, watcher].map((client) => client.closed));
    for (const client of await clients("killed")) {
      assert.equal(await client.call("PING"), "PONG");
      await client.close();
    }
  });

  test("that is killed while nothing is asked of it, or inside a transaction or subscription: the connection closes", async () => {
    const all = [...await clients("killed"), ...await clients("killed"), ...await clients("killed")];
    for (const client of all.slice(0, 2)) client.socket.write("SUBSCRIBE news\r\n");
    for (const client of all.slice(2, 4)) assert.deepEqual(await client.pipeline([["MULTI"], ["SET", "half", "1"]]), ["OK", "QUEUED"]);
    for (const client of all.slice(4)) assert.equal(await client.call("PING"), "PONG");
    await until("both are subscribed", 5000, () => all.slice(0, 2).every((client) => client.unasked.length === 1));
    await kill();
    await Promise.all(all.map((client) => client.closed));
    const client = await RespClient.connect(ports.killed!);
    assert.equal(await client.call("EXISTS", "half"), 0);
    await client.close();
  });

  test("that is killed in the middle of a large answer: the connection closes, and nothing is added", async () => {
    const client = await RespClient.connect(ports.killed!);
    await client.call("SET", "large", Buffer.alloc(64 * MIB, 0x61));
    client.socket.pause();
    const answer = client.call("GET", "large");
    await until("the answer is on its way", 5000, () => client.socket.readableLength > 0);
    await kill();
    client.socket.resume();
    await assert.rejects(answer, /closed/);
  });

  test("that ends in the middle of an answer: an error if nothing of it was passed on, and then the connection closes; that breaks off: it closes", async () => {
    const small = 1000, large = 4 * MIB;
    const words = async (what: string, size: number): Promise<string> => {
      const client = await RespClient.connect(ports.liar!), reply = await client.call("GET", `${what}:${size}`).catch((error: unknown) => error as Error);
      await client.closed;
      return reply instanceof RespError ? reply.message : String(reply);
    };
    assert.match(await words("half", small), CLOSED);
    for (const [what, size] of [["half", large], ["reset", small], ["reset", large]] as const) assert.match(await words(what, size), /closed|ECONNRESET/, `${what} ${size}`);
  });
});

test("no VM has died", () => assert.doesNotMatch(mesh.envoy.log(), /abort:|Uncaught|Function: proxy_on/));
