import { createServer, type Server, type Socket } from "node:net";
import type { AddressInfo } from "node:net";
import { encode, type Frame, FrameType, Splitter } from "./protocol.ts";

/** Answers a request; null: no answer. */
export type Handler = (request: Frame, server: AwesomeServer, socket: Socket) => Partial<Frame> | null;

/** Says who it is, and what headers it saw. */
export const whoami: Handler = (request, server) => ({
  headers: [["server", server.name]],
  body: Buffer.from(JSON.stringify({ server: server.name, headers: request.headers })),
});

/** A server for tests and the demo: counts what it gets and answers by its handler. */
export class AwesomeServer {
  readonly sockets = new Set<Socket>();
  /** Frames by type. */
  readonly seen = new Map<FrameType, number>();
  private server: Server;

  constructor(readonly name: string, private handler: Handler = whoami) {
    this.server = createServer((socket) => this.serve(socket));
  }

  get port(): number { return (this.server.address() as AddressInfo).port; }
  get requests(): number { return (this.seen.get(FrameType.Request) ?? 0) + (this.seen.get(FrameType.Oneway) ?? 0); }

  start(port = 0): Promise<this> {
    return new Promise((resolve, reject) => {
      this.server.once("error", reject);
      this.server.listen(port, "127.0.0.1", () => resolve(this));
    });
  }

  stop(): Promise<void> {
    for (const socket of this.sockets) socket.destroy();
    return new Promise((resolve) => this.server.close(() => resolve()));
  }

  private serve(socket: Socket): void {
    this.sockets.add(socket.setNoDelay(true));
    const splitter = new Splitter();
    socket.on("close", () => this.sockets.delete(socket));
    socket.on("error", () => socket.destroy());
    socket.on("data", (chunk) => {
      const replies = splitter.push(chunk).map((frame) => this.answer(frame, socket));
      const bytes = Buffer.concat(replies.filter((reply) => reply !== null));
      if (bytes.length) socket.write(bytes);
    });
  }

  private answer(frame: Frame, socket: Socket): Buffer | null {
    this.seen.set(frame.type, (this.seen.get(frame.type) ?? 0) + 1);
    if (frame.type === FrameType.Ping) return encode({ ...frame, type: FrameType.Pong });
    if (frame.type !== FrameType.Request && frame.type !== FrameType.Oneway) return null;
    const reply = this.handler(frame, this, socket);
    if (frame.type === FrameType.Oneway || !reply) return null;
    return encode({ type: FrameType.Reply, status: 0, id: frame.id, headers: [], body: Buffer.alloc(0), ...reply });
  }
}
