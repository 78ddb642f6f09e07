/** Calls of 100 MiB, and peers that read slowly: Envoy passes them on and does not keep them. */
import assert from "node:assert/strict";
import { once } from "node:events";
import { connect, createServer, type AddressInfo, type Server, type Socket } from "node:net";
import { after, before, test } from "node:test";
import { setTimeout as delay } from "node:timers/promises";
import { blobOf, startClient, startServer, type Library, type Stack, type ThriftServer } from "../../harness/peers/thrift/index.ts";
import { until } from "../../harness/tools/wait.ts";
import { type Mesh, serviceEntry, startMesh } from "./mesh.ts";
import { CALL, framed, message, REPLY } from "./thrift-bytes.ts";

const MIB = 1 << 20;
const LARGE = 100 * MIB, SLOW = 40 * MIB, MOST = 32 * MIB;
/** Bytes a second of a slow reader, and for how long it is one; `MELTEMI_SLOW_MS=45000` has it read all of it so. */
const PACE = MIB, SLOW_MS = Number(process.env.MELTEMI_SLOW_MS ?? 4000);

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

/** How many bytes Envoy's resident memory grew by at most while some work ran. */
async function growth(work: () => Promise<void>): Promise<number> {
  const before = mesh.envoy.rss();
  let most = 0, over = false;
  const watch = (async () => {
    while (!over) {
      most = Math.max(most, mesh.envoy.rss() - before);
      await delay(10);
    }
  })();
  try {
    await work();
  } finally {
    over = true;
    await watch;
  }
  return most;
}

/** Reads at PACE for a while, then as fast as it comes; `total` is all that it has read. */
class SlowReader {
  total = 0;

  constructor(private readonly socket: Socket) { socket.on("error", () => socket.destroy()).pause(); }

  async crawl(ms: number): Promise<void> {
    const start = Date.now();
    for (let now = 0; now < ms; now = Date.now() - start) {
      const due = Math.floor(PACE * now / 1000) - this.total, there = Math.min(due, this.socket.readableLength);
      if (there > 0) this.total += (this.socket.read(there) as Buffer | null)?.length ?? 0;
      else this.socket.read(0);
      await delay(5);
    }
  }

  run(): void { this.socket.on("data", (chunk: Buffer) => (this.total += chunk.length)).resume(); }
}

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
      const most = await growth(async () => {
        const answer = await client.call({ method: "blob", args: [LARGE], timeout: 60_000 });
        assert.equal(answer.value, blobOf(LARGE), `${answer.error}\n${mesh.envoy.log()}`);
      });
      assert.ok(most < MOST, `grew by ${most / MIB} MiB`);
    } finally {
      await client.stop();
    }
  });
}

for (const [name, wrap] of [["framed", framed], ["unframed", (bytes: Buffer) => bytes]] as const) {
  test(`${name}: a server that reads 1 MiB/s holds its client up; Envoy keeps little`, async () => {
    const call = wrap(message(CALL, "blob", Buffer.alloc(SLOW, 0x61)));
    const client = connect(ports.sink!, "127.0.0.1").on("error", () => client.destroy());
    const known = sink.sockets.length;
    let reader: SlowReader | undefined;
    const most = await growth(async () => {
      client.write(call);
      await until("a connection to the server", 5000, () => sink.sockets.length > known);
      reader = new SlowReader(sink.sockets[known]!);
      await reader.crawl(SLOW_MS);
      if (SLOW_MS < 10_000) assert.ok(client.writableLength > SLOW / 2, "most of it waits in the client");
      reader.run();
      await until("all has arrived", 20_000, () => reader!.total === call.length);
    });
    assert.ok(most < MOST, `grew by ${most / MIB} MiB`);
    client.destroy();
  });

  test(`${name}: a client that reads 1 MiB/s holds its server up; Envoy keeps little`, async () => {
    const client = connect(ports.source!, "127.0.0.1");
    const reader = new SlowReader(client), whole = wrap(reply()).length;
    const most = await growth(async () => {
      client.write(wrap(message(CALL, "blob", Buffer.from("x"))));
      await reader.crawl(SLOW_MS);
      reader.run();
      await until("all has arrived", 20_000, () => reader.total === whole);
    });
    assert.ok(most < MOST, `grew by ${most / MIB} MiB`);
    client.destroy();
  });
}
