/** RedisService and RedisDestination: clients say the mesh's password, servers hear their own. */
import assert from "node:assert/strict";
import { after, before, test } from "node:test";
import { LIBRARIES, redisCli, RespClient, RespError, type RedisServer, type Reply, startRedis, type Step, transcript } from "../../harness/peers/redis/index.ts";
import { type Mesh, serviceEntry, startMesh } from "./mesh.ts";

const PASSWORDS = { cache: "the cache's own", sessions: "the sessions' own", mesh: "what clients know" };

const servers: Record<string, RedisServer> = {};
const direct: Record<string, RespClient> = {};
let mesh: Mesh, port: number;

const aeraki = (kind: string, name: string, spec: object): string =>
  JSON.stringify({ apiVersion: "redis.aeraki.io/v1alpha1", kind, metadata: { name, namespace: "default" }, spec });

before(async () => {
  for (const [name, password] of Object.entries(PASSWORDS)) {
    servers[name] = await startRedis({ password });
    direct[name] = await RespClient.connect(servers[name].port, { password });
  }
  const destination = (host: "cache" | "sessions", auth: object): string =>
    aeraki("RedisDestination", host, { host: `${host}.example`, trafficPolicy: { connectionPool: { redis: { auth } } } });
  mesh = await startMesh([
    serviceEntry("cache.example", "tcp-redis-cache", [[servers.cache!.port]]),
    serviceEntry("sessions.example", "tcp-redis-sessions", [[servers.sessions!.port]]),
    aeraki("RedisService", "cache", {
      host: ["cache.example"], settings: { auth: { secret: { name: "clients" } } },
      redis: [{ match: { key: { prefix: "s:" } }, route: { host: "sessions.example" } }, { route: { host: "cache.example" } }],
    }),
    destination("cache", { plain: { password: PASSWORDS.cache } }),
    destination("sessions", { secret: { name: "sessions" } }),
    JSON.stringify({ apiVersion: "v1", kind: "Secret", metadata: { name: "clients", namespace: "default" }, stringData: { password: PASSWORDS.mesh } }),
    JSON.stringify({ apiVersion: "v1", kind: "Secret", metadata: { name: "sessions", namespace: "default" }, stringData: { username: "default", password: PASSWORDS.sessions } }),
  ].join("\n---\n"));
  port = [...await mesh.envoy.listeners()].find(([name]) => name.includes("cache"))![1].port;
});

after(async () => {
  await Promise.allSettled([...Object.values(direct).map((client) => client.close()), mesh?.envoy.stop()]);
  await Promise.allSettled(Object.values(servers).map((server) => server.stop()));
});

const text = (reply: Reply): string => reply instanceof RespError ? reply.message : `no error: ${JSON.stringify(reply)}`;

test("nothing is served before the password, and no server's own opens the door", async () => {
  const client = await RespClient.connect(port);
  for (const command of [["GET", "k"], ["SET", "s:k", "1"], ["PING"], ["MULTI"], ["SUBSCRIBE", "x"], ["SELECT", "1"], ["HELLO", "3"]]) {
    assert.match(text(await client.call(...command)), /^NOAUTH /, command.join(" "));
  }
  for (const wrong of [PASSWORDS.cache, PASSWORDS.sessions, "", `${PASSWORDS.mesh} `]) {
    assert.match(text(await client.call("AUTH", wrong)), /^WRONGPASS /);
    assert.match(text(await client.call("HELLO", "3", "AUTH", "default", wrong)), /^WRONGPASS /);
  }
  assert.match(text(await client.call("AUTH", "somebody", PASSWORDS.mesh)), /^WRONGPASS /);
  assert.match(text(await client.call("GET", "k")), /^NOAUTH /);
  assert.equal(await client.call("AUTH", PASSWORDS.mesh), "OK");
  assert.equal(await client.call("PING"), "PONG");
  await client.close();
});

test("each server is told its own password, the keys are where their prefix leads", async () => {
  for (const resp3 of [false, true]) {
    const client = await RespClient.connect(port, { password: PASSWORDS.mesh, resp3 });
    assert.deepEqual(await client.pipeline([["SET", "s:k", "sessions"], ["SET", "k", "cache"], ["GET", "s:k"], ["GET", "k"]]), ["OK", "OK", "sessions", "cache"]);
    assert.deepEqual(await client.pipeline([["MULTI"], ["SET", "s:k", "2"], ["INCR", "s:k"], ["EXEC"]]), ["OK", "QUEUED", "QUEUED", ["OK", 3]]);
    assert.match(text(await client.call("MGET", "s:k", "k")), /^CROSSSLOT /);
    await client.close();
  }
  assert.deepEqual(await direct.sessions!.pipeline([["GET", "s:k"], ["EXISTS", "k"]]), ["3", 0]);
  assert.deepEqual(await direct.cache!.pipeline([["GET", "k"], ["EXISTS", "s:k"]]), ["cache", 0]);
});

for (const library of LIBRARIES) {
  test(`${library}: every step of its program gives what a server with that password gives`, async () => {
    for (const protocol of [2, 3] as const) {
      const options = { protocol, password: PASSWORDS.mesh, db: 2 };
      const [without, steps] = await Promise.all([servers.mesh!.port, port].map((each) => transcript(library, { port: each, ...options }))) as [Step[], Step[]];
      for (const [i, step] of without.entries()) assert.deepEqual(steps[i], step, mesh.envoy.log());
    }
  });
}

test("redis-cli", async () => {
  assert.match(await redisCli({ port, password: PASSWORDS.mesh }, ["set s:cli 1", "incr s:cli", "ping"]), /^OK\n\(integer\) 2\nPONG\n$/);
  assert.match(await redisCli({ port }, ["get k"]), /NOAUTH/);
});

test("no password is in a log or a statistic", async () => {
  const seen = mesh.envoy.log() + await mesh.envoy.get("/stats");
  for (const password of Object.values(PASSWORDS)) assert.ok(!seen.includes(password), password);
});
