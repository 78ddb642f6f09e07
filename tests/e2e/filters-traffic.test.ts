/** Faults, timeouts, retries, mirrors, limits and outliers on the real Envoy, from Istio's resources, with real clients of every protocol. */
import assert from "node:assert/strict";
import { after, before, test } from "node:test";
import { AwesomeClient } from "../../examples/awesomerpc/peer/client.ts";
import type { Frame } from "../../examples/awesomerpc/peer/protocol.ts";
import { AwesomeServer, whoami } from "../../examples/awesomerpc/peer/server.ts";
import { type DubboClient, type JavaServer, startGoClient, startJavaClient, startJavaServer } from "../../harness/peers/dubbo/index.ts";
import { RespClient, RespError, type RedisServer, startRedis } from "../../harness/peers/redis/index.ts";
import { startClient, startServer, type ThriftClient, type ThriftServer } from "../../harness/peers/thrift/index.ts";
import { until } from "../../harness/tools/wait.ts";
import { type Mesh, serviceEntry, startMesh } from "./mesh.ts";

const DELAY_MS = 300, SLOW_MS = 3000, MANY = 20_000;
const INTERNAL_ERROR = 6;

type Rule = Record<string, unknown>;

let redis: RedisServer[], thrift: ThriftServer[], dubbo: JavaServer[], awesome: AwesomeServer[], mesh: Mesh;
const ports: Record<string, number> = {};

/** The awesome servers fail, or die, as often as a request says: by its name, until they have done so. */
const troubles = new Map<string, number>();
const made = (request: Frame, name: string): string | undefined => request.headers.find(([key]) => key === name)?.[1];

function unreliable(request: Frame, server: AwesomeServer, socket: Parameters<typeof whoami>[2]): ReturnType<typeof whoami> {
  const trouble = made(request, "trouble"), name = made(request, "name") ?? "", left = troubles.get(name) ?? 0;
  if (trouble === "silent") return null;
  if (made(request, "bad") === server.name) return { status: 2 };
  if (!trouble || left === 0) return whoami(request, server, socket);
  troubles.set(name, left - 1);
  if (trouble === "die") socket.destroy();
  return trouble === "fail" ? { status: 2, body: Buffer.from("failed") } : null;
}

before(async () => {
  [redis, thrift, dubbo, awesome] = await Promise.all([
    Promise.all([startRedis(), startRedis()]),
    Promise.all(["v1", "v2"].map((name) => startServer("python", { name, transport: "header" }))),
    Promise.all(["v1", "v2"].map((name) => startJavaServer({ name }))),
    Promise.all(["v1", "v2"].map((name) => new AwesomeServer(name, unreliable).start())),
  ]);
  const services: [string, string, number[], string, string][] = [
    ["redis", "tcp-redis-x", redis.map(({ port }) => port), "key", "LOADING"],
    ["thrift", "tcp-thrift-x", thrift.map(({ port }) => port), "header.want", "INTERNAL_ERROR"],
    ["dubbo", "tcp-dubbo-x", dubbo.map(({ port }) => port), "want", "RpcException:BIZ"],
    ["awesome", "tcp-metaprotocol-awesomerpc", awesome.map(({ port }) => port), "want", "server"],
  ];
  mesh = await startMesh(services.flatMap(([name, port, endpoints, key, code]) => resources(name, port, endpoints, key, code)).join("\n---\n"));
  for (const [listener, { port }] of await mesh.envoy.listeners()) ports[services.find(([name]) => listener.includes(`${name}.example`))![0]] = port;
});

after(async () => {
  await mesh?.envoy.stop();
  await Promise.allSettled([...redis ?? [], ...awesome ?? []].map((server) => server.stop()));
  await Promise.allSettled([...(thrift ?? []).map((server) => server.kill()), ...(dubbo ?? []).map((server) => server.stop("SIGKILL"))]);
});

function resources(name: string, portName: string, endpoints: number[], key: string, code: string): string[] {
  const host = `${name}.example`, to = (subset: string): object => ({ destination: { host, subset } });
  const rule = (want: string, more: Rule, route: object = to("v1")): Rule => ({ name: want, match: [{ headers: { [key]: { exact: want } } }], route: [route], ...more });
  const istio = (kind: string, spec: object): string => JSON.stringify({ apiVersion: "networking.istio.io/v1", kind, metadata: { name }, spec });
  const both = { destination: { host } };
  return [
    serviceEntry(host, portName, endpoints.map((port, i) => [port, { version: `v${i + 1}` }]), name === "dubbo" ? { interface: "org.meltemi.demo.Demo" } : {}),
    istio("DestinationRule", { host, trafficPolicy: { loadBalancer: { simple: "ROUND_ROBIN" } }, subsets: ["v1", "v2", "few", "out"].map((version) => ({
      name: version, labels: version.startsWith("v") ? { version } : {},
      ...(version === "few" ? { trafficPolicy: { connectionPool: { http: { http2MaxRequests: 2 } } } } : {}),
      ...(version === "out" ? { trafficPolicy: { outlierDetection: { consecutive5xxErrors: 3, baseEjectionTime: "1s", maxEjectionPercent: 50 } } } : {}),
    })) }),
    istio("VirtualService", { hosts: [host], http: [
      rule("abort", { fault: { abort: { code, text: "out of order" } } }),
      rule("some", { fault: { abort: { code, percentage: { value: 10 } } } }),
      rule("delay", { fault: { delay: { fixedDelay: `${DELAY_MS}ms` } } }),
      rule("both", { fault: { delay: { fixedDelay: `${DELAY_MS}ms` }, abort: { code } } }),
      rule("late", { timeout: "200ms" }),
      rule("again", { retries: { attempts: 3, retryOn: "connect,reset,server", backoff: "5ms", safe: true } }, both),
      rule("tries", { timeout: "5s", retries: { attempts: 3, retryOn: "timeout", perTryTimeout: "200ms", backoff: "5ms", safe: true } }, both),
      rule("mirror", { mirror: { host, subset: "v2" }, mirrorPercentage: { value: 25 } }),
      rule("few", {}, to("few")),
      rule("out", {}, to("out")),
      { name: "rest", route: [to("v1")] },
    ] }),
  ];
}

/** One call for each protocol by which rule it is to meet: what came, as text, and how long it took. */
interface Caller {
  name: string;
  call(want: string, method?: "slow"): Promise<string>;
  stop(): Promise<unknown>;
}

async function callers(): Promise<Caller[]> {
  const [respClient, java, go, thriftGo, awesomeClient] = await Promise.all([
    RespClient.connect(ports.redis!), startJavaClient({ port: ports.dubbo! }), startGoClient({ port: ports.dubbo! }),
    startClient("go", { port: ports.thrift!, transport: "header" }), AwesomeClient.connect(ports.awesome!),
  ]);
  return [
    { name: "redis", stop: () => respClient.close(), call: async (want) => {
      const reply = await respClient.call("GET", want);
      return reply instanceof RespError ? reply.message : "good";
    } },
    ...([["java", java], ["dubbo-go", go]] as [string, DubboClient][]).map(([name, client]): Caller => ({ name, stop: () => client.stop(), call: async (want, method) => {
      const result = await client.call({ method: method ?? "hello", args: method ? [SLOW_MS, "x"] : ["x"], attachments: { want } });
      return result.ok ? "good" : String(result.error);
    } })),
    { name: "thrift", stop: () => thriftGo.stop(), call: (want, method) => callThrift(thriftGo, want, method) },
    { name: "awesomerpc", stop: () => awesomeClient.close(), call: async (want, method) => {
      const answer = await awesomeClient.call({ want, ...(method ? { trouble: "silent" } : {}) });
      return answer.status === 0 ? "good" : answer.body.toString();
    } },
  ];
}

async function callThrift(client: ThriftClient, want: string, method?: "slow"): Promise<string> {
  const result = await client.call({ method: method ? "sleep" : "whoami", args: method ? [SLOW_MS, "x"] : [], headers: { want } });
  if (want === "abort") assert.equal(result.type, INTERNAL_ERROR);
  return result.ok ? "good" : String(result.error);
}

/** The same for the client of each protocol, one after the other. */
async function forAll(work: (caller: Caller) => Promise<void>): Promise<void> {
  const all = await callers();
  try {
    for (const caller of all) await work(caller);
  } finally {
    await Promise.allSettled(all.map((caller) => caller.stop()));
  }
}

async function timed(work: () => Promise<string>): Promise<[string, number]> {
  const start = performance.now();
  return [await work(), performance.now() - start];
}

test("an abort in the protocol's own words; a delay; both; what no rule names is as ever", () => forAll(async ({ name, call }) => {
  assert.match(await call("abort"), name === "redis" ? /^LOADING out of order/ : /out of order/, name);
  const [delayed, took] = await timed(() => call("delay"));
  assert.equal(delayed, "good", name);
  assert.ok(took >= DELAY_MS, `${name}: ${took} ms`);
  const [aborted, tookBoth] = await timed(() => call("both"));
  assert.match(aborted, /fault injected/, name);
  assert.ok(tookBoth >= DELAY_MS, `${name}: ${tookBoth} ms`);
  assert.equal(await call("other"), "good", name);
}));

test("a delayed request holds up no other, but where order is strict all behind it", () => forAll(async ({ name, call }) => {
  const [slow, [fast, took]] = await Promise.all([call("delay"), timed(() => call("other"))]);
  assert.deepEqual([slow, fast], ["good", "good"], name);
  // the Java and Thrift peers send one call after the other
  if (name === "java" || name === "thrift") return;
  if (name === "redis") assert.ok(took >= DELAY_MS * 0.9, `${name}: ${took} ms`);
  else assert.ok(took < DELAY_MS, `${name}: ${took} ms`);
}));

test(`a tenth of ${MANY} Redis commands is aborted`, async () => {
  const client = await RespClient.connect(ports.redis!);
  let aborted = 0;
  for (let i = 0; i < MANY; i += 500) {
    const replies = await client.pipeline(Array.from({ length: 500 }, () => ["GET", "some"]));
    aborted += replies.filter((reply) => reply instanceof RespError && reply.message.startsWith("LOADING")).length;
  }
  assert.ok(Math.abs(aborted / MANY - 0.1) < 0.01, `${aborted} of ${MANY}`);
  await client.close();
});

test("an answer that comes too late: a native error in time, and the connection goes on", () => forAll(async ({ name, call }) => {
  if (name === "redis") return;
  const [answer, took] = await timed(() => call("late", "slow"));
  assert.match(answer, /no answer in time/, name);
  assert.ok(took < SLOW_MS * 0.8, `${name}: ${took} ms`);
  assert.equal(await call("other"), "good", name);
}));

test("a command that asks its server to wait has as much more time", async () => {
  const client = await RespClient.connect(ports.redis!);
  const start = Date.now();
  assert.equal(await client.call("BLPOP", "late", 1), null);
  assert.ok(Date.now() - start >= 900);
  await client.close();
});

test("a server that fails or dies: another attempt, and the client sees one good answer", async () => {
  const client = await AwesomeClient.connect(ports.awesome!);
  for (const trouble of ["fail", "die"]) {
    troubles.set(trouble, 2);
    const answer = await client.call({ want: "again", trouble, name: trouble });
    assert.equal(answer.status, 0, `${trouble}: ${answer.body}`);
    assert.equal(troubles.get(trouble), 0, "it was tried as often as it failed");
  }
  troubles.set("worse", 10);
  assert.equal((await client.call({ want: "again", trouble: "fail", name: "worse" })).body.toString(), "failed");
  assert.equal(troubles.get("worse"), 6, "and no more than three times again");
  troubles.set("mute", 2);
  assert.equal((await client.call({ want: "tries", trouble: "mute", name: "mute" })).status, 0, "two attempts had no answer in their time");
  await client.close();
});

test(`a quarter of ${MANY} requests is mirrored, and the clients notice nothing of a mirror that is slow or away`, async () => {
  const client = await AwesomeClient.connect(ports.awesome!), before = awesome[1]!.requests;
  for (let i = 0; i < MANY; i += 100) {
    const answers = await Promise.all(Array.from({ length: 100 }, () => client.call({ want: "mirror" })));
    assert.ok(answers.every(({ headers }) => headers.some(([key, value]) => key === "server" && value === "v1")));
  }
  await until("the mirror has them", 10_000, () => (awesome[1]!.requests - before) / MANY > 0.24);
  assert.ok(Math.abs((awesome[1]!.requests - before) / MANY - 0.25) < 0.015, `${awesome[1]!.requests - before} of ${MANY}`);
  const port = awesome[1]!.port;
  await awesome[1]!.stop();
  for (let i = 0; i < 2000; i += 100) {
    const answers = await Promise.all(Array.from({ length: 100 }, () => client.call({ want: "mirror" })));
    assert.ok(answers.every(({ status }) => status === 0));
  }
  assert.equal(client.strays.length, 0);
  await client.close();
  awesome[1] = await new AwesomeServer("v2", unreliable).start(port);
});

test("reads of Redis, calls of Dubbo and Thrift are mirrored as well", () => forAll(async ({ name, call }) => {
  const before = await mesh.count("meltemi_mirrored");
  for (let i = 0; i < 60; i++) assert.equal(await call("mirror"), "good", name);
  await until(`${name}: some of them are counted`, 10_000, async () => await mesh.count("meltemi_mirrored") > before);
}));

test("more requests in flight than a cluster may have are answered at once", async () => {
  const client = await AwesomeClient.connect(ports.awesome!);
  const silent = [1, 2].map(() => client.call({ want: "few", trouble: "silent" }).catch(() => undefined));
  const [answer, took] = await timed(async () => (await client.call({ want: "few" })).body.toString());
  assert.match(answer, /too many requests/);
  assert.ok(took < 500);
  await client.close();
  await Promise.all(silent);
});

test("an endpoint whose answers are server errors is left alone for a time, and comes back", async () => {
  const client = await AwesomeClient.connect(ports.awesome!);
  const failures = async (): Promise<number> => {
    const answers = await Promise.all(Array.from({ length: 100 }, () => client.call({ want: "out", bad: "v1" })));
    return answers.filter(({ status }) => status !== 0).length;
  };
  await failures();
  assert.equal(await failures(), 0, "v1 is out");
  await until("v1 is back", 10_000, async () => await failures() > 0);
  await client.close();
});

test("nothing of all that was unreadable to anyone, and no VM has died", async () => {
  for (const metric of ["meltemi_bad_requests", "meltemi_bad_replies"]) assert.equal(await mesh.count(metric), 0, metric);
  assert.doesNotMatch(mesh.envoy.log(), /Plugin (is )?(in )?fail/i);
});
