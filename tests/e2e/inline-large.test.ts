/** Inline: values of 256 MiB, and peers that read slowly: Envoy passes them on and does not keep them. */
import assert from "node:assert/strict";
import { createHash, type Hash } from "node:crypto";
import { once } from "node:events";
import { connect, createServer, type AddressInfo, type Socket } from "node:net";
import { after, before, test } from "node:test";
import { command, RespClient, type RedisServer, startRedis } from "../../harness/peers/redis/index.ts";
import { until } from "../../harness/tools/wait.ts";
import { growth, MIB, SlowReader } from "./flow.ts";
import { inlineEntry } from "./inline.ts";
import { type Mesh, startMesh } from "./mesh.ts";

const LARGE = 256 * MIB, SLOW = 48 * MIB, MOST = 32 * MIB;
/** For how long a slow reader is one; `MELTEMI_SLOW_MS=60000` has it read all of it so. */
const SLOW_MS = Number(process.env.MELTEMI_SLOW_MS ?? 3000);
const NAMES = ["good", "sink", "routed"];

const ports: Record<string, number> = {};
const sunk: Socket[] = [];
const sink = createServer((socket) => sunk.push(socket.pause()));
let server: RedisServer, mesh: Mesh;

before(async () => {
  server = await startRedis();
  await once(sink.listen(0, "127.0.0.1"), "listening");
  const rule = { match: [{ headers: { key: { prefix: "k" } } }], route: [{ destination: { host: "good.example" } }] };
  mesh = await startMesh([
    inlineEntry("good.example", "tcp-redis-good", [[server.port]]), inlineEntry("routed.example", "tcp-redis-routed", [[server.port]]),
    inlineEntry("sink.example", "tcp-redis-sink", [[(sink.address() as AddressInfo).port]]),
    JSON.stringify({ apiVersion: "networking.istio.io/v1", kind: "VirtualService", metadata: { name: "routed" }, spec: { hosts: ["routed.example"], http: [rule] } }),
  ].join("\n---\n"));
  for (const [listener, { port }] of await mesh.envoy.listeners()) ports[NAMES.find((name) => listener.includes(`${name}.example`))!] = port;
});

after(async () => {
  await mesh?.envoy.stop();
  await server?.stop();
  for (const socket of sunk) socket.destroy();
  sink.close();
});

const isFlat = (most: number): void => assert.ok(most < MOST, `grew by ${(most / MIB).toFixed(1)} MiB`);
const header = (size: number): string => `$${size}\r\n`;

async function open(service: string): Promise<Socket> {
  const socket = connect(ports[service]!, "127.0.0.1");
  await once(socket, "connect");
  return socket;
}

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
  const socket = await open("routed");
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

test("a server that reads 1 MiB/s holds its client up; Envoy keeps little", async () => {
  const client = await open("sink"), call = command("SET", "k", Buffer.alloc(SLOW, 0x61));
  isFlat(await growth(mesh.envoy, async () => {
    client.write(call);
    await until("a connection to the server", 5000, () => sunk.length > 0);
    const reader = new SlowReader(sunk[0]!);
    await reader.crawl(SLOW_MS);
    if (SLOW_MS < 10_000) assert.ok(client.writableLength > SLOW / 2, "most of it waits in the client");
    reader.run();
    await until("all has arrived", 20_000, () => reader.total === call.length);
  }));
  client.destroy();
});

test("a client that reads 1 MiB/s holds its server up; Envoy keeps little", async () => {
  const other = await RespClient.connect(server.port);
  await other.call("SET", "slow", Buffer.alloc(SLOW, 0x62));
  const client = await open("good"), reader = new SlowReader(client);
  isFlat(await growth(mesh.envoy, async () => {
    client.write(command("GET", "slow"));
    await reader.crawl(SLOW_MS);
    reader.run();
    await until("all has arrived", 20_000, () => reader.total === header(SLOW).length + SLOW + 2);
  }));
  client.destroy();
  await other.close();
});

test("a client that only sends refused commands and reads nothing is held up as well", async () => {
  const client = await open("routed"), refused = command("GET", "nowhere"), many = Buffer.concat(Array.from({ length: 1 << 16 }, () => refused));
  const reader = new SlowReader(client), rounds = 16, error = "-ERR no route matches this request\r\n".length;
  isFlat(await growth(mesh.envoy, async () => {
    for (let i = 0; i < rounds; i++) client.write(many);
    await reader.crawl(500);
    assert.ok(client.writableLength > 0, "some waits in the client");
    reader.run();
    await until("all are answered", 20_000, () => reader.total === (rounds << 16) * error);
  }));
  client.destroy();
});
