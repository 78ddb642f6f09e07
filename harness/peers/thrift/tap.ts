import { connect, createServer, type AddressInfo, type Socket } from "node:net";

export interface Tap {
  readonly port: number;
  /** All that has passed, in each direction; null before anything has. */
  passed(withAnswer: boolean): { request: Buffer; response: Buffer } | null;
  stop(): Promise<void>;
}

/** Stands between a real client and a real server and keeps all bytes. It knows nothing of Thrift, so no codec colours what it keeps. */
export async function startTap(serverPort: number): Promise<Tap> {
  const request: Buffer[] = [], response: Buffer[] = [];
  const sockets = new Set<Socket>();
  const server = createServer((client) => {
    const upstream = connect(serverPort, "127.0.0.1");
    client.on("data", (piece) => { request.push(piece); upstream.write(piece); });
    upstream.on("data", (piece) => { response.push(piece); client.write(piece); });
    for (const [from, to] of [[client, upstream], [upstream, client]] as const) {
      sockets.add(from);
      from.on("error", () => to.destroy()).on("close", () => to.destroySoon()).once("close", () => sockets.delete(from));
    }
  });
  await new Promise<void>((resolve, reject) => server.once("error", reject).listen(0, "127.0.0.1", resolve));
  return {
    port: (server.address() as AddressInfo).port,
    passed: (withAnswer) => request.length === 0 || (withAnswer && response.length === 0) ? null : { request: Buffer.concat(request), response: Buffer.concat(response) },
    stop: () => new Promise((resolve) => {
      server.close(() => resolve());
      for (const socket of sockets) socket.destroy();
    }),
  };
}
