/** Clients that mostly wait: for news, for work, for nothing at all. */
import { once } from "node:events";
import { connect, type Socket } from "node:net";
import { setTimeout as delay } from "node:timers/promises";
import { command, type Reply, RespClient } from "../../harness/peers/redis/index.ts";
import { until } from "../../harness/tools/wait.ts";
import type { Span } from "./drain-load.ts";

/** A connection and how it ended: EOF, or the error; undefined while it is open. */
export class Waiting {
  end: string | undefined;
  endedAt = 0;

  constructor(readonly what: string, socket: Socket) {
    socket.once("end", () => this.ended("EOF")).once("error", (error) => this.ended(error.message));
  }

  private ended(how: string): void {
    if (this.end === undefined) this.endedAt = Date.now();
    this.end ??= how;
  }

  /** Says something, or nothing, and then no more. */
  static async open(what: string, port: number, bytes: Buffer | string): Promise<Waiting> {
    const socket = connect(port, "127.0.0.1").resume();
    await once(socket, "connect");
    if (bytes.length > 0) socket.write(bytes);
    return new Waiting(what, socket);
  }
}

/** A command that nobody will ever answer. */
export class Blocked extends Waiting {
  readonly replies: Reply[] = [];

  static async block(what: string, port: number): Promise<Blocked> {
    const client = await RespClient.connect(port, { patienceMs: 300_000 }), blocked = new Blocked(what, client.socket);
    void client.call("BLPOP", "never", 0).then((reply) => blocked.replies.push(reply), () => undefined);
    return blocked;
  }
}

export class Subscriber extends Waiting {
  readonly news: number[] = [];

  static async subscribe(what: string, port: number, resp3: boolean): Promise<Subscriber> {
    const client = await RespClient.connect(port, { resp3 }), subscriber = new Subscriber(what, client.socket);
    client.socket.write(command("SUBSCRIBE", "news"));
    await until("it is subscribed", 5000, () => client.unasked.length > 0);
    client.socket.on("data", () => {
      for (const reply of client.unasked.splice(0)) {
        const [kind, , text] = Array.isArray(reply) ? reply : (reply as { value: Reply[] }).value;
        if (kind === "message") subscriber.news.push(Number(text));
      }
    });
    return subscriber;
  }
}

/** Numbers that are published and pushed ten times a second, and a client that pops them. */
export class Work {
  pushed = 0;
  readonly popped: number[] = [];
  /** Connections of the client that ended. */
  ends = 0;

  constructor(private readonly span: Span) {}

  async push(direct: RespClient): Promise<void> {
    while (!this.span.over) {
      this.pushed++;
      await direct.pipeline([["RPUSH", "work", this.pushed], ["PUBLISH", "news", this.pushed]]);
      await delay(100);
    }
  }

  async pop(port: number): Promise<void> {
    while (!this.span.over && !(this.span.once && this.ends > 0)) {
      const client = await RespClient.connect(port).catch(() => delay(20));
      if (!client) continue;
      for (let open = true; open && !this.span.over;) {
        open = await client.call("BLPOP", "work", 1).then((reply) => {
          if (reply !== null) this.popped.push(Number((reply as string[])[1]));
          return true;
        }, () => false);
      }
      this.ends++;
      await client.close();
    }
  }
}
