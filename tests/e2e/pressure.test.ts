/** Peers that do not read: Envoy's memory stays flat, the fast side is held to the pace of the slow one, nothing is lost. */
import assert from "node:assert/strict";
import { once } from "node:events";
import { connect, createServer, type Server, type Socket } from "node:net";
import type { AddressInfo } from "node:net";
import { after, before, test } from "node:test";
import { AwesomeClient } from "../../examples/awesomerpc/peer/client.ts";
import { encode, FrameType } from "../../examples/awesomerpc/peer/protocol.ts";
import { AwesomeServer } from "../../examples/awesomerpc/peer/server.ts";
import { until } from "../../harness/tools/wait.ts";
import { growth, isFlat, MIB } from "./flow.ts";
import { type Mesh, serviceEntry, startMesh } from "./mesh.ts";

const PORT_NAME = "tcp-metaprotocol-awesomerpc";

/** Takes bytes when told to, and counts them. */
class Sink {
  taken = 0;
  private reading = false;
  private readonly sockets = new Set<Socket>();
  private readonly server: Server = createServer((socket) => {
    this.sockets.add(socket);
    socket.on("data", (chunk) => (this.taken += chunk.length)).on("error", () => socket.destroy());
    if (!this.reading) socket.pause();
  });

  async start(): Promise<number> {
    this.server.listen(0, "127.0.0.1");
    await once(this.server, "listening");
    return (this.server.address() as AddressInfo).port;
  }

  read(): void {
    this.reading = true;
    for (const socket of this.sockets) socket.resume();
  }

  stop(): void {
    for (const socket of this.sockets) socket.destroy();
    this.server.close();
  }
}

let sink: Sink, big: AwesomeServer, mesh: Mesh, slowPort: number, bigPort: number;

before(async () => {
  sink = new Sink();
  big = await new AwesomeServer("big", () => ({ body: Buffer.alloc(64 * MIB, 0x62) })).start();
  mesh = await startMesh([
    serviceEntry("slow.example", PORT_NAME, [[await sink.start()]]),
    serviceEntry("big.example", PORT_NAME, [[big.port]]),
    JSON.stringify({ apiVersion: "networking.istio.io/v1", kind: "VirtualService", metadata: { name: "big" },
      spec: { hosts: ["big.example"], http: [{ match: [{ headers: { to: { exact: "big" } } }], route: [{ destination: { host: "big.example" } }] }] } }),
  ].join("\n---\n"), { bootstrap: (all) => JSON.parse(JSON.stringify(all).replaceAll('"per_connection_buffer_high_watermark_timeout":"60s"', '"per_connection_buffer_high_watermark_timeout":"5s"')) });
  for (const [name, { port }] of await mesh.envoy.listeners()) {
    if (name.includes("slow")) slowPort = port;
    else bigPort = port;
  }
});

after(async () => {
  await mesh?.envoy.stop();
  await big?.stop();
  sink?.stop();
});


test("a server that does not read holds the client up; when it reads, everything arrives", async () => {
  const socket = connect(slowPort, "127.0.0.1");
  await once(socket, "connect");
  const message = encode({ type: FrameType.Oneway, status: 0, id: 1, headers: [["to", "slow"]], body: Buffer.alloc(MIB) });
  isFlat(await growth(mesh.envoy, async () => {
    for (let i = 0; i < 200; i++) socket.write(message);
    await settled("the client is held up", () => socket.bytesWritten - socket.writableLength);
    assert.ok(socket.writableLength > 100 * MIB, "most of it waits in the client");
    sink.read();
    await until("all has arrived", 60_000, () => sink.taken === 200 * message.length);
  }));
  socket.destroy();
});

test("a client that does not read its reply holds the server up, and then gets all of it", async () => {
  const client = await AwesomeClient.connect(bigPort);
  isFlat(await growth(mesh.envoy, async () => {
    client.socket.pause();
    const answer = client.call({ to: "big" });
    await until("the request is with the server", 10_000, () => big.requests > 0);
    await settled("the server is held up", () => [...big.sockets].reduce((sum, { bytesWritten, writableLength }) => sum + bytesWritten - writableLength, 0));
    client.socket.resume();
    assert.equal((await answer).body.length, 64 * MIB);
  }));
  await client.close();
});

test("a client that sends what is refused and never reads is held, then closed; memory stays bounded", async () => {
  const socket = connect(bigPort, "127.0.0.1").on("error", () => socket.destroy());
  await once(socket, "connect");
  socket.pause();
  const refused = encode({ type: FrameType.Request, status: 0, id: 7, headers: [["to", "nowhere"]], body: Buffer.alloc(0) });
  const chunk = Buffer.concat(Array.from({ length: 20_000 }, () => refused));
  isFlat(await growth(mesh.envoy, async () => {
    for (let i = 0; i < 100; i++) socket.write(chunk);
    await settled("the client is held or closed", () => socket.destroyed ? -1 : socket.bytesWritten - socket.writableLength);
  }));
  socket.destroy();
  const client = await AwesomeClient.connect(bigPort);
  assert.equal((await client.call({ to: "nowhere" })).status, 2, "others go on");
  await client.close();
});

/** Waits until a number has stayed the same for a while. */
async function settled(what: string, value: () => number): Promise<void> {
  let last = NaN, looks = 0;
  await until(what, 30_000, () => {
    const now = value();
    looks = now === last ? looks + 1 : 0;
    last = now;
    return looks >= 30;
  });
}
