import { freePort } from "../../tools/net.ts";
import { spawn, type Child } from "../../tools/process.ts";
import { LineProcess } from "../lines.ts";
import { ensureGoPeer, ensureJavaPeer } from "./build.ts";

export interface JavaServerOptions {
  /** What the server says in its answers and puts into each reply's attachment `served-by`. */
  name: string;
  /** Any free one if absent. */
  port?: number;
  /** Demo under another interface name. */
  interface?: string;
  group?: string;
  /** 1.0.0 if absent. */
  version?: string;
  /** Where it registers itself, `zookeeper://127.0.0.1:2181`; nowhere if absent. */
  registry?: string;
  /** How: its interface, its application as an instance, or both, Dubbo's default. */
  registerMode?: "interface" | "instance" | "all";
  application?: string;
  weight?: number;
  /** Further parameters of what it registers. */
  parameters?: Record<string, string>;
  /** Another service of the same port, INTERFACE:VERSION: both then tell each call in the log, `ran NAME METHOD`; its NAME is "secret". */
  also?: string;
  /** Dubbo's names; hessian2 if absent. */
  serialization?: string;
  /** Milliseconds of silence before a heartbeat; the connection closes after three of them. Dubbo's default: 60,000. */
  heartbeatMs?: number;
  /** Largest frame in bytes; Dubbo's default: 8 MiB. */
  payload?: number;
  /** Calls that run at the same time at most, 200 if absent; one more is refused with status 100, as nothing queues. */
  threads?: number;
  /** How long a graceful shutdown waits for its clients to go; milliseconds. */
  shutdownWaitMs?: number;
  env?: Record<string, string | undefined>;
}

export interface JavaServer {
  readonly name: string;
  readonly port: number;
  /** SIGTERM: Dubbo's graceful shutdown, READONLY event first. SIGKILL: gone at once. Resolves when it has ended. */
  stop(signal?: "SIGTERM" | "SIGKILL"): Promise<void>;
  /** SIGSTOP and SIGCONT halt it and let it go on. */
  signal(signal: "SIGSTOP" | "SIGCONT"): void;
  /** SIGSTOP; resolves once it does nothing more. */
  halt(): Promise<void>;
  /** Everything it wrote so far. */
  log(): string;
}

const READY_MS = 60_000;

/** Options of the JVM that keep the peers small and let Dubbo serialise exceptions on Java 17. */
export function javaArguments(classPath: string, mode: "server" | "client", shutdownWaitMs: number): string[] {
  return ["-XX:+UseSerialGC", "-XX:TieredStopAtLevel=1", "-Xmx256m", "--add-opens", "java.base/java.lang=ALL-UNNAMED",
    "-Dorg.slf4j.simpleLogger.defaultLogLevel=warn", `-Ddubbo.service.shutdown.wait=${shutdownWaitMs}`, "-cp", classPath, "org.meltemi.demo.Main", mode];
}

/** Starts the real Dubbo server for Demo 1.0.0 on loopback; rejects with its log if it is not ready in time. */
export async function startJavaServer(options: JavaServerOptions): Promise<JavaServer> {
  const port = options.port ?? await freePort();
  const shutdownWaitMs = options.shutdownWaitMs ?? 2000;
  const classPath = await ensureJavaPeer();
  const flags: [string, string | number | undefined][] = [["port", port], ["name", options.name], ["interface", options.interface], ["group", options.group],
    ["serialization", options.serialization], ["heartbeat", options.heartbeatMs], ["payload", options.payload], ["threads", options.threads],
    ["version", options.version], ["registry", options.registry], ["register-mode", options.registerMode], ["application", options.application], ["weight", options.weight], ["also", options.also],
    ["parameters", options.parameters && Object.entries(options.parameters).map((pair) => pair.join("=")).join(",")]];
  const args = flags.flatMap(([name, value]) => value === undefined ? [] : [`--${name}`, String(value)]);
  const child = await spawn("java", [...javaArguments(classPath, "server", shutdownWaitMs), ...args], {
    name: `dubbo server ${options.name}`, env: options.env, graceMs: shutdownWaitMs + 15_000,
  });
  try {
    await child.waitFor(/"ready":true/, READY_MS);
  } catch (error) {
    await child.stop();
    throw error;
  }
  return { name: options.name, port, stop: (signal) => stop(child, signal), signal: (signal) => child.signal(signal), halt: () => child.halt(), log: () => child.output() };
}

async function stop(child: Child, signal: "SIGTERM" | "SIGKILL" = "SIGTERM"): Promise<void> {
  if (signal === "SIGKILL") child.signal(signal);
  await child.stop();
}

export interface GoServer {
  readonly port: number;
  /** Each call, `ran NAME METHOD`, among what the library logs. */
  log(): string;
  stop(): Promise<void>;
}

/** A dubbo-go provider of p.Pub 1.0.0, named "pub", and of p.Sec 2.0.0 and p.Sec without a version, both named "secret". */
export async function startGoServer(): Promise<GoServer> {
  const port = await freePort(), peer = new LineProcess("dubbo go server", await ensureGoPeer(), ["-mode", "serve", "-port", String(port)]);
  await peer.ready(READY_MS);
  return {
    port, log: () => peer.log(),
    stop: async () => {
      peer.signal("SIGKILL");
      await peer.stop();
    },
  };
}
