import { LineProcess } from "../lines.ts";
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
const DEFAULT_TIMEOUT_MS = 10_000;

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
  const peer = new LineProcess(name, command, args);
  await peer.ready(READY_MS);
  return new LineClient(peer);
}

/** A client that takes one JSON command a line. */
class LineClient implements DubboClient {
  constructor(private readonly peer: LineProcess) {}

  log(): string { return this.peer.log(); }
  stop(): Promise<void> { return this.peer.stop(); }

  async call(call: Call & CallOptions): Promise<Result> {
    return await this.peer.command(call, patience(call)) as unknown as Result;
  }

  async many(calls: ManyCalls): Promise<Totals> {
    const { calls: variants, ...options } = calls;
    // the peers answer a command of one call in the other form
    if (options.count < 2) throw new RangeError("many: count is at least 2");
    const rounds = Math.ceil(calls.count / (calls.concurrency ?? 1));
    return await this.peer.command({ ...options, variants }, patience(calls) + rounds * 100) as unknown as Totals;
  }
}

/** How long the client library itself may take, and some more for a busy machine. */
function patience(options: CallOptions): number {
  return (options.timeout ?? DEFAULT_TIMEOUT_MS) * ((options.retries ?? 0) + 1) + 20_000;
}
