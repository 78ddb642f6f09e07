/** Real clients that close right behind their requests: on lanes as without Envoy, all of them run, and none twice. */
import assert from "node:assert/strict";
import { once } from "node:events";
import { connect, type Socket } from "node:net";
import { after, before, test } from "node:test";
import { type RedisServer, RespClient, startRedis } from "../../harness/peers/redis/index.ts";
import { startClient, startServer, type ThriftClient, type ThriftServer } from "../../harness/peers/thrift/index.ts";
import { until } from "../../harness/tools/wait.ts";
import { type Mesh, serviceEntry, startMesh } from "./mesh.ts";
import { framed, message, ONEWAY } from "./thrift-bytes.ts";

const CLIENTS = 30, PASSWORD = "the server's own";

let redis: RedisServer, guarded: RedisServer, thrift: ThriftServer, mesh: Mesh;
let direct: RespClient, behind: RespClient, witness: ThriftClient;
const ports: Record<string, number> = {};

before(async () => {
  redis = await startRedis();
  guarded = await startRedis({ password: PASSWORD });
  thrift = await startServer("python", { name: "python", transport: "framed" });
  direct = await RespClient.connect(redis.port);
  behind = await RespClient.connect(guarded.port, { password: PASSWORD });
  witness = await startClient("go", { port: thrift.port, transport: "framed" });
  mesh = await startMesh([
    serviceEntry("redis.example", "tcp-redis", [[redis.port]]), serviceEntry("guarded.example", "tcp-redis", [[guarded.port]]), serviceEntry("thrift.example", "tcp-thrift", [[thrift.port]]),
    JSON.stringify({ apiVersion: "redis.aeraki.io/v1alpha1", kind: "RedisDestination", metadata: { name: "guarded", namespace: "default" },
      spec: { host: "guarded.example", trafficPolicy: { connectionPool: { redis: { auth: { plain: { password: PASSWORD } } } } } } }),
  ].join("\n---\n"));
  for (const [listener, { port }] of await mesh.envoy.listeners()) ports[["redis", "guarded", "thrift"].find((name) => listener.includes(`${name}.example`))!] = port;
});

after(async () => {
  await Promise.allSettled([mesh?.envoy.stop(), direct?.close(), behind?.close(), witness?.stop()]);
  await Promise.allSettled([redis?.stop(), guarded?.stop(), thrift?.kill()]);
});

const command = (...words: string[]): string => `*${words.length}\r\n${words.map((word) => `$${Buffer.byteLength(word)}\r\n${word}\r\n`).join("")}`;

/** A client's last bytes, and its end: `close` as a process that is killed, `end` as one that still listens, for a moment. */
const LAST: Record<string, (socket: Socket, bytes: string | Buffer) => void> = {
  close: (socket, bytes) => socket.write(bytes, () => socket.destroy()),
  end: (socket, bytes) => socket.end(bytes),
};

/** Clients one after the other that say something and go at once; resolves when Envoy has nothing more to do for any. */
async function clients(service: string, last: keyof typeof LAST, bytes: (n: number) => string | Buffer, first = ""): Promise<void> {
  for (let n = 0; n < CLIENTS; n++) {
    const socket = connect({ port: ports[service]!, host: "127.0.0.1", noDelay: true }).on("error", () => socket.destroy());
    await once(socket, "connect");
    if (first) {
      socket.write(first);
      await once(socket, "data");
    }
    LAST[last]!(socket.resume(), bytes(n));
    await once(socket, "close");
  }
  await until("all has been said to servers", 20_000, async () => {
    const open = await mesh.envoy.stats(`${service}.example.*(downstream_cx_active|upstream_rq_active|upstream_rq_pending_active)`);
    assert.ok(open.size >= 3);
    return [...open.values()].every((count) => count === 0);
  });
}

/** What was written to an open lane may be with its server a moment later. */
async function counted(read: () => Promise<number>, expected: number): Promise<void> {
  let found = 0;
  await until(`${expected} have run`, 10_000, async () => (found = await read()) >= expected).catch(() => undefined);
  assert.equal(found, expected);
}

for (const last of ["close", "end"] as const) {
  test(`a new client's three commands and its ${last}: all have run, each once`, async () => {
    await direct.call("DEL", "n");
    await clients("redis", last, () => command("INCR", "n").repeat(3));
    await counted(async () => Number(await direct.call("GET", "n")), CLIENTS * 3);
  });

  test(`three commands of a client that was served before, and its ${last}: the same`, async () => {
    await direct.call("DEL", "n");
    await clients("redis", last, () => command("INCR", "n").repeat(3), command("PING"));
    await counted(async () => Number(await direct.call("GET", "n")), CLIENTS * 3);
  });
}

test("what the filter says for its clients, and what they have said of themselves, comes first", async () => {
  await clients("guarded", "close", () => command("INCR", "n") + command("SELECT", "3") + command("INCR", "n").repeat(2));
  assert.deepEqual(await behind.pipeline([["GET", "n"], ["SELECT", 3], ["GET", "n"]]), [String(CLIENTS), "OK", String(CLIENTS * 2)]);
});

test("one-way calls, and an end in the middle of another", async () => {
  const ran = async (method: string): Promise<number> => Number((await witness.call({ method: "calls", args: [method] })).value);
  const before = await ran("notify");
  const notify = framed(message(ONEWAY, "notify", Buffer.from("x"))), echo = framed(message(ONEWAY, "notify", Buffer.from("never whole")));
  await clients("thrift", "close", () => Buffer.concat([notify, notify, echo.subarray(0, -3)]));
  await counted(async () => await ran("notify") - before, CLIENTS * 2);
});

test("what was run without its client is counted, and nothing was lost", async () => {
  await until("counted", 10_000, async () => await mesh.count("meltemi_run_after_close") > 0);
  const lost = await mesh.envoy.stats("meltemi_lost_at_close");
  assert.deepEqual([...lost].filter(([, count]) => count > 0), []);
});
