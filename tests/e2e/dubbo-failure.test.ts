/** Servers that stop, die and are not there, and clients that send rubbish: what the others see. */
import assert from "node:assert/strict";
import { once } from "node:events";
import { connect } from "node:net";
import { after, before, test } from "node:test";
import { type DubboClient, type JavaServer, startGoClient, startJavaClient, startJavaServer } from "../../harness/peers/dubbo/index.ts";
import { until } from "../../harness/tools/wait.ts";
import { type Mesh, serviceEntry, startMesh } from "./mesh.ts";

const MIB = 1 << 20;

let servers: JavaServer[], mesh: Mesh, java: DubboClient, go: DubboClient;

before(async () => {
  servers = await Promise.all(["a", "b"].map((name) => startJavaServer({ name, shutdownWaitMs: 3000 })));
  mesh = await startMesh(serviceEntry("demo.example", "tcp-dubbo", servers.map(({ port }) => [port]), { interface: "org.meltemi.demo.Demo" }));
  const port = mesh.ports[0]!;
  [java, go] = await Promise.all([startJavaClient({ port }), startGoClient({ port })]);
});

after(async () => {
  await Promise.allSettled([java?.stop(), go?.stop(), mesh?.envoy.stop()]);
  await Promise.allSettled((servers ?? []).map((server) => server.stop("SIGKILL")));
});

test("hostile bytes: the connection that sends them ends, others go on, no VM dies, memory stays bounded", async () => {
  const port = mesh.ports[0]!;
  const before = mesh.envoy.rss();
  const good = java.many({ count: 2000, concurrency: 8, calls: [{ method: "hello", args: ["{n}"] }] });
  const hostile = [
    Buffer.from("GET / HTTP/1.1\r\n\r\n"),
    Buffer.from("dabbc20000000000000000017fffffff", "hex"),
    Buffer.from("dabbc2000000000000000001ffffffff", "hex"),
    Buffer.concat([Buffer.from("dabbc200000000000000000100000010", "hex"), Buffer.alloc(16, 0xff)]),
    Buffer.from("dabbc2000000000000000001000f4240", "hex"),
    ...Array.from({ length: 60 }, (_, seed) => noise(seed, 4096)),
  ];
  for (const bytes of hostile) {
    const socket = connect(port, "127.0.0.1");
    socket.on("error", () => socket.destroy());
    await once(socket, "connect");
    socket.end(bytes);
    socket.resume();
    await once(socket, "close");
  }
  const { results, errors } = await good;
  assert.deepEqual(errors, {});
  assert.equal(Object.values(results).reduce((sum, n) => sum + n, 0), 2000);
  assert.doesNotMatch(mesh.envoy.log(), /abort:|Uncaught|wasm.*(failed|crash|RuntimeError)/i);
  assert.ok(mesh.envoy.rss() - before < 64 * MIB, `grew by ${(mesh.envoy.rss() - before) / MIB} MiB`);
});

test("a server stops gracefully while one connection uses two: no call fails", async () => {
  const calls = [{ method: "slow", args: [5, "tag-{n}"] }, { method: "hello", args: ["{n}"] }];
  const work = java.many({ count: 12_000, concurrency: 8, calls });
  await until("both servers are in use", 20_000, async () => (await mesh.count("meltemi_lanes_opened")) >= 2);
  await servers[1]!.stop("SIGTERM");
  const { results, errors } = await work;
  assert.deepEqual(errors, {}, mesh.envoy.log());
  assert.equal(Object.values(results).reduce((sum, n) => sum + n, 0), 12_000);
  assert.ok(await mesh.count("meltemi_lanes_drained") >= 1);
  const later = await go.many({ count: 200, concurrency: 4, calls: [{ method: "whoami" }] });
  assert.deepEqual(later.errors, {}, "requests for the server that is gone go to the other");
  assert.deepEqual(later.results, { a: 200 });
});

test("a server is killed in the middle of calls: each gets exactly one native error", async () => {
  const slowCalls = async (): Promise<number> => Number((await go.call({ method: "calls", args: ["slow"] })).value);
  const before = await slowCalls();
  const pending = Promise.all(Array.from({ length: 5 }, () => java.call({ method: "slow", args: [20_000, "never"], timeout: 15_000 })));
  await until("the calls are with the server", 10_000, async () => (await slowCalls()) === before + 5);
  await servers[0]!.stop("SIGKILL");
  for (const result of await pending) {
    assert.equal(result.ok, false);
    assert.match(String(result.error), /closed the connection before it answered/);
  }
  assert.equal(await mesh.count("meltemi_unknown_replies"), 0);
});

test("no server is left: an error in words, at once", async () => {
  for (const client of [java, go]) {
    const result = await client.call({ method: "hello", args: ["x"], timeout: 8000 });
    assert.equal(result.ok, false);
    assert.match(String(result.error), /the server could not be reached|no healthy endpoint/);
  }
});

/** Bytes that look like nothing, the same for each seed; some begin as Dubbo does. */
function noise(seed: number, length: number): Buffer {
  const bytes = Buffer.alloc(length);
  let state = seed * 2654435761 + 1;
  for (let i = 0; i < length; i++) {
    state = (Math.imul(state, 1664525) + 1013904223) | 0;
    bytes[i] = state >>> 24;
  }
  if (seed % 2) Buffer.from("dabbc2", "hex").copy(bytes);
  if (seed % 4 === 3) bytes.writeUInt32BE(length - 16, 12);
  return bytes;
}
