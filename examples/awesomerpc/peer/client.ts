import { connect, type Socket } from "node:net";
import { encode, type Frame, FrameType, Splitter } from "./protocol.ts";

/** A pipelining client on one connection. */
export class AwesomeClient {
  /** Replies that no request waited for. */
  readonly strays: Frame[] = [];
  readonly closed: Promise<void>;
  private waiting = new Map<number, { resolve: (frame: Frame) => void; reject: (error: Error) => void }>();
  private nextId = 1;

  private constructor(readonly socket: Socket) {
    const splitter = new Splitter();
    socket.on("data", (chunk) => splitter.push(chunk).forEach((frame) => this.settle(frame)));
    socket.on("error", () => socket.destroy());
    this.closed = new Promise((resolve) => socket.on("close", () => {
      for (const waiter of this.waiting.values()) waiter.reject(new Error("connection closed"));
      this.waiting.clear();
      resolve();
    }));
  }

  static connect(port: number, host = "127.0.0.1"): Promise<AwesomeClient> {
    return new Promise((resolve, reject) => {
      const socket = connect(port, host).setNoDelay(true);
      socket.once("error", reject);
      socket.once("connect", () => {
        socket.off("error", reject);
        resolve(new AwesomeClient(socket));
      });
    });
  }

  /** Sends a request and waits for its reply. */
  call(headers: Record<string, string> = {}, body: Buffer | string = ""): Promise<Frame> {
    const id = this.nextId++;
    this.socket.write(this.request(FrameType.Request, id, headers, body));
    return this.expect(id);
  }

  oneway(headers: Record<string, string> = {}, body: Buffer | string = ""): void {
    this.socket.write(this.request(FrameType.Oneway, this.nextId++, headers, body));
  }

  /** A ping is answered by a pong with its id. */
  ping(): Promise<Frame> {
    const id = this.nextId++;
    this.socket.write(this.request(FrameType.Ping, id, {}, ""));
    return this.expect(id);
  }

  /** The reply that will carry this id. */
  expect(id: number): Promise<Frame> {
    return new Promise((resolve, reject) => this.waiting.set(id, { resolve, reject }));
  }

  request(type: FrameType, id: number, headers: Record<string, string>, body: Buffer | string): Buffer {
    return encode({ type, status: 0, id, headers: Object.entries(headers), body: Buffer.from(body) });
  }

  async close(): Promise<void> {
    this.socket.destroy();
    await this.closed;
  }

  private settle(frame: Frame): void {
    const waiter = this.waiting.get(frame.id);
    this.waiting.delete(frame.id);
    if (waiter) waiter.resolve(frame);
    else this.strays.push(frame);
  }
}
