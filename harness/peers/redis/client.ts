import { once } from "node:events";
import { connect, type Socket } from "node:net";
import { command, type Argument, type Reply, RespParser, Typed } from "./resp.ts";

const PATIENCE_MS = 20_000;

interface Waiting { resolve(reply: Reply): void; reject(error: Error): void }

/**
 * A connection that sends what it is told, byte by byte if need be, and judges nothing: for what client libraries hide.
 * Each reply but a push answers the oldest command; an error reply is a value. Without a reply for `patienceMs` all that
 * wait fail, as nobody could tell any more which reply is whose.
 */
export class RespClient {
  /** Pushes of RESP3, and what came when nothing was waited for (messages of RESP2). */
  readonly unasked: Reply[] = [];
  private readonly waiting: Waiting[] = [];
  private ended: Error | undefined;
  /** Settles when the connection is closed, whoever did it. */
  readonly closed: Promise<void>;

  private constructor(readonly socket: Socket, private readonly patienceMs: number) {
    const parser = new RespParser((reply) => this.take(reply));
    socket.setNoDelay(true);
    socket.on("data", (piece: Buffer) => {
      try {
        parser.feed(piece);
      } catch (error) {
        this.end(error as Error);
        socket.destroy();
      }
    });
    socket.on("error", (error) => this.end(error));
    this.closed = new Promise((resolve) => socket.once("close", () => {
      this.end(new Error("the connection was closed"));
      resolve();
    }));
  }

  static async connect(port: number, options: { password?: string; resp3?: boolean; patienceMs?: number } = {}): Promise<RespClient> {
    const socket = connect({ port, host: "127.0.0.1" });
    await once(socket, "connect");
    const client = new RespClient(socket, options.patienceMs ?? PATIENCE_MS);
    if (options.resp3) await client.call("HELLO", 3, ...(options.password ? ["AUTH", "default", options.password] : []));
    else if (options.password) await client.call("AUTH", options.password);
    return client;
  }

  call(...args: Argument[]): Promise<Reply> { return this.send(command(...args), 1)[0]!; }

  /** All in one write; the replies in order. */
  pipeline(commands: Argument[][]): Promise<Reply[]> {
    return Promise.all(this.send(Buffer.concat(commands.map((args) => command(...args))), commands.length));
  }

  /** Sends bytes that will have so many replies. */
  send(bytes: Buffer | string, replies: number): Promise<Reply>[] {
    const promises = Array.from({ length: replies }, () => new Promise<Reply>((resolve, reject) => {
      if (this.ended) reject(this.ended);
      else this.waiting.push({ resolve, reject });
    }));
    if (bytes.length > 0) this.socket.write(bytes);
    const timer = setTimeout(() => this.end(new Error(`no reply after ${this.patienceMs / 1000} s`)), this.patienceMs);
    // whoever waits for a reply meets its error there
    void Promise.allSettled(promises).then(() => clearTimeout(timer));
    return promises;
  }

  /** A further reply, to come. */
  reply(): Promise<Reply> { return this.send("", 1)[0]!; }

  async close(): Promise<void> {
    this.socket.destroy();
    await this.closed;
  }

  private take(reply: Reply): void {
    const push = reply instanceof Typed && reply.type === "push";
    if (push || this.waiting.length === 0) this.unasked.push(reply);
    else this.waiting.shift()!.resolve(reply);
  }

  private end(error: Error): void {
    this.ended ??= error;
    for (const each of this.waiting.splice(0)) each.reject(this.ended);
  }
}
