/** Calls of 100 MiB, and peers that read slowly: Envoy passes them on and does not keep them. */
import assert from "node:assert/strict";
import { once } from "node:events";
import { connect, createServer, type AddressInfo, type Server, type Socket } from "node:net";
import { after, before, test } from "node:test";
import { blobOf, startClient, startServer, type Library, type Stack, type ThriftServer } from "../../harness/peers/thrift/index.ts";
import { until } from "../../harness/tools/wait.ts";
import { growth, isFlat, MIB, SlowReader } from "./flow.ts";
import { type Mesh, serviceEntry, startMesh } from "./mesh.ts";
import { CALL, framed, message, REPLY } from "./thrift-bytes.ts";

const LARGE = 100 * MIB, SLOW = 40 * MIB;
/** What kernels and Envoy may hold between a client and its server. */
const BETWEEN = 12 * MIB;
/** How long a slow reader is one; `MELTEMI_SLOW_MS=42000` has it read all of it so. */
const SLOW_MS = Number(process.env.MELTEMI_SLOW_MS ?? 8000);
const FRAMINGS: ((bytes: Buffer) => Buffer)[] = [framed, (bytes) => bytes];

let echo: ThriftServer, mesh: Mesh;
const sink: { server: Server; sockets: Socket[] } = { server: createServer((socket) => sink.sockets.push(socket.pause())), sockets: [] };
const source = createServer((socket) => socket.on("error", () => socket.destroy()).once("data", (asked: Buffer) =>
  socket.write(asked[0] === 0 ? framed(reply()) : reply())));
const ports: Record<string, number> = {};

const reply = (): Buffer => message(REPLY, "blob", Buffer.alloc(SLOW, 0x62));

before(async () => {
  echo = await startServer("go", { name: "echo", transport: "header" });
  for (const server of [sink.server, source]) await once(server.listen(0, "127.0.0.1"), "listening");
  const portOf = (server: Server): number => (server.address() as AddressInfo).port;
  const route = { match: [{ headers: { method: { exact: "blob" } } }], route: [{ destination: { host: "echo.example" } }] };
  mesh = await startMesh([
    ...([["echo", echo.port], ["sink", portOf(sink.server)], ["source", portOf(source)]] as const).map(([name, port]) =>
      serviceEntry(`${name}.example`, `tcp-thrift-${name}`, [[port]])),
    JSON.stringify({ apiVersion: "networking.istio.io/v1", kind: "VirtualService", metadata: { name: "echo" }, spec: { hosts: ["echo.example"], http: [route] } }),
  ].join("\n---\n"));
  for (const [listener, { port }] of await mesh.envoy.listeners()) ports[["echo", "sink", "source"].find((name) => listener.includes(name))!] = port;
});

after(async () => {
  await mesh?.envoy.stop();
  await echo?.kill();
  for (const socket of sink.sockets) socket.destroy();
  sink.server.close();
  source.close();
});

const CALLERS: [Library, Stack][] = [
  ["go", { transport: "framed", protocol: "binary" }], ["go", { transport: "buffered", protocol: "compact" }],
  ["go", { transport: "buffered", protocol: "binary" }], ["go", { transport: "header", protocol: "compact" }],
  ["python", { transport: "framed", protocol: "compact" }],
];

for (const [library, stack] of CALLERS) {
  test(`100 MiB there and back, ${library}, ${stack.transport} ${stack.protocol}: all of it arrives, Envoy grows by less than 32 MiB`, async () => {
    const client = await startClient(library, { port: ports.echo!, ...stack });
    try {
      assert.equal((await client.call({ method: "blob", args: [1000] })).ok, true);
      const most = await growth(mesh.envoy, async () => {
        const answer = await client.call({ method: "blob", args: [LARGE], timeout: 60_000 });
        assert.equal(answer.value, blobOf(LARGE), `${answer.error}\n${mesh.envoy.log()}`);
      });
      isFlat(most);
    } finally {
      await client.stop();
    }
  });
}

test("servers that read 1 MiB/s, framed and unframed: their clients are held up and all arrives; Envoy keeps little", async () => {
  const calls = FRAMINGS.map((wrap) => wrap(message(CALL, "blob", Buffer.alloc(SLOW, 0x61))));
  const clients = calls.map(() => connect(ports.sink!, "127.0.0.1").on("error", () => undefined));
  const most = await growth(mesh.envoy, async () => {
    clients.forEach((client, i) => client.write(calls[i]!));
    await until("connections to the server", 5000, () => sink.sockets.length === calls.length);
    const readers = sink.sockets.map((socket) => new SlowReader(socket));
    await Promise.all(readers.map((reader) => reader.crawl(SLOW_MS)));
    const expected = calls.reduce((sum, { length }) => sum + length, 0);
    const unread = expected - readers.reduce((sum, { total }) => sum + total, 0), waiting = clients.reduce((sum, { writableLength }) => sum + writableLength, 0);
    assert.ok(waiting > unread - clients.length * BETWEEN, `${waiting} bytes wait in the clients, of ${unread} that no server has read`);
    for (const reader of readers) reader.run();
    await until("all has arrived", 20_000, () => readers.reduce((sum, { total }) => sum + total, 0) === expected);
  });
  isFlat(most, calls.length);
  for (const client of clients) client.destroy();
});

test("clients that read 1 MiB/s, framed and unframed: their servers are held up and all arrives; Envoy keeps little", async () => {
  const clients = FRAMINGS.map(() => connect(ports.source!, "127.0.0.1"));
  const readers = clients.map((client) => new SlowReader(client));
  const most = await growth(mesh.envoy, async () => {
    clients.forEach((client, i) => client.write(FRAMINGS[i]!(message(CALL, "blob", Buffer.from("x")))));
    await Promise.all(readers.map((reader) => reader.crawl(SLOW_MS)));
    for (const reader of readers) reader.run();
    await until("all has arrived", 20_000, () => readers.every(({ total }, i) => total === FRAMINGS[i]!(reply()).length));
  });
  isFlat(most, FRAMINGS.length);
  for (const client of clients) client.destroy();
});
