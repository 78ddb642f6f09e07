/** Servers that leave in good order: they answer what they have read, then end each connection. */
import { once } from "node:events";
import { createServer, type AddressInfo, type Server, type Socket } from "node:net";
import { setTimeout as delay } from "node:timers/promises";

/** Takes bytes as they come; hands out the answer to each whole request. */
export type Talk = (answer: (bytes: Buffer) => void) => (piece: Buffer) => void;

export class PoliteServer {
  /** Requests read so far; each is answered. */
  taken = 0;
  private leaving = false;
  private readonly sockets = new Set<Socket>();
  /** Answers under way, by connection. */
  private readonly open = new Map<Socket, number>();
  private readonly server: Server;

  /** `ms`: how long an answer takes. */
  constructor(private readonly talk: Talk, private readonly ms: number) {
    this.server = createServer({ allowHalfOpen: true }, (socket) => this.serve(socket));
  }

  async start(): Promise<number> {
    await once(this.server.listen(0, "127.0.0.1"), "listening");
    return (this.server.address() as AddressInfo).port;
  }

  /** No new connections, no further requests; each connection ends behind its last answer. */
  leave(): void {
    this.leaving = true;
    this.server.close();
    for (const socket of this.sockets) this.end(socket);
  }

  stop(): void {
    if (!this.leaving) this.server.close();
    for (const socket of this.sockets) socket.destroy();
  }

  private serve(socket: Socket): void {
    this.sockets.add(socket);
    this.open.set(socket, 0);
    const feed = this.talk((bytes) => void this.answer(socket, bytes));
    socket.setNoDelay(true).on("data", (piece) => {
      if (!this.leaving) feed(piece);
    }).on("end", () => socket.end()).on("error", () => socket.destroy()).once("close", () => this.sockets.delete(socket));
  }

  private async answer(socket: Socket, bytes: Buffer): Promise<void> {
    this.taken++;
    this.open.set(socket, this.open.get(socket)! + 1);
    await delay(this.ms);
    socket.write(bytes);
    this.open.set(socket, this.open.get(socket)! - 1);
    if (this.leaving) this.end(socket);
  }

  private end(socket: Socket): void { if (this.open.get(socket) === 0) socket.end(); }
}
