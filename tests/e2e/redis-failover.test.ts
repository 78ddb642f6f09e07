/** examples/redis-cluster while its cluster changes: a slot moves, a master dies. Clients know nothing of it. */
import assert from "node:assert/strict";
import { after, before, test } from "node:test";
import { type ClusterNode, type RedisCluster, startRedisCluster } from "../../harness/peers/redis/cluster.ts";
import { RespClient, RespError, type RedisServer, type Reply, startRedis } from "../../harness/peers/redis/index.ts";
import { until } from "../../harness/tools/wait.ts";
import { type Mesh, readText, serviceEntry, startMesh } from "./mesh.ts";
import { Folder, startClientOf, startPlane } from "./plane.ts";
import { clusterEntry, held, text, using } from "./redis-cluster.ts";

/** As the example has them. */
const NODES = "for-the-nodes", CLIENTS = "for-clients";
const PROMOTED_MS = 60_000;

let cluster: RedisCluster, alone: RedisServer, mesh: Mesh, port: number, patient: number;

before(async () => {
  [cluster, alone] = await Promise.all([startRedisCluster({ password: NODES }), startRedis()]);
  const real: Record<string, number> = { 7001: cluster.servers[0]!.port, 7002: cluster.servers[1]!.port, 6380: alone.port, 6379: 0, 6389: 0 };
  const example = readText("examples/redis-cluster/mesh.yaml").replace(/\b(700[12]|63[78][09])\b/g, (word) => String(real[word]));
  const retries = { attempts: 60, retryOn: "server", backoff: "250ms", maxBackoff: "500ms", budgetPercent: 100 };
  const route = [{ destination: { host: "patient.example" } }];
  mesh = await startMesh([example, clusterEntry("patient", cluster), JSON.stringify({
    apiVersion: "networking.istio.io/v1", kind: "VirtualService", metadata: { name: "patient" }, spec: { hosts: ["patient.example"], http: [{ name: "all", retries, route }] },
  })].join("\n---\n"));
  const listeners = [...await mesh.envoy.listeners()];
  port = listeners.find(([name]) => name.includes("cache.demo"))![1].port;
  patient = listeners.find(([name]) => name.includes("patient"))![1].port;
});

after(async () => {
  await mesh?.envoy.stop();
  await Promise.allSettled([cluster?.stop(), alone?.stop()]);
});

const connected = (): Promise<RespClient> => RespClient.connect(port, { password: CLIENTS });

test("the example: the cluster behind one address, a prefix elsewhere, and what nobody may do", () => using(connected(), async (client) => {
  assert.deepEqual(await client.pipeline([["MSET", "page:1", "a", "page:2", "b", "page:3", "c"], ["SET", "session:1", "ann"], ["MGET", "page:1", "page:2", "page:3"]]), ["OK", "OK", ["a", "b", "c"]]);
  assert.equal(await using(RespClient.connect(alone.port), (direct) => direct.call("GET", "session:1")), "ann");
  assert.match(text(await client.call("FLUSHALL")), /^NOPERM /);
  assert.equal(await held(cluster, "page:1"), "a");
}));

/** Moves a slot by hand, and stops half way: its first keys are gone, the others still there. */
async function moveSlot(keys: string[], halfWay: () => Promise<void>): Promise<ClusterNode> {
  const from = await cluster.master(keys[0]!), slot = Number(await cluster.ask(from.server, "CLUSTER", "KEYSLOT", keys[0]!));
  const masters = (await cluster.nodes()).filter(({ role }) => role === "master"), to = masters.find(({ id }) => id !== from.id)!;
  const migrate = async (some: string[]): Promise<void> => {
    assert.equal(await cluster.ask(from.server, "MIGRATE", "127.0.0.1", to.server.port, "", 0, 5000, "AUTH", NODES, "KEYS", ...some), "OK");
  };
  assert.equal(await cluster.ask(to.server, "CLUSTER", "SETSLOT", slot, "IMPORTING", from.id), "OK");
  assert.equal(await cluster.ask(from.server, "CLUSTER", "SETSLOT", slot, "MIGRATING", to.id), "OK");
  await migrate(keys.slice(0, keys.length / 2));
  await halfWay();
  await migrate(keys.slice(keys.length / 2));
  for (const { server } of [to, from, ...masters.filter(({ id }) => id !== to.id && id !== from.id)]) assert.equal(await cluster.ask(server, "CLUSTER", "SETSLOT", slot, "NODE", to.id), "OK");
  return to;
}

test("a slot moves to another master: ASK and then MOVED are followed, no client sees either", () => using(connected(), async (client) => {
  const keys = Array.from({ length: 10 }, (_, i) => `{moving}:${i}`), reads = keys.map((key) => ["GET", key]);
  await client.pipeline(keys.map((key) => ["SET", key, key]));
  const to = await moveSlot(keys, async () => {
    assert.deepEqual(await client.pipeline(reads), keys);
    // a key that is not there yet is made where the slot goes
    assert.deepEqual(await client.pipeline([["SET", "{moving}:new", "1"], ["INCR", "{moving}:new"]]), ["OK", 2]);
    assert.match(text(await cluster.ask((await cluster.master(keys[0]!)).server, "GET", keys[0]!) as Reply), /^ASK /);
  });
  assert.deepEqual(await client.pipeline(reads), keys);
  assert.equal((await cluster.master(keys[0]!)).id, to.id);
  assert.equal(await held(cluster, keys[9]!), keys[9]);
  assert.deepEqual(await client.pipeline([["INCR", "{moving}:new"], ["MGET", ...keys]]), [3, keys]);
}));

for (const mode of ["delta", "sotw"] as const) {
  test(`${mode}: what was one server becomes a cluster under an open connection, and one server again`, async () => {
    const folder = new Folder(), ends: (() => unknown)[] = [() => folder.remove()];
    const single = serviceEntry("turns.example", "tcp-redis-turns", [[alone.port]]), other = serviceEntry("other.example", "tcp-redis-other", [[alone.port]]);
    const whole = [clusterEntry("turns", cluster), readText("examples/redis-cluster/mesh.yaml").split("---\n").at(-1)!].join("\n---\n");
    try {
      folder.write([single, other].join("\n---\n"));
      const plane = await startPlane(folder, { drainTimeoutMs: 300 });
      ends.push(() => plane.stop());
      // it asks for one service only, and so does not hear of the other's
      const envoy = await startClientOf(plane, { mode, metadata: { services: ["turns.example"] } });
      ends.push(() => envoy.stop());
      const client = await RespClient.connect(await until("its listener", 20_000, async () => [...await envoy.listeners()][0]?.[1].port));
      ends.push(() => client.close());
      const key = `turns:${mode}`, replies: Reply[] = [];
      let over = false;
      const load = (async () => {
        while (!over) replies.push(await client.call("INCR", key));
      })();
      const grows = (what: string, count: () => Promise<unknown>): Promise<unknown> => until(what, 20_000, async () => Number(await count()) > 5);
      const atAlone = (): Promise<Reply> => using(RespClient.connect(alone.port), (direct) => direct.call("GET", key));
      await grows("the server counts", atAlone);
      folder.write([whole, other].join("\n---\n"));
      await grows("the cluster counts", () => held(cluster, key));
      await using(RespClient.connect(alone.port), (direct) => direct.call("DEL", key));
      folder.write([single, other].join("\n---\n"));
      await grows("the server counts again", atAlone);
      over = true;
      await load;
      // redis_proxy may be there before the cluster has told of its nodes
      assert.deepEqual(replies.filter((reply) => reply instanceof RespError && reply.message !== "no upstream host"), [], envoy.log());
      assert.equal((await envoy.stats("update_rejected$|update_failure$")).get("listener_manager.lds.update_rejected"), 0);
    } finally {
      for (const end of ends.reverse()) await end();
    }
  });
}

interface Seen { replies: number; errors: Reply[]; last: Reply }

/** Asks for a key again and again until told to stop. */
function reader(client: RespClient, key: string): { seen: Seen; stop(): Promise<void> } {
  const seen: Seen = { replies: 0, errors: [], last: null };
  let stopped = false;
  const work = (async () => {
    while (!stopped) {
      seen.last = await client.call("GET", key);
      seen.replies++;
      if (seen.last instanceof RespError) seen.errors.push(seen.last);
      await new Promise((resolve) => setTimeout(resolve, 5));
    }
  })();
  return { seen, stop: () => { stopped = true; return work; } };
}

test("a master is killed: its keys fail until its replica serves them, those of others never; retries make it a wait", async () => {
  const keys = Array.from({ length: 60 }, (_, i) => `fail:${i}`), client = await connected();
  await client.pipeline(keys.map((key) => ["SET", key, key]));
  const victim = await cluster.master("fail:0"), byNode = new Map<string, string[]>();
  for (const key of keys) {
    const { id } = await cluster.master(key);
    byNode.set(id, [...byNode.get(id) ?? [], key]);
  }
  const [lost, kept] = [byNode.get(victim.id)!, [...byNode].filter(([id]) => id !== victim.id).flatMap(([, each]) => each)];
  // what a replica has not got yet would be lost with its master
  await until("replicas have all", 20_000, async () => Number(await cluster.ask(victim.server, "WAIT", 1, 1000)) === 1);
  const clients = await Promise.all([connected(), connected(), RespClient.connect(patient, { patienceMs: PROMOTED_MS })]);
  const [ofLost, ofKept, ofPatient] = [lost[0]!, kept[0]!, lost[0]!].map((key, i) => reader(clients[i]!, key)) as [ReturnType<typeof reader>, ReturnType<typeof reader>, ReturnType<typeof reader>];
  await until("all three are answered", 20_000, () => [ofLost, ofKept, ofPatient].every(({ seen }) => seen.replies > 5));
  await victim.server.stop();

  await until("its keys are missed", PROMOTED_MS, () => ofLost.seen.errors.length > 0);
  const promoted = await until("a replica is promoted", PROMOTED_MS, async () => {
    const master = await cluster.master(lost[0]!);
    return master.id === victim.id ? null : master;
  });
  assert.notEqual(promoted.server.port, victim.server.port);
  await until("its keys are served again", PROMOTED_MS, () => ofLost.seen.last === lost[0]);
  await until("all of them are, on the same connection", PROMOTED_MS, async () => (await client.pipeline(keys.map((key) => ["GET", key]))).every((reply, i) => reply === keys[i]));
  const before = ofPatient.seen.replies;
  await until("the patient one is answered", PROMOTED_MS, () => ofPatient.seen.replies > before + 5);
  await Promise.all([ofLost, ofKept, ofPatient].map((each) => each.stop()));

  for (const error of ofLost.seen.errors) assert.match(text(error), /^(upstream failure|no upstream host|CLUSTERDOWN |MOVED |ERR )/);
  assert.deepEqual([ofKept.seen.errors, ofPatient.seen.errors], [[], []]);
  assert.equal(await client.call("SET", lost[0]!, "after"), "OK");
  assert.equal(await held(cluster, lost[0]!), "after");
  await Promise.all([client, ...clients].map((each) => each.close()));
});

test("no reply was late, unknown or second; no VM has died", async () => {
  for (const metric of ["meltemi_unknown_replies", "meltemi_bad_requests", "meltemi_bad_replies"]) assert.equal(await mesh.count(metric), 0, metric);
  assert.doesNotMatch(mesh.envoy.log(), /abort:|Uncaught|Function: proxy_on/);
});
