/** A Redis Cluster of six nodes behind lanes and inline: Envoy's redis_proxy finds the nodes, the filters hold in front of it. */
import assert from "node:assert/strict";
import { createHash } from "node:crypto";
import { after, before, describe, test } from "node:test";
import { REDIS_READS } from "../../control-plane/api/redisReads.ts";
import { type RedisCluster, startRedisCluster } from "../../harness/peers/redis/cluster.ts";
import { type Argument, redisBenchmark, redisCli, RespClient, RespError, type RedisServer, startRedis } from "../../harness/peers/redis/index.ts";
import { until } from "../../harness/tools/wait.ts";
import { Judge } from "./filters-auth-services.ts";
import { type Mesh, readText, serviceEntry, startMesh } from "./mesh.ts";
import { clusterEntry, held, NODES_PASSWORD, NODES_SECRET, portsOf, resource, text, using } from "./redis-cluster.ts";

const CLIENTS_PASSWORD = "what clients know", ALONE_PASSWORD = "of one server";
const MIB = 1 << 20;

const judge = new Judge();
let cluster: RedisCluster, alone: RedisServer, mesh: Mesh, ports: Record<string, number>;

const policy = (name: string, spec: object): string => resource("meltemi.io", "Policy", name, { targetRef: { host: "guarded.example" }, ...spec });

before(async () => {
  [cluster, alone] = await Promise.all([startRedisCluster({ password: NODES_PASSWORD }), startRedis({ password: ALONE_PASSWORD }), judge.start()]);
  const plain = (password: string): object => ({ plain: { password } });
  mesh = await startMesh([
    NODES_SECRET, ...["cache", "guarded", "open", "reads"].map((name) => clusterEntry(name, cluster)), clusterEntry("once", cluster, { "meltemi.io/upstream": "inline" }),
    serviceEntry("alone.example", "tcp-redis-alone", [[alone.port]]),
    resource("redis.aeraki.io", "RedisDestination", "alone", { host: "alone.example", trafficPolicy: { connectionPool: { redis: { auth: plain(ALONE_PASSWORD) } } } }),
    resource("redis.aeraki.io", "RedisService", "cache", {
      host: ["cache.example"], settings: { auth: plain(CLIENTS_PASSWORD), enableHashtagging: true, enableCommandStats: true },
      redis: [
        { match: { key: { prefix: "a:" } }, route: { host: "alone.example" } },
        { match: { key: { prefix: "cut:", removePrefix: true } }, route: { host: "cache.example" } },
        { match: { key: { prefix: "cut:not:" } }, route: { host: "cache.example" } },
        { match: { key: { prefix: "copied:" } }, route: { host: "cache.example" }, mirror: [{ route: { host: "alone.example" }, excludeReadCommands: true }] },
        { route: { host: "cache.example" } },
      ],
    }),
    resource("redis.aeraki.io", "RedisService", "reads", { host: ["reads.example"], settings: { readPolicy: "REPLICA" } }),
    policy("who", { auth: { rules: [
      { name: "all", action: "deny", match: [{ command: { exact: "flushall" } }] }, { name: "secrets", action: "deny", match: [{ key: { prefix: "secret:" } }] },
    ], default: "allow" } }),
    policy("asks", { match: [{ key: { prefix: "asked:" } }], extAuth: { service: { host: "127.0.0.1", port: judge.port }, path: "/check", timeoutMs: 5000, headers: { "x-user": "key" } } }),
    policy("breaks", { match: [{ key: { prefix: "broken:" } }], fault: { abort: { code: "LOADING", text: "not today" } } }),
    policy("limits", { match: [{ command: { exact: "getdel" } }], localRateLimit: { bucket: { max: 2, tokensPerFill: 1, fillMs: 3_600_000 } } }),
    policy("tells", { metrics: {}, accessLog: { format: "seen %REQ(command)% of %REQ(key)% by %CLUSTER%: %RESPONSE_FLAGS%" } }),
  ].join("\n---\n"), { logLevel: "warning,wasm:info" });
  ports = await portsOf(mesh);
});

after(async () => {
  await mesh?.envoy.stop();
  await Promise.allSettled([cluster?.stop(), alone?.stop(), judge.stop()]);
});

const on = <T>(name: string, work: (client: RespClient) => Promise<T>): Promise<T> =>
  using(RespClient.connect(ports[name]!, name === "cache" ? { password: CLIENTS_PASSWORD } : {}), work);

const ways = ["cache", "once"] as const;

for (const way of ways) {
  describe(way === "cache" ? "over lanes" : "inline", () => {
    test("each key is where the cluster itself looks for it, and all nodes have some", () => on(way, async (client) => {
      const keys = Array.from({ length: 60 }, (_, i) => `${way}:${i}`);
      assert.deepEqual(new Set(await client.pipeline(keys.map((key) => ["SET", key, key]))), new Set(["OK"]));
      assert.deepEqual(await client.pipeline(keys.map((key) => ["GET", key])), keys);
      const seen = await redisCli({ port: cluster.servers[0]!.port, password: NODES_PASSWORD }, keys.map((key) => `get ${key}`), ["-c"]);
      assert.deepEqual([...seen.matchAll(/^"(.*)"$/gm)].map(([, value]) => value), keys);
      const owners = new Map<number, number>();
      for (const key of keys) {
        const { server } = await cluster.master(key);
        owners.set(server.port, (owners.get(server.port) ?? 0) + 1);
      }
      assert.equal(owners.size, 3);
      for (const [port, count] of owners) assert.ok(count >= 5, `${count} at ${port}`);
    }));

    test("commands of many keys are shared out among the nodes; hash tags keep keys together", () => on(way, async (client) => {
      const keys = Array.from({ length: 10 }, (_, i) => `${way}:many:${i}`);
      assert.deepEqual(await client.pipeline([
        ["MSET", ...keys.flatMap((key) => [key, `of ${key}`])], ["MGET", ...keys, "none"], ["EXISTS", ...keys, "none"], ["DEL", ...keys, "none"], ["MGET", ...keys],
      ]), ["OK", [...keys.map((key) => `of ${key}`), null], 10, 10, keys.map(() => null)]);
      const tagged = ["1", "2", "3"].map((i) => `{${way}}:${i}`);
      assert.deepEqual(await client.pipeline([
        ["SADD", tagged[0]!, "a", "b"], ["SADD", tagged[1]!, "b", "c"], ["SINTERSTORE", tagged[2]!, tagged[0]!, tagged[1]!], ["SMEMBERS", tagged[2]!],
        ["EVAL", "return redis.call('scard', KEYS[1]) + redis.call('scard', KEYS[2])", 2, tagged[0]!, tagged[1]!], ["RENAME", tagged[2]!, tagged[0]!],
      ]), [2, 2, 1, ["b"], 4, "OK"]);
      assert.match(text(await client.call("SINTER", `${way}:x`, `${way}:y`)), /^CROSSSLOT /);
    }));

    test("transactions run on the node of their first key, and not over two", () => on(way, async (client) => {
      const [one, two] = [`{${way}}:one`, `{${way}}:two`];
      assert.deepEqual(await client.pipeline([["MULTI"], ["SET", one, "1"], ["INCR", one], ["SET", two, "2"], ["EXEC"], ["MGET", one, two]]),
        ["OK", "QUEUED", "QUEUED", "QUEUED", ["OK", 2, "OK"], ["2", "2"]]);
      assert.deepEqual(await client.pipeline([["MULTI"], ["SET", one, "9"], ["DISCARD"], ["GET", one]]), ["OK", "QUEUED", "OK", "2"]);
      const [here, there] = await onTwoNodes(`${way}:two`);
      const replies = await client.pipeline([["MULTI"], ["SET", here, "1"], ["SET", there, "1"], ["EXEC"]]);
      assert.match(text(replies[2]!), /^MOVED /);
      assert.match(text(replies[3]!), /^EXECABORT /);
      assert.equal(await client.call("EXISTS", here, there), 0);
    }));

    test("WATCH is refused: redis_proxy would say OK and watch nothing", () => on(way, async (client) => {
      const replies = await client.pipeline([["SET", `${way}:w`, "1"], ["WATCH", `${way}:w`], ["GET", `${way}:w`]]);
      assert.match(text(replies[1]!), /^ERR WATCH /);
      assert.deepEqual([replies[0], replies[2]], ["OK", "1"]);
    }));

    test("20,000 pipelined commands on one connection: every reply is the right one", () => on(way, async (client) => {
      const commands = Array.from({ length: 5000 }, (_, i): Argument[][] => [["SET", `${way}:pipe:${i % 97}`, i], ["GET", `${way}:pipe:${i % 97}`], ["INCR", `{${way}}:n`], ["STRLEN", "none"]]);
      await client.call("DEL", `{${way}}:n`);
      const replies = await client.pipeline(commands.flat());
      const wrong = replies.findIndex((reply, i) => reply !== ["OK", String(i >> 2), (i >> 2) + 1, 0][i & 3]);
      assert.equal(wrong, -1, `reply ${wrong} is ${JSON.stringify(replies[wrong])}`);
    }));

    test("a value of 16 MiB there and back, and commands behind it", () => on(way, async (client) => {
      const value = Buffer.alloc(16 * MIB, "0123456789abcdef\r\n");
      const [set, length, got, ping] = await client.pipeline([["SET", `${way}:large`, value], ["STRLEN", `${way}:large`], ["GET", `${way}:large`], ["PING"]]);
      assert.deepEqual([set, length, ping], ["OK", value.length, "PONG"]);
      const digest = (bytes: Buffer): string => createHash("sha256").update(bytes).digest("hex");
      assert.equal(digest(Buffer.from(got as string)), digest(value));
      assert.equal(await client.call("DEL", `${way}:large`), 1);
    }));
  });
}

/** Two keys that different masters serve. */
async function onTwoNodes(prefix: string): Promise<[string, string]> {
  const first = `${prefix}:0`, { id } = await cluster.master(first);
  for (let i = 1; ; i++) if ((await cluster.master(`${prefix}:${i}`)).id !== id) return [first, `${prefix}:${i}`];
}

describe("routes", () => {
  test("by prefix to a server alone and to the cluster, on one connection", () => on("cache", async (client) => {
    assert.deepEqual(await client.pipeline([["SET", "a:1", "alone"], ["SET", "c:1", "cluster"], ["GET", "a:1"], ["GET", "c:1"]]), ["OK", "OK", "alone", "cluster"]);
    assert.equal(await using(RespClient.connect(alone.port, { password: ALONE_PASSWORD }), (direct) => direct.call("GET", "a:1")), "alone");
    assert.equal(await held(cluster, "c:1"), "cluster");
    assert.match(text(await client.call("MGET", "a:1", "c:1")), /^CROSSSLOT /);
  }));

  test("removePrefix: the cluster has keys without it, but for a longer prefix that stays", () => on("cache", async (client) => {
    assert.deepEqual(await client.pipeline([["MSET", "cut:1", "x", "cut:2", "y"], ["SET", "cut:not:3", "z"], ["MGET", "cut:1", "cut:2"], ["GET", "cut:not:3"]]), ["OK", "OK", ["x", "y"], "z"]);
    assert.deepEqual([await held(cluster, "1"), await held(cluster, "2"), await held(cluster, "cut:not:3")], ["x", "y", "z"]);
  }));

  test("a mirror without reads gets writes alone", () => on("cache", async (client) => {
    const direct = await RespClient.connect(alone.port, { password: ALONE_PASSWORD });
    const [reads] = await count(direct, "get");
    assert.deepEqual(await client.pipeline([["SET", "copied:1", "it"], ["GET", "copied:1"], ["APPEND", "copied:1", "s"], ["GET", "copied:1"]]), ["OK", "it", 3, "its"]);
    await until("the copies have come", 10_000, async () => await direct.call("STRLEN", "copied:1") === 3);
    assert.deepEqual(await count(direct, "get"), [reads]);
    await direct.close();
  }));

  test("readPolicy REPLICA: replicas answer what only reads", () => on("reads", async (client) => {
    await client.call("SET", "read:1", "it");
    await until("the replica has it", 10_000, async () => await client.call("GET", "read:1") === "it");
    const nodes = await cluster.nodes(), master = await cluster.master("read:1");
    const replica = nodes.find(({ masterId }) => masterId === master.id)!;
    const gets = (): Promise<number[][]> => Promise.all([master, replica].map(({ server }) => using(RespClient.connect(server.port, { password: NODES_PASSWORD }), (direct) => count(direct, "get"))));
    const [[atMaster], [atReplica]] = await gets() as [[number], [number]];
    assert.deepEqual(new Set(await client.pipeline(Array.from({ length: 20 }, () => ["GET", "read:1"]))), new Set(["it"]));
    assert.deepEqual(await gets(), [[atMaster], [atReplica + 20]]);
  }));
});

/** How often a server has run some commands. */
async function count(direct: RespClient, ...commands: string[]): Promise<number[]> {
  const stats = String(await direct.call("INFO", "commandstats"));
  return commands.map((command) => Number(new RegExp(`cmdstat_${command}:calls=(\\d+)`).exec(stats)?.[1] ?? 0));
}

describe("filters in front of the cluster", () => {
  test("rules, a service that decides, faults and limits: what is refused never runs, what follows does", () => on("guarded", async (client) => {
    const replies = await client.pipeline([
      ["SET", "g:1", "it"], ["FLUSHALL"], ["SET", "secret:1", "x"], ["MGET", "g:1", "secret:1"], ["SET", "broken:1", "x"], ["SET", "asked:ann", "x"], ["GET", "g:1"],
      ["GETDEL", "g:none"], ["GETDEL", "g:none"], ["GETDEL", "g:1"], ["GET", "g:1"],
    ]);
    assert.deepEqual(replies.map((reply) => reply instanceof RespError ? reply.message.split(" ")[0] : reply),
      ["OK", "NOPERM", "NOPERM", "NOPERM", "LOADING", "OK", "it", null, null, "ERR", "it"], JSON.stringify(replies));
    assert.deepEqual([await held(cluster, "secret:1"), await held(cluster, "broken:1"), await held(cluster, "asked:ann")], [null, null, "x"]);
    assert.deepEqual(judge.asked.map((headers) => headers["x-user"]), ["asked:ann"]);
  }));

  test("metrics and the access log tell of them", async () => {
    await until("all are counted", 10_000, async () => await mesh.count("istio_requests_total.*guarded") === 11);
    assert.equal(await mesh.count("istio_requests_total.*response_flags=\\.=UAEX"), 3);
    await until("all lines are there", 10_000, () => mesh.envoy.log().match(/seen \w+ of \S+ by \S+\|outbound\|0\|\|guarded\.example: /g)?.length === 11);
    assert.match(mesh.envoy.log(), /seen flushall of - by \S+: UAEX/);
    assert.match(mesh.envoy.log(), /seen getdel of g:1 by \S+: RL/);
  });
});

describe("passwords", () => {
  test("clients say the mesh's, nodes hear their own", async () => {
    const client = await RespClient.connect(ports.cache!);
    assert.match(text(await client.call("GET", "c:1")), /^NOAUTH /);
    assert.match(text(await client.call("AUTH", NODES_PASSWORD)), /^WRONGPASS /);
    assert.equal(await client.call("AUTH", CLIENTS_PASSWORD), "OK");
    assert.equal(await client.call("SET", "c:auth", "1"), "OK");
    await client.close();
  });

  test("none is in a log or a statistic", async () => {
    const seen = mesh.envoy.log() + await mesh.envoy.get("/stats");
    for (const password of [CLIENTS_PASSWORD, NODES_PASSWORD, ALONE_PASSWORD]) assert.ok(!seen.includes(password), password);
  });
});

test("commands that are taken for reads are those that nodes call so", async () => {
  const commands = await cluster.ask(cluster.servers[0]!, "COMMAND") as [name: string, arity: number, flags: string[], first: number][];
  const keyed = commands.filter(([name, , flags, first]) => first > 0 && !flags.includes("blocking") && name !== "clusterscan");
  const wrong = keyed.filter(([name, , flags]) => flags.includes("readonly") !== REDIS_READS.includes(name)).map(([name]) => name);
  assert.deepEqual(wrong, []);
});

test("docs/redis.md names all commands that redis_proxy does not know", async () => {
  const commands = await cluster.ask(cluster.servers[0]!, "COMMAND") as [name: string, arity: number][], unknown: string[] = [];
  for (const [name, arity] of commands) {
    const reply = await using(RespClient.connect(ports.open!), (client) => client.call(name, ...Array.from({ length: Math.abs(arity) - 1 }, () => "{x}")));
    if (/^ERR unknown command/.test(text(reply))) unknown.push(name.toUpperCase());
  }
  const [, listed] = /Not known, `ERR unknown command`:\s+([^.]+)\./.exec(readText("docs/redis.md"))!;
  assert.deepEqual(listed!.split(/[\s,]+/).sort(), unknown.sort());
});

test("what docs/redis.md says of others is so", () => on("open", async (client) => {
  const [here, there] = await onTwoNodes("bounds");
  const replies = await client.pipeline([
    ["HELLO", 3], ["SELECT", 1], ["AUTH", "x"], ["CLIENT", "ID"], ["EVAL", "return 7", 0], ["CLUSTER", "MYID"], ["PING", "x"], ["CLIENT", "SETNAME", "x"], ["SELECT", 0],
  ]);
  assert.deepEqual(replies.slice(0, 6).map((reply) => text(reply).split(" ")[0]), ["NOPROTO", "ERR", "ERR", "ERR", "wrong", "ERR"], JSON.stringify(replies));
  assert.deepEqual(replies.slice(6), ["PONG", "OK", "OK"]);
  assert.equal((await client.call("SCAN", 0) as unknown[]).length, 6);
  assert.equal((await client.call("CONFIG", "GET", "maxmemory") as unknown[]).length, 6);
  const behind = await client.pipeline([["MULTI"], ["SET", here, "1"], ["NOSUCH"], ["EXEC"], ["GET", there]]);
  assert.deepEqual(behind.slice(3, 4), [["OK"]]);
  assert.match(text(behind[4]!), /^MOVED /);
  assert.equal(await client.call("GET", there), null);
  assert.match(text((await client.pipeline([["MULTI"], ["EXISTS", here], ["DISCARD"]]))[1]!), /not supported within transaction/);
}));

test("redis-benchmark, lanes and inline", async () => {
  for (const name of ["guarded", "once"]) {
    const rates = await redisBenchmark({ port: ports[name]!, requests: 2000, clients: 5, pipeline: 8, tests: ["set", "get", "incr", "lpush", "lpop", "sadd", "hset", "mset"] });
    assert.equal(rates.size, 8, JSON.stringify([...rates]));
  }
});

test("no reply was late, unknown or second; nothing was unreadable; no VM has died", async () => {
  for (const metric of ["meltemi_unknown_replies", "meltemi_bad_requests", "meltemi_bad_replies", "meltemi_cut_answers"]) {
    assert.equal(await mesh.count(metric), 0, metric);
  }
  assert.doesNotMatch(mesh.envoy.log(), /abort:|Uncaught|Function: proxy_on/);
});
