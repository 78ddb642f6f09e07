/** Servers that go away under load while retries are on, and what is closed for being idle: real clients see no error, and no early end. */
import assert from "node:assert/strict";
import { after, before, test } from "node:test";
import { setTimeout as delay } from "node:timers/promises";
import { type JavaServer, startGoClient, startJavaServer } from "../../harness/peers/dubbo/index.ts";
import { RespClient, RespError, type RedisServer, startRedis } from "../../harness/peers/redis/index.ts";
import { startClient, startServer, type ThriftServer } from "../../harness/peers/thrift/index.ts";
import { until } from "../../harness/tools/wait.ts";
import { type Mesh, serviceEntry, startMesh } from "./mesh.ts";

const IDLE_MS = 1500;
/** A script of Redis that takes 50 ms of its CPU. */
const BUSY = "local start = os.clock() while os.clock() - start < 0.05 do end";

let redis: RedisServer, thrift: ThriftServer[], dubbo: JavaServer[], direct: RespClient, mesh: Mesh;
const ports: Record<string, number> = {};

before(async () => {
  [redis, thrift, dubbo] = await Promise.all([
    startRedis(),
    Promise.all(["v1", "v2"].map((name) => startServer("python", { name, transport: "header" }))),
    Promise.all(["v1", "v2"].map((name) => startJavaServer({ name }))),
  ]);
  direct = await RespClient.connect(redis.port);
  const services: [string, string, number[]][] = [
    ["redis", "tcp-redis-x", [redis.port]], ["idle", "tcp-redis-y", [redis.port]],
    ["thrift", "tcp-thrift-x", thrift.map(({ port }) => port)], ["dubbo", "tcp-dubbo-x", dubbo.map(({ port }) => port)],
  ];
  mesh = await startMesh(services.flatMap((each) => resources(...each)).join("\n---\n"));
  for (const [listener, { port }] of await mesh.envoy.listeners()) ports[services.find(([name]) => listener.includes(`${name}.example`))![0]] = port;
});

after(async () => {
  await Promise.allSettled([direct?.close(), mesh?.envoy.stop()]);
  await Promise.allSettled([redis?.stop(), ...(thrift ?? []).map((server) => server.kill()), ...(dubbo ?? []).map((server) => server.stop("SIGKILL"))]);
});

function resources(name: string, portName: string, endpoints: number[]): string[] {
  const host = `${name}.example`;
  const of = (apiVersion: string, kind: string, spec: object): string => JSON.stringify({ apiVersion, kind, metadata: { name }, spec });
  return [
    serviceEntry(host, portName, endpoints.map((port) => [port]), name === "dubbo" ? { interface: "org.meltemi.demo.Demo" } : {}),
    of("networking.istio.io/v1", "VirtualService", { hosts: [host], http: [{ route: [{ destination: { host } }],
      // nothing is said of safety: the Redis codec knows its reads
      retries: { attempts: 4, retryOn: "connect,reset", backoff: "10ms", budgetPercent: 100, ...(name === "redis" ? {} : { safe: true }) } }] }),
    ...(name === "idle" ? [of("meltemi.io/v1alpha1", "Policy", { targetRef: { host }, idleTimeout: `${IDLE_MS}ms` })] : []),
  ];
}

test("Redis reads survive CLIENT KILL; a write whose server is lost is not run twice", async () => {
  const client = await RespClient.connect(ports.redis!);
  await client.call("SET", "k", "v");
  for (let i = 0; i < 10; i++) {
    // the server is busy while the read comes to it, and kills its connection before it has looked at it
    const killed = direct.pipeline([["EVAL", BUSY, "0"], ["CLIENT", "KILL", "TYPE", "normal", "SKIPME", "yes"]]);
    assert.equal(await client.call("GET", "k"), "v");
    await killed;
  }
  await until("retries are counted", 5000, async () => await mesh.count("meltemi_retries") > 0);
  let lost = 0, done = 0;
  for (let i = 0; i < 200; i++) {
    const reply = client.call("INCR", "n");
    if (i % 10 === 0) await direct.call("CLIENT", "KILL", "TYPE", "normal", "SKIPME", "yes");
    if (await reply instanceof RespError) lost++;
    else done++;
  }
  const count = Number(await direct.call("GET", "n"));
  assert.ok(count >= done && count <= done + lost, `${count} for ${done} answers and ${lost} errors`);
  await client.close();
});

test("a Dubbo server is killed under load: dubbo-go, which retries nothing itself, sees no error", async () => {
  const client = await startGoClient({ port: ports.dubbo! });
  try {
    const load = client.many({ count: 4000, concurrency: 8, calls: [{ method: "whoami" }], retries: 0 });
    await delay(300);
    await dubbo[0]!.stop("SIGKILL");
    const { results, errors } = await load;
    assert.deepEqual(errors, {});
    assert.equal(Object.values(results).reduce((all, one) => all + one, 0), 4000);
  } finally {
    await client.stop();
  }
});

test("a Thrift server is killed under load: its clients see no error", async () => {
  const client = await startClient("go", { port: ports.thrift!, transport: "header" });
  try {
    const who = String((await client.call({ method: "whoami" })).value);
    const load = client.many({ count: 2000, calls: [{ method: "whoami" }] });
    await delay(200);
    await thrift[who.includes("v1") ? 0 : 1]!.kill();
    const { errors } = await load;
    assert.deepEqual(errors, {});
  } finally {
    await client.stop();
  }
});

test("an idle client is closed in its time; one with a subscription or a blocked command is not", async () => {
  const [idle, subscribed, blocked] = await Promise.all([1, 2, 3].map(() => RespClient.connect(ports.idle!)));
  const start = Date.now();
  await Promise.all([idle!.call("PING"), subscribed!.call("SUBSCRIBE", "news")]);
  const waiting = blocked!.call("BLPOP", "nothing", 5);
  await idle!.closed;
  assert.ok(Date.now() - start >= IDLE_MS);
  await direct.call("PUBLISH", "news", "still here");
  await until("the message is there", 5000, () => subscribed!.unasked.length > 0);
  assert.equal(await waiting, null);
  await Promise.all([subscribed!.close(), blocked!.close()]);
});
