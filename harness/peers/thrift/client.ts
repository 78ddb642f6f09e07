import { createHash } from "node:crypto";
import type { LineProcess } from "../lines.ts";
import { startPeer, type Library, type Stack } from "./peer.ts";

/** One call of Demo (demo.thrift). The text {n} in a call of many stands for its number. */
export interface Call {
  method: string;
  /** JSON values; `blob` takes a size, and its value is `SIZE:HASH` of what came back (blobOf). */
  args?: unknown[];
  /** THeader keys of this call. */
  headers?: Record<string, string>;
  /** Sent as one-way, whatever the method. */
  oneway?: boolean;
  /** Milliseconds that the client waits; 10,000 if absent. */
  timeout?: number;
}

export interface Result {
  ok: boolean;
  value?: unknown;
  /** THeader keys of the reply. */
  headers?: Record<string, string>;
  /** What the client library says. */
  error?: string;
  /** The exception's class in the library's words. */
  class?: string;
  /** Of a TApplicationException or TTransportException: its number. */
  type?: number;
}

/** Of many calls: how often each value and each error ("class: text") came. */
export interface Totals {
  results: Record<string, number>;
  errors: Record<string, number>;
  millis: number;
}

export interface ThriftClient {
  readonly library: Library;
  call(call: Call): Promise<Result>;
  /** `count` calls on the one connection, each after the answer of the one before; call number n is calls[n % length]. */
  many(options: { count: number; calls: Call[] }): Promise<Totals>;
  /** Sends all, then waits: python sends sequence id 0 with each. The answers are in the order of the calls. */
  pipeline(calls: Call[]): Promise<Result[]>;
  stop(): Promise<void>;
  log(): string;
}

export interface ClientOptions extends Partial<Stack> {
  port: number;
  /** The multiplexed service name; absent: names without one. */
  service?: string;
  /** Python, header: the payload is deflated. */
  zlib?: boolean;
}

const READY_MS = 60_000;
const PATIENCE_MS = 60_000;

/** A client of a real library: framed and binary if nothing is said. It connects with its first call, and again after a break. */
export async function startClient(library: Library, options: ClientOptions): Promise<ThriftClient> {
  const child: LineProcess = await startPeer(library, "client", { ...options });
  await child.ready(READY_MS);
  const ask = async (command: object, ms = 0): Promise<unknown> => child.command(command, PATIENCE_MS + ms);
  return {
    library,
    call: async (call) => await ask(call, call.timeout) as Result,
    many: async (options) => await ask(options) as Totals,
    pipeline: async (calls) => (await ask({ pipeline: calls }) as { answers: Result[] }).answers,
    stop: () => child.stop(),
    log: () => child.log(),
  };
}

/** The value of `blob` when all bytes came back: what it says of 0..250, again and again. */
export function blobOf(size: number): string {
  const bytes = Buffer.alloc(size, Buffer.from(Array.from({ length: 251 }, (_, i) => i)));
  return `${size}:${createHash("sha256").update(bytes).digest("hex").slice(0, 16)}`;
}
