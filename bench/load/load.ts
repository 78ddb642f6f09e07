import { spawn } from "node:child_process";
import { once } from "node:events";
import { ensureLoad } from "./build.ts";

export const PROTOCOLS = ["dubbo", "thrift", "redis"] as const;
export type Protocol = (typeof PROTOCOLS)[number];

export interface Load {
  protocol: Protocol;
  /** Of what is loaded, on 127.0.0.1. */
  port: number;
  connections: number;
  /** Of each connection. */
  inFlight: number;
  /** Bytes of the argument, and of the answer. */
  body: number;
  warmSeconds: number;
  seconds: number;
  /** Processes whose CPU is taken over the same seconds. */
  watch: number[];
}

/** What came of the measured seconds. CPU in nanoseconds, latency in microseconds. */
export interface Measured {
  requests: number;
  errors: number;
  closed: number;
  seconds: number;
  /** On the wire. */
  requestBytes: number;
  /** CPU of the generator itself. */
  own: number;
  latency: { min: number; p50: number; p99: number; max: number };
  /** In the order of `watch`; `workers` are Envoy's worker threads alone. */
  watched: { pid: number; all: number; workers: number }[];
}

/** The attachment that rules on a tail key look for; every Dubbo request has it. */
export const ATTACHMENT = { key: "user", value: "test" };
export const METHOD = "echo";

/** One run of the generator; an Error if it failed, or if any answer was wrong. */
export async function load(options: Load): Promise<Measured> {
  const { protocol, port, connections, inFlight, body, warmSeconds, seconds, watch } = options;
  const words = ["client", "--protocol", protocol, "--port", port, "--connections", connections, "--in-flight", inFlight, "--body", body, "--method", METHOD,
    "--attachment", `${ATTACHMENT.key}=${ATTACHMENT.value}`, "--warm", warmSeconds, "--seconds", seconds, ...watch.flatMap((pid) => ["--watch", pid])];
  const child = spawn(await ensureLoad(), words.map(String), { stdio: ["ignore", "pipe", "inherit"] });
  let text = "";
  child.stdout.setEncoding("utf8").on("data", (piece: string) => (text += piece));
  const [code] = await once(child, "close") as [number | null];
  if (code !== 0) throw new Error(`load ${words.join(" ")}: exit code ${code}`);
  const measured = JSON.parse(text) as Measured;
  if (measured.errors > 0 || measured.closed > 0 || measured.requests === 0) throw new Error(`load ${words.join(" ")}: ${text.trim()}`);
  return measured;
}

export interface Idle { end(): Promise<void> }

/** Connections that have had one answer each and are silent now. */
export async function idle(protocol: Protocol, port: number, connections: number): Promise<Idle> {
  const words = ["client", "--idle", "--protocol", protocol, "--port", port, "--connections", connections, "--method", METHOD, "--attachment", `${ATTACHMENT.key}=${ATTACHMENT.value}`];
  const child = spawn(await ensureLoad(), words.map(String), { stdio: ["pipe", "pipe", "inherit"] });
  const closed = once(child, "close");
  const said = await Promise.race([once(child.stdout, "data").then(([bytes]) => String(bytes)), closed.then(() => "")]);
  if (!said.startsWith("{")) throw new Error(`load ${words.join(" ")}: ended`);
  return { end: async () => { child.stdin.end(); await closed; } };
}

export interface Backend { pid: number; ports: Record<Protocol, number>; stop(): Promise<void> }

/** The server behind all proxies: each request is answered with its own argument. It ends with this process. */
export async function startBackend(): Promise<Backend> {
  const child = spawn(await ensureLoad(), ["server"], { stdio: ["pipe", "pipe", "inherit"] });
  const closed = once(child, "close");
  const [line] = await once(child.stdout, "data") as [Buffer];
  return { pid: child.pid!, ports: JSON.parse(String(line)) as Record<Protocol, number>, stop: async () => { child.stdin.end(); await closed; } };
}
