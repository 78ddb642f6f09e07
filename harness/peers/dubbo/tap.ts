import { connect, createServer, type AddressInfo, type Socket } from "node:net";
import { until } from "../../tools/wait.ts";

/** One Dubbo2 frame as it went by. */
export interface TappedFrame {
  /** Request: from the client's side, whatever it holds. */
  direction: "request" | "response";
  /** Number of the client connection, from 0. */
  connection: number;
  bytes: Buffer;
}

export interface Tap {
  readonly port: number;
  readonly frames: TappedFrame[];
  /** Client connections seen so far. */
  connections(): number;
  /** The first frame that fits, past or to come. */
  find(what: string, fits: (frame: TappedFrame) => boolean, ms?: number): Promise<TappedFrame>;
  stop(): Promise<void>;
}

const HEADER_BYTES = 16;
const LENGTH_AT = 12;

/**
 * Stands between a real client and a real server, passes all bytes on and keeps each frame. It knows the 16-byte header's
 * length field and nothing more, so what it keeps cannot be coloured by a codec.
 */
export async function startTap(serverPort: number): Promise<Tap> {
  const frames: TappedFrame[] = [];
  const sockets = new Set<Socket>();
  let connections = 0;
  const server = createServer((client) => {
    const connection = connections++;
    const upstream = connect({ port: serverPort, host: "127.0.0.1" });
    pass(client, upstream, (bytes) => frames.push({ direction: "request", connection, bytes }));
    pass(upstream, client, (bytes) => frames.push({ direction: "response", connection, bytes }));
    for (const socket of [client, upstream]) {
      sockets.add(socket);
      socket.once("close", () => sockets.delete(socket));
    }
  });
  await new Promise<void>((resolve, reject) => server.once("error", reject).listen(0, "127.0.0.1", resolve));
  const stop = (): Promise<void> => new Promise((resolve) => {
    server.close(() => resolve());
    for (const socket of sockets) socket.destroy();
  });
  return {
    port: (server.address() as AddressInfo).port, frames, connections: () => connections, stop,
    find: (what, fits, ms = 10_000) => until(`frame: ${what}`, ms, () => frames.find(fits)),
  };
}

function pass(from: Socket, to: Socket, keep: (frame: Buffer) => void): void {
  let rest: Buffer = Buffer.alloc(0);
  from.on("data", (piece: Buffer) => {
    to.write(piece);
    rest = Buffer.concat([rest, piece]);
    while (rest.length >= HEADER_BYTES && rest.length >= frameBytes(rest)) {
      keep(rest.subarray(0, frameBytes(rest)));
      rest = rest.subarray(frameBytes(rest));
    }
  });
  from.on("end", () => to.end());
  from.on("error", () => to.destroy());
  from.on("close", () => to.destroySoon());
}

function frameBytes(header: Buffer): number {
  return HEADER_BYTES + header.readUInt32BE(LENGTH_AT);
}
