/** Redis servers that die with transactions, subscriptions and what a connection said of itself: more than the scenarios ask of every protocol. */
import assert from "node:assert/strict";
import { after, before, describe, test } from "node:test";
import { redisCli, RespClient, RespError, type RedisServer, type Reply, startRedis, Typed } from "../../harness/peers/redis/index.ts";
import { freePort } from "../../harness/tools/net.ts";
import { until } from "../../harness/tools/wait.ts";
import { MIB } from "./flow.ts";
import { type Mesh, serviceEntry, startMesh } from "./mesh.ts";

const UNREACHABLE = /^ERR .*(could not be reached|no healthy endpoint)/;
const CLOSED = /^ERR .*closed the connection before it answered/;
const LANE_OPEN_MS = 400;

const servers: Record<string, RedisServer> = {};
const ports: Record<string, number> = {};
let mesh: Mesh;

before(async () => {
  for (const name of ["killed", "restarted"]) servers[name] = await startRedis({ password: name === "restarted" ? "secret" : undefined });
  const endpoints: Record<string, number> = {
    ...Object.fromEntries(Object.entries(servers).map(([name, { port }]) => [name, port])), refused: await freePort(),
  };
  mesh = await startMesh([
    ...Object.entries(endpoints).map(([name, port]) => serviceEntry(`${name}.example`, `tcp-redis-${name}`, [[port]])),
  ].join("\n---\n"), { plugin: (configuration) => ({ ...configuration, limits: { ...configuration.limits as object, laneOpenMs: LANE_OPEN_MS } }) });
  for (const [listener, { port }] of await mesh.envoy.listeners()) ports[Object.keys(endpoints).find((name) => listener.includes(name))!] = port;
});

after(async () => {
  await mesh?.envoy.stop();
  await Promise.allSettled(Object.values(servers).map((server) => server.stop()));
});

const clients = (service: string): Promise<RespClient[]> => Promise.all([false, true].map((resp3) => RespClient.connect(ports[service]!, { resp3 })));
const closeAll = (all: RespClient[]): Promise<unknown> => Promise.all(all.map((client) => client.close()));
const text = (reply: Reply): string => reply instanceof RespError ? reply.message : `no error: ${JSON.stringify(reply)}`;

/** Starts the server that was killed again, at its old port. */
async function restart(name: string, options: { password?: string } = {}): Promise<void> {
  servers[name] = await startRedis({ port: servers[name]!.port, ...options });
}

describe("the failure table", () => {
  test("the port is closed: an error in words, at once, and again; the connection goes on", async () => {
    const client = await RespClient.connect(ports.refused!);
    for (const reply of await client.pipeline([["GET", "k"], ["SET", "k", "1"], ["PING"]])) assert.match(text(reply), UNREACHABLE);
    const transaction = await client.pipeline([["MULTI"], ["SET", "k", "1"], ["EXEC"]]);
    assert.match(text(transaction[1]!), UNREACHABLE);
    assert.match(text(transaction[2]!), /^EXECABORT /);
    await client.close();
    assert.match(await redisCli({ port: ports.refused! }, ["get k"]), /^\(error\) ERR /);
  });

  test("the server is killed while it works: each command in flight gets exactly one error, the connection goes on, and so does the server's successor", async () => {
    const [resp2, resp3] = await clients("killed");
    const pending = [resp2!, resp3!].map((client) => client.pipeline([["SET", "k", "1"], ["BLPOP", "never", 30], ["GET", "k"]]));
    const watcher = await RespClient.connect(servers.killed!.port);
    await until("both are blocked", 5000, async () => /blocked_clients:2/.test(String(await watcher.call("INFO", "clients"))));
    await servers.killed!.stop("SIGKILL");
    for (const replies of await Promise.all(pending)) {
      assert.equal(replies[0], "OK");
      for (const reply of replies.slice(1)) assert.match(text(reply), CLOSED);
    }
    assert.match(text(await resp2!.call("GET", "k")), UNREACHABLE);
    await restart("killed");
    for (const client of [resp2!, resp3!]) await until("the successor answers", 5000, async () => (await client.call("PING")) === "PONG");
    await closeAll([resp2!, resp3!, watcher]);
  });

  test("the server is killed inside a transaction: EXEC fails, and nothing has run", async () => {
    const all = await clients("killed");
    for (const client of all) assert.deepEqual(await client.pipeline([["MULTI"], ["SET", "half", "1"]]), ["OK", "QUEUED"]);
    await servers.killed!.stop("SIGKILL");
    await restart("killed");
    for (const client of all) {
      assert.match(text(await client.call("SET", "half", "2")), /^ERR /);
      assert.match(text(await client.call("EXEC")), /^(EXECABORT|ERR) /);
      assert.equal(await client.call("EXISTS", "half"), 0);
    }
    await closeAll(all);
  });

  test("the server of a subscription is killed: the connection closes, as it would without Envoy", async () => {
    const all = await clients("killed");
    for (const client of all) {
      client.socket.write("SUBSCRIBE news\r\n");
      await until("it is subscribed", 5000, () => client.unasked.length === 1);
    }
    await servers.killed!.stop("SIGKILL");
    await Promise.all(all.map((client) => client.closed));
    await restart("killed");
  });

  test("the server is killed in the middle of a large answer: the connection closes", async () => {
    const [client] = await clients("killed");
    await client!.call("SET", "large", Buffer.alloc(64 * MIB, 0x61));
    client!.socket.pause();
    const answer = client!.call("GET", "large");
    await until("the answer is on its way", 5000, () => client!.socket.readableLength > 0);
    await servers.killed!.stop("SIGKILL");
    client!.socket.resume();
    await assert.rejects(answer, /closed/);
    await client!.closed;
    await restart("killed");
  });

  test("a server comes back: what the connection has said of itself holds there", async () => {
    const client = await RespClient.connect(ports.restarted!, { resp3: true, password: "secret" });
    assert.deepEqual(await client.pipeline([["SELECT", 3], ["CLIENT", "SETNAME", "mine"], ["SET", "k", "1"]]), ["OK", "OK", "OK"]);
    await servers.restarted!.stop("SIGKILL");
    await restart("restarted", { password: "secret" });
    await until("the successor answers", 5000, async () => (await client.call("SET", "k", "2")) === "OK");
    const info = await client.call("CLIENT", "INFO");
    assert.match(info instanceof Typed ? String(info.value) : "", /name=mine .*db=3 .*resp=3/);
    assert.equal(await client.call("GET", "k"), "2");
    await client.close();
  });
});

test("no VM has died", () => assert.doesNotMatch(mesh.envoy.log(), /abort:|Uncaught|Function: proxy_on/));
