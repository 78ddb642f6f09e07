/** Clients that are never out of work, and keep count of what became of each request. */
import assert from "node:assert/strict";
import { createRequire } from "node:module";
import { join } from "node:path";
import { setTimeout as delay } from "node:timers/promises";
import type { DubboClient, ManyCalls } from "../../harness/peers/dubbo/index.ts";
import { type Argument, command, type Reply, RespClient } from "../../harness/peers/redis/index.ts";
import type { Call, ThriftClient } from "../../harness/peers/thrift/index.ts";

/** How long loads go on: until `over`; `once`: where one of ours sees that its connection has ended, it does not connect again. */
export interface Span { over: boolean; once: boolean }

export abstract class Load {
  answered = 0;
  /** Requests that were sent and got no answer, for each connection that ended. */
  readonly lost: number[] = [];
  /** Of these, what may have been answered and not heard: the client itself gave up, or dropped what it had not read yet. */
  unheard = 0;
  /** What clients said of that. */
  readonly words = new Set<string>();

  constructor(readonly name: string, protected readonly span: Span) {}

  /** A connection has ended, as far as the client tells. */
  abstract get hasEnded(): boolean;
  abstract run(): Promise<void>;
}

/** How a Redis client uses its connection. */
export interface Manner {
  /** Callers that share it, each with a turn of its own. */
  callers: number;
  /** Commands of one turn, in one write. */
  commands: number;
  /** Milliseconds between an answer and the next turn at most. */
  pause: number;
  /** Absent: INCR of a key of its own. */
  command?: Argument[];
}

/**
 * Counts with INCR: each answer must be one more than the last, so no command without an answer was run, and none twice. But a client that
 * is late finds its connection ended when it writes, and the error of that write (EPIPE, ECONNRESET) takes along what it has not read yet:
 * so many may have been run and answered.
 */
export class RedisLoad extends Load {
  private count = 0;
  private unread = 0;
  private asked = 0;
  private hasFailedToWrite = false;
  get hasEnded(): boolean { return this.lost.length > 0; }

  constructor(name: string, span: Span, private readonly port: number, private readonly resp3: boolean, private readonly manner: Manner) { super(name, span); }

  async run(): Promise<void> {
    while (!this.span.over && !(this.span.once && this.hasEnded)) {
      const client = await RespClient.connect(this.port, { resp3: this.resp3 }).catch(() => delay(20));
      if (!client) continue;
      const before = this.answered;
      this.asked = 0;
      await Promise.all(Array.from({ length: this.manner.callers }, () => this.work(client)));
      await client.close();
      assert.deepEqual(client.unasked, [], `${this.name}: an answer that nobody asked for`);
      const lost = this.asked - (this.answered - before);
      if (!this.span.over) this.lost.push(lost);
      if (this.hasFailedToWrite) this.unheard += lost;
      if (this.hasFailedToWrite) this.unread += lost;
      this.hasFailedToWrite = false;
    }
  }

  /** Until the connection ends, or the load is over. */
  private async work(client: RespClient): Promise<void> {
    const { commands, pause, command: other } = this.manner;
    const turn = Buffer.concat(Array.from({ length: commands }, () => command(...(other ?? ["INCR", this.name]))));
    while (!this.span.over && client.socket.writable) {
      this.asked += commands;
      const replies = client.send(turn, commands).map((reply) => reply.then((value) => this.take(value), (error: Error) => this.fail(error)));
      await Promise.all(replies);
      if (pause > 0) await delay(Math.random() * pause);
    }
  }

  private take(reply: Reply): void {
    this.answered++;
    if (this.manner.command) return assert.equal(reply, null, this.name);
    const skipped = Number(reply) - ++this.count;
    assert.equal(skipped >= 0 && skipped <= this.unread, true, `${this.name}: ${String(reply)} in place of ${this.count}, of ${this.unread} nobody knows`);
    this.unread -= skipped;
    this.count += skipped;
  }

  private fail(error: Error): void {
    this.words.add(error.message);
    this.hasFailedToWrite ||= /EPIPE|ECONNRESET/.test(error.message);
  }
}

interface IoRedis { incr(key: string): Promise<number>; get(key: string): Promise<string | null>; on(event: "error", take: () => void): void; disconnect(): void }

/** ioredis, with four callers: it sends again what had no answer when its connection ended, so nothing may be lost or run twice. */
export class ResendingLoad extends Load {
  readonly hasEnded = true;

  /** `modules`: the folder that has ioredis. */
  constructor(name: string, span: Span, private readonly port: number, private readonly modules: string) { super(name, span); }

  async run(): Promise<void> {
    const { Redis } = createRequire(join(this.modules, "package.json"))("ioredis") as { Redis: new (options: object) => IoRedis };
    const redis = new Redis({ port: this.port, host: "127.0.0.1" });
    redis.on("error", () => undefined);
    await Promise.all(Array.from({ length: 4 }, async () => {
      while (!this.span.over) {
        await redis.incr(this.name);
        this.answered++;
        await delay(4);
      }
    }));
    const count = await redis.get(this.name);
    redis.disconnect();
    assert.equal(count, String(this.answered), this.name);
  }
}

interface Round { results: Record<string, number>; errors: Record<string, number> }

const sum = (counts: Record<string, number>): number => Object.values(counts).reduce((all, n) => all + n, 0);

/**
 * Time was up, or a write failed (and so what had come was not read). dubbo-go says the first of calls whose connection has ended: it drops
 * an answer that it reads together with the end, whoever ends it (harness/peers/dubbo/peers.test.ts shows that without us).
 */
const UNHEARD = /time ?out|no reply after|broken pipe|EPIPE|reset by peer|ECONNRESET/i;

/** Between two rounds: much less than a pause that the filter would take for one, and enough for the others of a busy machine. */
const BREATH_MS = 10;

/** Calls of a real library, in rounds in which its connection ends once at most; if that costs no call, nobody sees it. */
class LibraryLoad extends Load {
  readonly hasEnded = true;

  /** `unsent`: errors of calls that the library did not send. */
  constructor(name: string, span: Span, private readonly round: () => Promise<Round>, private readonly unsent: RegExp) { super(name, span); }

  async run(): Promise<void> {
    while (!this.span.over) {
      const { results, errors } = await this.round();
      const sent = Object.entries(errors).filter(([error]) => !this.unsent.test(error));
      this.answered += sum(results);
      for (const [error, times] of sent) {
        this.words.add(error.slice(0, 100));
        if (UNHEARD.test(error)) this.unheard += times;
      }
      if (sent.length > 0) this.lost.push(sum(Object.fromEntries(sent)));
      await delay(BREATH_MS);
    }
  }
}

/** `pipelined`: calls that are sent before the first answer is read. */
export function thriftLoad(name: string, span: Span, client: ThriftClient, call: Call, { count = 5, pipelined = 0 } = {}): Load {
  return new LibraryLoad(name, span, async () => {
    if (pipelined === 0) return client.many({ count, calls: [call] });
    const answers = await client.pipeline(Array.from({ length: pipelined }, () => call)), bad = answers.filter(({ ok }) => !ok);
    return { results: { ok: answers.length - bad.length }, errors: bad[0] ? { [`${bad[0].class}: ${bad[0].error}`]: bad.length } : {} };
  }, /refused/i);
}

/** Longer than a busy machine keeps an answer back: a call that its client gives up before would be one that was run and not heard. */
const PATIENCE_MS = 20_000;

export function dubboLoad(name: string, span: Span, client: DubboClient, calls: ManyCalls): Load {
  return new LibraryLoad(name, span, () => client.many({ timeout: PATIENCE_MS, ...calls }), /No provider available|refused|session not exist|session Already Closed|ClosedChannelException/);
}
