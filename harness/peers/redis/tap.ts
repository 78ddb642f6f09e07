import { connect, createServer, type AddressInfo, type Socket } from "node:net";

/** All that has passed on one connection, in each direction. */
export interface Conversation { request: Buffer; response: Buffer }

export interface Tap {
  readonly port: number;
  conversations(): Conversation[];
  stop(): Promise<void>;
}

/** Stands between real clients and a real server and keeps all bytes. It knows nothing of Redis, so no codec colours what it keeps. */
export async function startTap(serverPort: number): Promise<Tap> {
  const kept: { request: Buffer[]; response: Buffer[] }[] = [];
  const sockets = new Set<Socket>();
  const server = createServer((client) => {
    const upstream = connect(serverPort, "127.0.0.1");
    const passed: { request: Buffer[]; response: Buffer[] } = { request: [], response: [] };
    kept.push(passed);
    client.on("data", (piece: Buffer) => { passed.request.push(piece); upstream.write(piece); });
    upstream.on("data", (piece: Buffer) => { passed.response.push(piece); client.write(piece); });
    for (const [from, to] of [[client, upstream], [upstream, client]] as const) {
      sockets.add(from);
      from.on("error", () => to.destroy()).on("close", () => to.destroySoon()).once("close", () => sockets.delete(from));
    }
  });
  await new Promise<void>((resolve, reject) => server.once("error", reject).listen(0, "127.0.0.1", resolve));
  return {
    port: (server.address() as AddressInfo).port,
    conversations: () => kept.map(({ request, response }) => ({ request: Buffer.concat(request), response: Buffer.concat(response) })),
    stop: () => new Promise((resolve) => {
      server.close(() => resolve());
      for (const socket of sockets) socket.destroy();
    }),
  };
}
