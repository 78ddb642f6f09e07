/** Inline: values of 256 MiB, and peers that read slowly: Envoy passes them on and does not keep them. */
import assert from "node:assert/strict";
import { createHash, type Hash } from "node:crypto";
import { once } from "node:events";
import type { Socket } from "node:net";
import { after, before, test } from "node:test";
import { command, type RedisServer, startRedis } from "../../harness/peers/redis/index.ts";
import { until } from "../../harness/tools/wait.ts";
import { growth, isFlat, MIB, SlowReader } from "./flow.ts";
import { inlineEntry } from "./inline.ts";
import { type Mesh, startMesh } from "./mesh.ts";
import { header, open, Sink, slowClient, slowMs, slowServer } from "./redis-slow.ts";

const LARGE = 256 * MIB;
const SLOW_MS = slowMs(3000);
const NAMES = ["good", "sink", "routed"];

const ports: Record<string, number> = {};
const sink = new Sink();
let server: RedisServer, mesh: Mesh;

before(async () => {
  server = await startRedis();
  const rule = { match: [{ headers: { key: { prefix: "k" } } }], route: [{ destination: { host: "good.example" } }] };
  mesh = await startMesh([
    inlineEntry("good.example", "tcp-redis-good", [[server.port]]), inlineEntry("routed.example", "tcp-redis-routed", [[server.port]]),
    inlineEntry("sink.example", "tcp-redis-sink", [[await sink.start()]]),
    JSON.stringify({ apiVersion: "networking.istio.io/v1", kind: "VirtualService", metadata: { name: "routed" }, spec: { hosts: ["routed.example"], http: [rule] } }),
  ].join("\n---\n"));
  for (const [listener, { port }] of await mesh.envoy.listeners()) ports[NAMES.find((name) => listener.includes(`${name}.example`))!] = port;
});

after(async () => {
  await mesh?.envoy.stop();
  await server?.stop();
  sink.stop();
});


/** Hashes so many bytes behind others that are left out. */
function hashOf(socket: Socket, skip: number, length: number): Promise<string> {
  const hash: Hash = createHash("sha256");
  let read = 0;
  return new Promise((resolve, reject) => {
    socket.once("close", () => reject(new Error(`closed after ${read} bytes`)));
    socket.on("data", (chunk: Buffer) => {
      hash.update(chunk.subarray(Math.max(0, skip - read), Math.max(0, skip + length - read)));
      if ((read += chunk.length) >= skip + length + 2) resolve(hash.digest("hex"));
    });
  });
}

test("a value of 256 MiB there and back: every byte is the same, Envoy grows by less than 32 MiB", async () => {
  const piece = Buffer.from(Array.from({ length: MIB }, (_, i) => (i * 7 + (i >> 9)) % 251)), hash = createHash("sha256");
  const socket = await open(ports.routed!);
  isFlat(await growth(mesh.envoy, async () => {
    socket.write(`*3\r\n$3\r\nSET\r\n$5\r\nknown\r\n${header(LARGE)}`);
    for (let i = 0; i < LARGE / MIB; i++) {
      piece.writeUInt32BE(i);
      hash.update(piece);
      if (!socket.write(Buffer.from(piece))) await once(socket, "drain");
    }
    socket.write("\r\n");
    assert.equal(String((await once(socket, "data"))[0]), "+OK\r\n");
  }));
  isFlat(await growth(mesh.envoy, async () => {
    const read = hashOf(socket, header(LARGE).length, LARGE);
    socket.write(command("GET", "known"));
    assert.equal(await read, hash.digest("hex"));
  }));
  socket.destroy();
});

test("a server that reads 1 MiB/s holds its client up; Envoy keeps little", () => slowServer(mesh, ports.sink!, sink, SLOW_MS));

test("a client that reads 1 MiB/s holds its server up; Envoy keeps little", () => slowClient(mesh, ports.good!, server.port, SLOW_MS));

test("a client that only sends refused commands and reads nothing is held up as well", async () => {
  const refused = command("GET", "nowhere"), many = Buffer.concat(Array.from({ length: 1 << 16 }, () => refused));
  const rounds = 16, error = "-ERR no route matches this request\r\n".length;
  const flood = async (): Promise<void> => {
    const client = await open(ports.routed!), reader = new SlowReader(client);
    for (let i = 0; i < rounds; i++) client.write(many);
    await reader.crawl(500);
    assert.ok(client.writableLength > 0, "some waits in the client");
    reader.run();
    await until("all are answered", 20_000, () => reader.total === (rounds << 16) * error);
    client.destroy();
  };
  // what V8 compiles and the VM grows to on first use is not what a flood keeps
  await flood();
  isFlat(await growth(mesh.envoy, flood));
});
