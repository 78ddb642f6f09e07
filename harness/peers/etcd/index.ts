/** A real etcd 3.6 with one member. */
import { mkdtemp, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { freePort } from "../../tools/net.ts";
import { spawn, type Child } from "../../tools/process.ts";
import { ensureGo } from "../install.ts";

export interface EtcdServer {
  readonly port: number;
  /** Ends it as a crash would; what it holds stays on disk. */
  kill(): Promise<void>;
  /** Starts it again with what it held. */
  start(): Promise<void>;
  signal(signal: "SIGSTOP" | "SIGCONT"): void;
  stop(): Promise<void>;
}

const READY_MS = 60_000;

export async function startEtcd(): Promise<EtcdServer> {
  const [program, port, peers, folder] = await Promise.all([ensureGo("etcd", join(import.meta.dirname, "go")), freePort(), freePort(), mkdtemp(join(tmpdir(), "meltemi-etcd-"))]);
  let child: Child | undefined;
  const server: EtcdServer = {
    port,
    start: async () => {
      child = await spawn(program, [join(folder, "data"), String(port), String(peers)], { name: "etcd" });
      await child.waitFor(/^ready$/m, READY_MS);
    },
    kill: async () => {
      child?.signal("SIGKILL");
      await child?.stop();
    },
    signal: (signal) => child?.signal(signal),
    stop: async () => {
      await child?.stop();
      await rm(folder, { recursive: true, force: true });
    },
  };
  try {
    await server.start();
  } catch (error) {
    await server.stop();
    throw error;
  }
  return server;
}
