/** Values of 256 MiB, long lists, and peers that read slowly: Envoy passes them on and does not keep them. */
import assert from "node:assert/strict";
import { once } from "node:events";
import type { Socket } from "node:net";
import { after, before, test } from "node:test";
import { command, RespClient, type RedisServer, startRedis } from "../../harness/peers/redis/index.ts";
import { growth, isFlat, MIB } from "./flow.ts";
import { type Mesh, serviceEntry, startMesh } from "./mesh.ts";
import { header, open, Sink, slowClient, slowMs, slowServer } from "./redis-slow.ts";

const LARGE = 256 * MIB;
const SLOW_MS = slowMs(4000);

const servers: Record<string, RedisServer> = {};
const ports: Record<string, number> = {};
const sink = new Sink();
let mesh: Mesh;

before(async () => {
  for (const name of ["a", "b"]) servers[name] = await startRedis();
  const prefix = (value: string, host: string): object => ({ match: [{ headers: { key: { prefix: value } } }], route: [{ destination: { host } }] });
  mesh = await startMesh([
    serviceEntry("only-a.example", "tcp-redis-only-a", [[servers.a!.port]]),
    serviceEntry("only-b.example", "tcp-redis-only-b", [[servers.b!.port]]),
    serviceEntry("sink.example", "tcp-redis-sink", [[await sink.start()]]),
    serviceEntry("routed.example", "tcp-redis-routed", [[servers.a!.port]]),
    JSON.stringify({ apiVersion: "networking.istio.io/v1", kind: "VirtualService", metadata: { name: "routed" }, spec: { hosts: ["routed.example"], http: [
      prefix("a:", "only-a.example"), prefix("b:", "only-b.example"),
    ] } }),
  ].join("\n---\n"));
  for (const [listener, { port }] of await mesh.envoy.listeners()) ports[["only-a", "only-b", "sink", "routed"].find((name) => listener.includes(name))!] = port;
});

after(async () => {
  await mesh?.envoy.stop();
  await Promise.allSettled(Object.values(servers).map((server) => server.stop()));
  sink.stop();
});


/** Writes a bulk string made of a piece, again and again, at the pace of who takes it. */
async function writeBulk(socket: Socket, piece: Buffer, times: number): Promise<void> {
  socket.write(header(piece.length * times));
  for (let i = 0; i < times; i++) if (!socket.write(piece)) await once(socket, "drain");
  socket.write("\r\n");
}

/** Reads a bulk string and compares it with the piece it was made of. */
async function readBulk(socket: Socket, piece: Buffer, times: number): Promise<void> {
  const start = header(piece.length * times), wanted = start.length + piece.length * times + 2;
  let read = 0;
  await new Promise<void>((resolve, reject) => {
    socket.once("error", reject).once("close", () => reject(new Error(`closed after ${read} bytes`)));
    socket.on("data", (chunk: Buffer) => {
      for (let at = Math.max(0, start.length - read); at < chunk.length;) {
        const from = (read + at - start.length) % piece.length, length = Math.min(piece.length - from, chunk.length - at);
        const inside = read + at + length <= wanted - 2;
        if (inside && chunk.compare(piece, from, from + length, at, at + length) !== 0) return reject(new Error(`other bytes at ${read + at}`));
        at += length;
      }
      if ((read += chunk.length) >= wanted) resolve();
    });
  });
  socket.removeAllListeners("data");
  assert.equal(read, wanted);
}

test("a value of 256 MiB there and back: every byte is the same, Envoy grows by less than 32 MiB", async () => {
  const piece = Buffer.from(Array.from({ length: MIB + 1 }, (_, i) => i % 251)), times = LARGE / MIB;
  const socket = await open(ports["only-a"]!);
  isFlat(await growth(mesh.envoy, async () => {
    socket.write("*3\r\n$3\r\nSET\r\n$5\r\nlarge\r\n");
    await writeBulk(socket, piece, times);
    assert.equal(String((await once(socket, "data"))[0]), "+OK\r\n");
  }));
  isFlat(await growth(mesh.envoy, async () => {
    socket.write(command("GET", "large"));
    await readBulk(socket, piece, times);
  }));
  socket.write(command("UNLINK", "large"));
  assert.equal(String((await once(socket, "data"))[0]), ":1\r\n");
  socket.destroy();
});

test("a list of 300,000 elements, whose end nothing tells beforehand", async () => {
  const client = await RespClient.connect(ports["only-a"]!);
  const elements = Array.from({ length: 1000 }, (_, i) => `element-${i}-${"x".repeat(40)}`);
  await client.pipeline(Array.from({ length: 300 }, () => ["RPUSH", "list", ...elements]));
  isFlat(await growth(mesh.envoy, async () => {
    const [range, ping] = await client.pipeline([["LRANGE", "list", 0, -1], ["PING"]]);
    assert.equal(ping, "PONG");
    assert.equal((range as string[]).length, 300_000);
    assert.ok((range as string[]).every((element, i) => element === elements[i % 1000]));
  }));
  await client.close();
});

test("a server that reads 1 MiB/s holds its client up; Envoy keeps little", () => slowServer(mesh, ports.sink!, sink, SLOW_MS));

test("a client that reads 1 MiB/s holds its server up; Envoy keeps little", () => slowClient(mesh, ports["only-a"]!, servers.a!.port, SLOW_MS));

test("replies that wait for an earlier one of another server are not kept without bound, and then all come in order", async () => {
  const client = await RespClient.connect(ports.routed!);
  await client.pipeline([["SET", "a:first", "first"], ["SET", "b:value", Buffer.alloc(MIB, 0x63)]]);
  servers.a!.signal("SIGSTOP");
  const most = await growth(mesh.envoy, async () => {
    const replies = client.pipeline([["GET", "a:first"], ...Array.from({ length: 100 }, () => ["GET", "b:value"])]);
    const other = await RespClient.connect(ports["only-b"]!);
    for (let i = 0; i < 500; i++) await other.call("PING");
    await other.close();
    servers.a!.signal("SIGCONT");
    const [first, ...values] = await replies;
    assert.equal(first, "first");
    assert.equal(values.length, 100);
    assert.ok(values.every((value) => value === "c".repeat(MIB)));
  });
  isFlat(most);
  await client.close();
});
