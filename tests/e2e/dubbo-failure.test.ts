/** Servers that stop, die and are not there, and clients that send rubbish: what the others see. */
import assert from "node:assert/strict";
import { once } from "node:events";
import { connect, createServer, type AddressInfo, type Server, type Socket } from "node:net";
import { after, before, describe, test } from "node:test";
import * as dubbo from "../../codecs/dubbo/vectors/bytes.ts";
import { type DubboClient, type JavaServer, startGoClient, startJavaClient, startJavaServer } from "../../harness/peers/dubbo/index.ts";
import { until } from "../../harness/tools/wait.ts";
import { type Mesh, oneConnection, serviceEntry, startMesh, withLimits } from "./mesh.ts";

const MIB = 1 << 20;
const LANE_OPEN_MS = 2000;
const INTERFACE = { interface: "org.meltemi.demo.Demo" };

let servers: JavaServer[], other: JavaServer, halfway: Server, mesh: Mesh, java: DubboClient, go: DubboClient;
const ports: Record<string, number> = {};

before(async () => {
  [other, ...servers] = await Promise.all(["c", "a", "b"].map((name) => startJavaServer({ name, shutdownWaitMs: 3000 }))) as [JavaServer, ...JavaServer[]];
  halfway = createServer(answerHalf).listen(0, "127.0.0.1");
  await once(halfway, "listening");
  const services: Record<string, number[]> = {
    demo: servers.map(({ port }) => port), single: [other.port], halted: [other.port], halfway: [(halfway.address() as AddressInfo).port],
  };
  mesh = await startMesh([
    ...Object.entries(services).map(([name, all]) => serviceEntry(`${name}.example`, "tcp-dubbo", all.map((port) => [port]), INTERFACE)), oneConnection("single"),
  ].join("\n---\n"), { plugin: withLimits("single.example", { laneOpenMs: LANE_OPEN_MS }) });
  for (const [listener, { port }] of await mesh.envoy.listeners()) ports[Object.keys(services).find((name) => listener.includes(name))!] = port;
  [java, go] = await Promise.all([startJavaClient({ port: ports.demo! }), startGoClient({ port: ports.demo! })]);
});

after(async () => {
  await Promise.allSettled([java?.stop(), go?.stop(), mesh?.envoy.stop()]);
  await Promise.allSettled([other, ...servers ?? []].map((server) => server?.stop("SIGKILL")));
  halfway?.close();
});

/** The first half of an answer, and the end: of 4 MiB if the request says so, otherwise of 1,000 bytes. */
function answerHalf(socket: Socket): void {
  socket.on("error", () => socket.destroy()).on("data", (asked: Buffer) => {
    const piece = dubbo.join(dubbo.bytes(0x52, 0x01, 0xf4), Buffer.alloc(500, 0x61)), count = asked.includes("large") ? 8 * 1024 : 2;
    const body = dubbo.join(dubbo.bytes(0x91), dubbo.repeat(piece, count), dubbo.short("end"));
    const reply = dubbo.frame(body, { flags: dubbo.RESPONSE, status: 20, id: asked.readBigUInt64BE(4) });
    socket.end(reply.subarray(0, reply.length / 2));
  });
}

/** Work with a Java and a Go client of a service. */
async function withClients(service: string, work: (clients: DubboClient[]) => Promise<void>): Promise<void> {
  const clients = await Promise.all([startJavaClient, startGoClient].map((start) => start({ port: ports[service]! })));
  try {
    await work(clients);
  } finally {
    await Promise.all(clients.map((client) => client.stop()));
  }
}

const hello = (client: DubboClient, text = "x", timeout = 8000): ReturnType<DubboClient["call"]> => client.call({ method: "hello", args: [text], timeout });

test("hostile bytes: the connection that sends them ends, others go on, no VM dies, memory stays bounded", async () => {
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
    const socket = connect(ports.demo!, "127.0.0.1");
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

describe("what else may happen to a server", () => {
  test("it is halted: each client runs into its own timeout, and goes on when the server does", () => withClients("halted", async (clients) => {
    for (const client of clients) assert.equal((await hello(client)).ok, true);
    other.signal("SIGSTOP");
    for (const late of await Promise.all(clients.map((client) => hello(client, "x", 700)))) {
      assert.equal(late.ok, false);
      assert.match(String(late.error), /time ?out/i);
    }
    other.signal("SIGCONT");
    for (const client of clients) await until("it is served again", 10_000, async () => (await hello(client)).ok);
  }));

  test("it ends in the middle of an answer: an error in words if nothing of it was passed on, otherwise the end of the connection", () =>
    withClients("halfway", async (clients) => {
      for (const client of clients) {
        const cut = await hello(client);
        assert.equal(cut.ok, false);
        assert.match(String(cut.error), /closed the connection before it answered/);
      }
      assert.equal(await mesh.count("meltemi_cut_answers"), 0);
      for (const client of clients) {
        const cut = await hello(client, "large", 3000);
        assert.equal(cut.ok, false);
        assert.doesNotMatch(String(cut.error), /closed the connection before it answered/);
      }
      assert.equal(await mesh.count("meltemi_cut_answers"), clients.length);
    }));

  test("its cluster may have no more connections: an error in words after laneOpenMs; when one is free, the next is served", () =>
    withClients("single", async ([first, next]) => {
      const served = await hello(first!);
      assert.equal(served.ok, true, String(served.error));
      const late = await hello(next!);
      assert.equal(late.ok, false);
      assert.match(String(late.error), /no connection to the server in time/);
      await first!.stop();
      await until("the next one is served", 10_000, async () => (await hello(next!)).ok);
    }));
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
