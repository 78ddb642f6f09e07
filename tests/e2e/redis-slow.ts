/** Redis peers that read 1 MiB/s, whatever stands behind the filter. */
import assert from "node:assert/strict";
import { once } from "node:events";
import { connect, createServer, type AddressInfo, type Socket } from "node:net";
import { command, RespClient } from "../../harness/peers/redis/index.ts";
import { until } from "../../harness/tools/wait.ts";
import { growth, isFlat, MIB, SlowReader } from "./flow.ts";
import type { Mesh } from "./mesh.ts";

const SLOW = 48 * MIB;

/** The line before a bulk string. */
export const header = (size: number): string => `$${size}\r\n`;

export async function open(port: number): Promise<Socket> {
  const socket = connect(port, "127.0.0.1");
  await once(socket, "connect");
  return socket;
}

/** A server that reads nothing by itself. */
export class Sink {
  readonly sockets: Socket[] = [];
  private readonly server = createServer((socket) => this.sockets.push(socket.pause()));

  async start(): Promise<number> {
    await once(this.server.listen(0, "127.0.0.1"), "listening");
    return (this.server.address() as AddressInfo).port;
  }

  stop(): void {
    for (const socket of this.sockets) socket.destroy();
    this.server.close();
  }
}

/** What kernels and Envoy may hold between a client and its server. */
const BETWEEN = 12 << 20;

/** For how long a slow reader is one; `MELTEMI_SLOW_MS=60000` has it read all of it so. */
export const slowMs = (otherwise: number): number => Number(process.env.MELTEMI_SLOW_MS ?? otherwise);

/** A server that reads slowly holds its client up, and then has all; `port` leads to the sink. */
export async function slowServer(mesh: Mesh, port: number, sink: Sink, ms: number): Promise<void> {
  const client = await open(port), known = sink.sockets.length, call = command("SET", "k", Buffer.alloc(SLOW, 0x61));
  isFlat(await growth(mesh.envoy, async () => {
    client.write(call);
    await until("a connection to the server", 5000, () => sink.sockets.length > known);
    const reader = new SlowReader(sink.sockets[known]!);
    await reader.crawl(ms);
    const unread = call.length - reader.total;
    assert.ok(client.writableLength > unread - BETWEEN, `${client.writableLength} bytes wait in the client, of ${unread} that the server has not read`);
    reader.run();
    await until("all has arrived", 20_000, () => reader.total === call.length);
  }));
  client.destroy();
}

/** A client that reads slowly holds its server up, and then has all; `port` leads to the server at `direct`. */
export async function slowClient(mesh: Mesh, port: number, direct: number, ms: number): Promise<void> {
  const other = await RespClient.connect(direct);
  await other.call("SET", "slow", Buffer.alloc(SLOW, 0x62));
  const client = await open(port), reader = new SlowReader(client);
  isFlat(await growth(mesh.envoy, async () => {
    client.write(command("GET", "slow"));
    await reader.crawl(ms);
    reader.run();
    await until("all has arrived", 20_000, () => reader.total === header(SLOW).length + SLOW + 2);
  }));
  client.destroy();
  await other.close();
}
