import { spawn, type ChildProcessWithoutNullStreams } from "node:child_process";
import { createInterface } from "node:readline";
import { ensureGoPeer, ensureJavaPeer } from "./build.ts";
import { javaArguments } from "./server.ts";

/** One call of Demo. The text {n} in arguments and attachments stands for the call's number. */
export interface Call {
  /** hello, echo, mix, boom, slow, whoami, nothing, attachments, calls; anything else where the peer can send it. */
  method: string;
  /** JSON values; bytes as base64, dates as milliseconds; an item's `self: true` is a reference to itself. */
  args?: unknown[];
  attachments?: Record<string, string>;
}

export interface CallOptions {
  /** Asks for no reply. */
  oneway?: boolean;
  /** By `$invoke`. The Go client can do so for arguments that are texts and longs. */
  generic?: boolean;
  /** With generic, Java client only: by `$invokeAsync`. */
  async?: boolean;
  /** Further tries of the failover cluster; 0 if absent. */
  retries?: number;
  /** Dubbo's cluster policy: failover if absent, or failfast. */
  cluster?: "failover" | "failfast";
  /** Milliseconds that the client waits for the reply; 10,000 if absent. */
  timeout?: number;
}

export interface Result {
  ok: boolean;
  value?: unknown;
  responseAttachments?: Record<string, string>;
  /** What the client library says. */
  error?: string;
  /** The exception's class as the client sees it. */
  class?: string;
  /** The innermost text's first line: what the server or proxy wrote. */
  cause?: string;
}

export interface ManyCalls extends CallOptions {
  count: number;
  /** Calls in flight at a time; 1 if absent. */
  concurrency?: number;
  /** Call number n is calls[n % length]. */
  calls: Call[];
}

/** Of many calls: how often each value and each error ("class: cause") came. An answer to another call is an error. */
export interface Totals {
  ok: boolean;
  results: Record<string, number>;
  errors: Record<string, number>;
  millis: number;
}

export interface DubboClient {
  call(call: Call & CallOptions): Promise<Result>;
  many(calls: ManyCalls): Promise<Totals>;
  /** Closes its connection and ends the process. */
  stop(): Promise<void>;
  /** What the client library logged. */
  log(): string;
}

export interface ClientOptions {
  port: number;
  host?: string;
  interface?: string;
  version?: string;
  group?: string;
  /** Milliseconds of silence before a heartbeat. */
  heartbeatMs?: number;
}

const READY_MS = 60_000;
const STOP_MS = 5000;
const DEFAULT_TIMEOUT_MS = 10_000;
const LOG_BYTES = 1 << 20;

/** A real Dubbo client in Java; all its calls share one TCP connection. */
export async function startJavaClient(options: ClientOptions & { serialization?: string }): Promise<DubboClient> {
  const classPath = await ensureJavaPeer();
  const args = flags("--", { ...common(options), serialization: options.serialization, heartbeat: options.heartbeatMs });
  return start("dubbo java client", "java", [...javaArguments(classPath, "client", 1000), ...args]);
}

/** A real dubbo-go client; all its calls share one TCP connection. */
export async function startGoClient(options: ClientOptions): Promise<DubboClient> {
  const program = await ensureGoPeer();
  const heartbeat = options.heartbeatMs === undefined ? undefined : `${options.heartbeatMs}ms`;
  return start("dubbo go client", program, flags("-", { ...common(options), heartbeat }));
}

function common(options: ClientOptions): Record<string, string | number | undefined> {
  return { port: options.port, host: options.host, interface: options.interface, version: options.version, group: options.group };
}

function flags(dash: string, values: Record<string, string | number | undefined>): string[] {
  return Object.entries(values).flatMap(([name, value]) => value === undefined ? [] : [dash + name, String(value)]);
}

async function start(name: string, command: string, args: string[]): Promise<DubboClient> {
  const client = new LineClient(name, spawn(command, args));
  try {
    await client.answer("ready", READY_MS);
  } catch (error) {
    await client.stop();
    throw error;
  }
  return client;
}

type Line = Record<string, unknown>;

/**
 * A child that takes one JSON command a line and answers each with one line of the same id. It ends when its standard
 * input does, and so never outlives this process.
 */
class LineClient implements DubboClient {
  private lastId = 0;
  private logged = "";
  private ended: string | undefined;
  private readonly waiting = new Map<unknown, { resolve(line: Line): void; reject(error: Error): void }>();

  constructor(private readonly name: string, private readonly child: ChildProcessWithoutNullStreams) {
    child.stderr.setEncoding("utf8").on("data", (text: string) => this.keep(text));
    createInterface(child.stdout).on("line", (text) => this.take(text));
    child.stdin.on("error", (error) => this.keep(`${error.message}\n`));
    child.once("error", (error) => this.end(`cannot start: ${error.message}`));
    child.once("close", (code, signal) => this.end(`ended with ${signal ?? `exit code ${code}`}`));
  }

  log(): string { return this.logged; }

  async call(call: Call & CallOptions): Promise<Result> {
    return await this.command(call, this.patience(call)) as unknown as Result;
  }

  async many(calls: ManyCalls): Promise<Totals> {
    const { calls: variants, ...options } = calls;
    // the peers answer a command of one call in the other form
    if (options.count < 2) throw new RangeError("many: count is at least 2");
    const rounds = Math.ceil(calls.count / (calls.concurrency ?? 1));
    return await this.command({ ...options, variants }, this.patience(calls) + rounds * 100) as unknown as Totals;
  }

  async stop(): Promise<void> {
    this.child.stdin.end();
    const gone = new Promise<void>((resolve) => {
      if (this.ended !== undefined) resolve();
      else this.child.once("close", () => resolve());
    });
    const timer = setTimeout(() => this.child.kill("SIGKILL"), STOP_MS);
    await gone;
    clearTimeout(timer);
  }

  /** The line with this id, to come; an Error with the log's end when the client ends or time is up. */
  answer(id: unknown, ms: number): Promise<Line> {
    return new Promise((resolve, reject) => {
      const fail = (why: string): void => reject(new Error(`${this.name}: ${why}\n${this.logged.slice(-4000)}`));
      if (this.ended !== undefined) return fail(this.ended);
      const timer = setTimeout(() => {
        this.waiting.delete(id);
        fail(`no answer to ${String(id)} after ${ms / 1000} s`);
      }, ms);
      this.waiting.set(id, {
        resolve: (line) => { clearTimeout(timer); resolve(line); },
        reject: (error) => { clearTimeout(timer); fail(error.message); },
      });
    });
  }

  private command(fields: object, ms: number): Promise<Line> {
    const id = ++this.lastId;
    const answer = this.answer(id, ms);
    this.child.stdin.write(`${JSON.stringify({ id, ...fields })}\n`);
    return answer;
  }

  /** How long the client library itself may take, and some more for a busy machine. */
  private patience(options: CallOptions): number {
    return (options.timeout ?? DEFAULT_TIMEOUT_MS) * ((options.retries ?? 0) + 1) + 20_000;
  }

  private take(text: string): void {
    const line = JSON.parse(text) as Line;
    const id = line.ready === true ? "ready" : line.id;
    this.waiting.get(id)?.resolve(line);
    this.waiting.delete(id);
  }

  private keep(text: string): void { this.logged = (this.logged + text).slice(-LOG_BYTES); }

  private end(why: string): void {
    this.ended ??= why;
    for (const each of this.waiting.values()) each.reject(new Error(why));
    this.waiting.clear();
  }
}
