/** Rate limits on the real Envoy: shares over workers, real clients, and Envoy's reference rate limit service on a real Redis. */
import assert from "node:assert/strict";
import { after, before, describe, test } from "node:test";
import { AwesomeClient } from "../../examples/awesomerpc/peer/client.ts";
import { AwesomeServer } from "../../examples/awesomerpc/peer/server.ts";
import { type Bootstrap } from "../../harness/envoy/config.ts";
import { type JavaServer, startGoClient, startJavaClient, startJavaServer } from "../../harness/peers/dubbo/index.ts";
import { type RateLimitServer, startRateLimit } from "../../harness/peers/ratelimit/index.ts";
import { RespClient, RespError, type RedisServer, redisCli, startRedis } from "../../harness/peers/redis/index.ts";
import { startClient, startServer, type ThriftServer } from "../../harness/peers/thrift/index.ts";
import { until } from "../../harness/tools/wait.ts";
import { type Mesh, serviceEntry, startMesh } from "./mesh.ts";

const LIMITED = 2, HOUR = 3_600_000;
/** So many tokens come at once, so often. The bucket holds three seconds' tokens, so that none is lost while a busy machine lets nobody ask. */
const PORTION = 200, FILL_MS = 100, BURST = 6000, SECONDS = 4;
const LOCAL = /too many requests: limit service/, GLOBAL = /too many requests: global limit/, UNKNOWN = /the rate limit service is not available/;

type Config = Record<string, unknown>;
const local = (config: Config): Config => ({ name: "localRateLimit", config });
const bucket = (max: number, tokensPerFill = 1, fillMs = HOUR): Config => ({ max, tokensPerFill, fillMs });
const ten = local({ bucket: bucket(10) });

const DESCRIPTORS = [[{ descriptorKey: "service", from: "service" }, { descriptorKey: "method", property: "method" }]];
const global = (config: Config = {}): Config => ({ name: "globalRateLimit", config: { domain: "demo", rateLimitService: "limits", timeoutMs: 5000, denyOnFail: true, descriptors: DESCRIPTORS, ...config } });
const byUser = { descriptors: [[{ descriptorKey: "user", property: "user" }, { descriptorKey: "route", value: "r" }], [{ descriptorKey: "user", property: "user" }]] };

const FILTERS: Record<string, Config[]> = {
  "rate.example": [local({ bucket: bucket(BURST, PORTION, FILL_MS) })],
  "users.example": [local({ keys: [{ key: "user", bucket: bucket(10), maxValues: 1000 }] })],
  "few.example": [local({ keys: [{ key: "user", bucket: bucket(10), maxValues: 16 }] })],
  "cache.example": [{ ...ten, match: [[{ key: "command", exact: "incr" }]] }], "stock.example": [ten], "demo.example": [ten],
  "ask.example": [global(byUser)],
  "open.example": [global({ ...byUser, timeoutMs: 200, denyOnFail: false })], "closed.example": [global({ ...byUser, timeoutMs: 200 })],
  "gone.example": [global({ ...byUser, rateLimitService: "gone", denyOnFail: false })], "none.example": [global({ ...byUser, rateLimitService: "none" })],
  "askcache.example": [global({ descriptors: [[{ descriptorKey: "command", property: "command" }]] })],
  "askstock.example": [global()], "askdemo.example": [global()],
};

const PER_DAY = (count: number): string => `rate_limit: { unit: day, requests_per_unit: ${count} }`;
const LIMITS = `domain: demo
descriptors:
  - { key: user, value: load, ${PER_DAY(1000)} }
  - { key: user, value: slow, ${PER_DAY(1_000_000)} }
  - { key: user, value: joe, ${PER_DAY(5)} }
  - { key: user, value: ann, descriptors: [ { key: route, value: r, ${PER_DAY(20)} } ] }
  - { key: command, value: incr, ${PER_DAY(10)} }
  - { key: service, value: askstock.example, descriptors: [ { key: method, value: add, ${PER_DAY(10)} } ] }
  - { key: service, value: askdemo.example, descriptors: [ { key: method, value: whoami, ${PER_DAY(10)} } ] }
`;

/** Rules as users of Aeraki write them. */
const router = (host: string, more: object): string => JSON.stringify({
  apiVersion: "metaprotocol.aeraki.io/v1alpha1", kind: "MetaRouter", metadata: { name: host.split(".")[0], namespace: "default" }, spec: { hosts: [host], ...more },
});
const tokens = (count: number): object => ({ fillInterval: "3600s", maxTokens: count, tokensPerFill: count });
const attribute = (name: string, exact: string): object => ({ attributes: { [name]: { exact } } });
const ROUTERS: Record<string, object> = {
  "routed.example": { localRateLimit: { tokenBucket: tokens(10), conditions: [{ tokenBucket: tokens(3), match: attribute("kind", "write") }] } },
  "asks.example": { globalRateLimit: {
    domain: "demo", rateLimitService: "outbound|8081||limits.example", requestTimeout: "5s", denyOnFail: true, match: attribute("kind", "write"),
    descriptors: [{ property: "user", descriptorKey: "user" }],
  } },
};

let server: AwesomeServer, redis: RedisServer, thrift: ThriftServer, dubbo: JavaServer, limits: RateLimitServer;
/** By the number of Envoy's workers. */
const meshes: Record<number, Mesh> = {};
const ports: Record<number, Record<string, number>> = {};

before(async () => {
  [server, redis, thrift, dubbo, limits] = await Promise.all([
    new AwesomeServer("a").start(), startRedis(), startServer("python", { name: "v1", transport: "header" }), startJavaServer({ name: "v1" }), startRateLimit(LIMITS),
  ]);
  const kind = (name: string): [string, number, Record<string, string>?] => name.endsWith("cache") ? ["tcp-redis", redis.port] : name.endsWith("stock") ? ["tcp-thrift-framed-binary", thrift.port]
    : name.endsWith("demo") ? ["tcp-dubbo", dubbo.port, { interface: "org.meltemi.demo.Demo" }] : ["tcp-metaprotocol-awesomerpc", server.port];
  const hosts = [...Object.keys(FILTERS), ...Object.keys(ROUTERS)];
  const entries = hosts.map((host) => {
    const [protocol, port, annotations] = kind(host.split(".")[0]!);
    return serviceEntry(host, `${protocol}-${host.split(".")[0]}`, [[port]], annotations);
  });
  entries.push(JSON.stringify({
    apiVersion: "networking.istio.io/v1", kind: "ServiceEntry", metadata: { name: "limits", namespace: "default" },
    spec: { hosts: ["limits.example"], resolution: "STATIC", ports: [{ number: 8081, name: "grpc" }], endpoints: [{ address: "127.0.0.1", ports: { grpc: limits.port } }] },
  }), ...Object.entries(ROUTERS).map(([host, rules]) => router(host, rules)));
  for (const workers of [1, 2]) {
    meshes[workers] = await startMesh(entries.join("\n---\n"), {
      concurrency: workers, bootstrap: withServices,
      plugin: (configuration) => ({ ...configuration, filters: FILTERS[String(configuration.service)] ?? configuration.filters }),
    });
    const listeners = [...await meshes[workers].envoy.listeners()];
    ports[workers] = Object.fromEntries(hosts.map((host) => [host, listeners.find(([name]) => name.split("_").includes(host))![1].port]));
  }
});

after(async () => {
  await Promise.allSettled(Object.values(meshes).map(({ envoy }) => envoy.stop()));
  await Promise.allSettled([server?.stop(), redis?.stop(), thrift?.kill(), dubbo?.stop("SIGKILL"), limits?.stop()]);
});

/** The rate limit service, and one that nobody listens for. */
function withServices(bootstrap: Bootstrap): Bootstrap {
  const resources = bootstrap.static_resources as { clusters: object[] };
  const cluster = (name: string, port: number): object => ({
    name, type: "STATIC", connect_timeout: "1s",
    typed_extension_protocol_options: { "envoy.extensions.upstreams.http.v3.HttpProtocolOptions": {
      "@type": "type.googleapis.com/envoy.extensions.upstreams.http.v3.HttpProtocolOptions", explicit_http_config: { http2_protocol_options: {} } } },
    load_assignment: { cluster_name: name, endpoints: [{ lb_endpoints: [{ endpoint: { address: { socket_address: { address: "127.0.0.1", port_value: port } } } }] }] },
  });
  return { ...bootstrap, static_resources: { ...resources, clusters: [...resources.clusters, cluster("limits", limits.port), cluster("gone", 1)] } };
}

/** Several connections, so that each worker has some. */
async function connections<T>(workers: number, host: string, count: number, work: (clients: AwesomeClient[]) => Promise<T>): Promise<T> {
  const clients = await Promise.all(Array.from({ length: count }, () => AwesomeClient.connect(ports[workers]![host]!)));
  try {
    return await work(clients);
  } finally {
    await Promise.all(clients.map((client) => client.close()));
  }
}

/** Calls at once; how many had an answer of the server. Others must have had the limit's error. */
async function calls(client: AwesomeClient, count: number, headers: Record<string, string>, says: RegExp): Promise<number> {
  const answers = await Promise.all(Array.from({ length: count }, () => client.call(headers)));
  for (const { status, body } of answers) if (status !== 0) assert.ok(status === LIMITED && says.test(body.toString()), `${status} ${body.toString()}`);
  return answers.filter(({ status }) => status === 0).length;
}

const plain = (reply: unknown): unknown => reply instanceof RespError ? reply.message : reply;

for (const workers of [1, 2]) {
  describe(`${workers} worker${workers > 1 ? "s" : ""}`, () => {
    test(`${PORTION} each ${FILL_MS} ms for ${SECONDS} s, and more are asked for: each token is used once`, (t) => connections(workers, "rate.example", 16, async (clients) => {
      let passed = 0;
      const began = Date.now();
      /** When ten were asked, when they were answered, and how many passed. */
      const ask = async (client: AwesomeClient): Promise<{ sent: number; heard: number; good: number }> => {
        const sent = Date.now(), good = await calls(client, 10, {}, LOCAL);
        passed += good;
        return { sent, heard: Date.now(), good };
      };
      const first = await ask(clients[0]!);
      await Promise.all(clients.map(async (client) => {
        while (Date.now() < began + SECONDS * 1000) await ask(client);
      }));
      let last = await ask(clients[0]!);
      while (last.good === 10) last = await ask(clients[0]!);
      // the bucket was empty at a time between `last.sent` and `last.heard`, and full at one between `began` and `first.heard`
      const due = (ms: number): number => BURST + Math.floor(ms / FILL_MS) * PORTION;
      const [least, most] = [due(last.sent - first.heard) - PORTION, due(last.heard - began) + PORTION];
      t.diagnostic(`${passed} passed, at least ${least} and at most ${most} were due`);
      assert.equal(least <= passed && passed <= most, true, `${passed} passed, at least ${least} and at most ${most} were due`);
    }));

    test("200 users, each over 8 connections: each has its ten", () => connections(workers, "users.example", 8, async (clients) => {
      const passed = Array.from({ length: 200 }, () => 0);
      for (let round = 0; round < 4; round++) {
        await Promise.all(clients.flatMap((client) => passed.map(async (_, user) => {
          const good = await calls(client, 2, { user: `u${user}` }, /limit key user/);
          passed[user]! += good;
        })));
      }
      assert.deepEqual(passed, Array.from({ length: 200 }, () => 10));
      assert.equal(await calls(clients[0]!, 50, {}, LOCAL), 50);
    }));

    test("more users than there is room for: nobody has more than ten", () => connections(workers, "few.example", 8, async (clients) => {
      const passed = new Map<string, number>();
      for (let round = 0; round < 20; round++) {
        await Promise.all(clients.flatMap((client) => Array.from({ length: 100 }, (_, i) => `u${i}`).map(async (user) => {
          const good = await calls(client, 1, { user }, /limit key user/);
          passed.set(user, (passed.get(user) ?? 0) + good);
        })));
      }
      for (const [user, count] of passed) assert.ok(count <= 10, `${user} had ${count}`);
      await until("evictions are counted", 5000, async () => (await meshes[workers]!.count("meltemi_rate_limit_evicted")) > 0);
    }));
  });
}

describe("real clients over a local limit", () => {
  test("Redis: redis-cli sees an error, the connection goes on, a transaction fails whole", async () => {
    const port = ports[2]!["cache.example"]!;
    const said = await redisCli({ port }, Array.from({ length: 15 }, () => "INCR n"));
    assert.equal(said.match(/\(integer\) \d+/g)?.length, 10, said);
    assert.equal(said.match(/\(error\) ERR too many requests: limit service/g)?.length, 5, said);
    const client = await RespClient.connect(port);
    const [, , exec] = (await client.pipeline([["MULTI"], ["INCR", "n"], ["EXEC"]])).map(plain);
    assert.match(String(exec), /^EXECABORT /);
    await client.close();
    const direct = await RespClient.connect(redis.port);
    assert.equal(await direct.call("GET", "n"), "10");
    await direct.close();
  });

  test("Thrift: a TApplicationException", async () => {
    const client = await startClient("python", { port: ports[2]!["stock.example"]! });
    const { results, errors } = await client.many({ count: 15, calls: [{ method: "whoami" }] });
    await client.stop();
    assert.deepEqual(results, { v1: 10 });
    assert.equal(Object.values(errors)[0], 5, JSON.stringify(errors));
    assert.match(Object.keys(errors)[0]!, /TApplicationException.*too many requests: limit service/);
  });

  test("Dubbo: an exception that failover does not try again", async () => {
    const port = ports[2]!["demo.example"]!, java = await startJavaClient({ port }), go = await startGoClient({ port });
    const first = await java.many({ count: 15, retries: 2, cluster: "failover", calls: [{ method: "whoami" }] });
    const second = await go.many({ count: 5, calls: [{ method: "whoami" }] });
    await Promise.all([java.stop(), go.stop()]);
    assert.deepEqual(first.results, { v1: 10 });
    assert.equal(Object.values(first.errors)[0], 5, JSON.stringify(first.errors));
    assert.match(Object.keys(first.errors)[0]!, /too many requests: limit service/);
    assert.deepEqual([second.results, Object.values(second.errors)], [{}, [5]], JSON.stringify(second.errors));
    // One refusal each: failover has not tried again.
    const series = /meltemi_rate_limited\{[^}]*service="demo\.example"[^}]*limit="service"[^}]*\} 10$|meltemi_rate_limited\{[^}]*limit="service"[^}]*service="demo\.example"[^}]*\} 10$/m;
    await until("the limit is a label for Prometheus", 5000, async () => series.test(await meshes[2]!.envoy.get("/stats/prometheus")));
    await until("refusals are counted", 5000, async () => (await meshes[2]!.count("meltemi_errors.*demo.example.*RateLimited")) === 10);
  });
});

describe("a global limit", () => {
  test("20,000 calls over two workers, 1,000 in the day: exactly these", () => connections(2, "ask.example", 8, async (clients) => {
    const passed: number[] = [];
    await Promise.all(clients.map(async (client) => {
      for (let round = 0; round < 50; round++) passed.push(await calls(client, 50, { user: "load" }, GLOBAL));
    }));
    assert.equal(passed.reduce((sum, n) => sum + n, 0), 1000);
  }));

  test("combined descriptors: only both keys together count; who lacks one is not asked about", () => connections(2, "ask.example", 1, async ([client]) => {
    assert.equal(await calls(client!, 50, { user: "ann" }, GLOBAL), 20);
    assert.equal(await calls(client!, 50, { user: "bob" }, GLOBAL), 50);
    assert.equal(await calls(client!, 50, {}, GLOBAL), 50);
  }));

  test("Redis, Thrift, Dubbo: ten of fifteen, and the protocol's error", async () => {
    const said = await redisCli({ port: ports[2]!["askcache.example"]! }, Array.from({ length: 15 }, () => "INCR m"));
    assert.equal(said.match(/\(integer\) \d+/g)?.length, 10, said);
    assert.equal(said.match(/\(error\) ERR too many requests: global limit/g)?.length, 5, said);
    const thrifty = await startClient("python", { port: ports[2]!["askstock.example"]! });
    const sums = await thrifty.many({ count: 15, calls: [{ method: "add", args: [1, 2] }] });
    await thrifty.stop();
    assert.deepEqual([Object.values(sums.results), Object.values(sums.errors)], [[10], [5]], JSON.stringify(sums));
    assert.match(Object.keys(sums.errors)[0]!, GLOBAL);
    const java = await startJavaClient({ port: ports[2]!["askdemo.example"]! });
    const names = await java.many({ count: 15, calls: [{ method: "whoami" }] });
    await java.stop();
    assert.deepEqual([Object.values(names.results), Object.values(names.errors)], [[10], [5]], JSON.stringify(names));
    assert.match(Object.keys(names.errors)[0]!, GLOBAL);
  });

  test("nobody listens for it, or its cluster does not exist: open or closed, at once", async () => {
    await connections(2, "gone.example", 1, async ([client]) => assert.equal(await calls(client!, 20, { user: "ann" }, GLOBAL), 20));
    await connections(2, "none.example", 1, async ([client]) => assert.equal(await calls(client!, 20, { user: "ann" }, UNKNOWN), 0));
  });

  test("it is halted: open or closed when the time is over, others are not held up; it goes on: asked again", async () => {
    limits.signal("SIGSTOP");
    try {
      for (const [host, passes] of [["open.example", 20], ["closed.example", 0]] as const) {
        await connections(2, host, 1, async ([client]) => {
          const start = Date.now(), waiting = calls(client!, 20, { user: "slow" }, UNKNOWN);
          assert.equal((await client!.call({})).status, 0);
          assert.ok(Date.now() - start < 200, `a call that is not asked about took ${Date.now() - start} ms`);
          assert.equal(await waiting, passes);
          assert.ok(Date.now() - start >= 190, `${Date.now() - start} ms`);
        });
      }
    } finally {
      limits.signal("SIGCONT");
    }
    await connections(2, "closed.example", 1, ([client]) => until("it answers again", 10_000, async () => (await client!.call({ user: "slow" })).status === 0));
  });
});

describe("a MetaRouter's limits", () => {
  test("local: a bucket for a condition, and one for the rest", () => connections(2, "routed.example", 1, async ([client]) => {
    assert.equal(await calls(client!, 15, { kind: "write" }, /limit condition-0/), 3);
    assert.equal(await calls(client!, 15, {}, LOCAL), 10);
  }));

  test("global: of the requests that match", () => connections(2, "asks.example", 1, async ([client]) => {
    assert.equal(await calls(client!, 15, { kind: "write", user: "joe" }, GLOBAL), 5);
    assert.equal(await calls(client!, 15, { user: "joe" }, GLOBAL), 15);
  }));
});
