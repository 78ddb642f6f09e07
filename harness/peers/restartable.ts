import { mkdtemp, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import type { Child } from "../tools/process.ts";

/** A server that tests kill and start again. */
export interface Restartable {
  readonly port: number;
  /** Ends it as a crash would; what it holds on disk stays. */
  kill(): Promise<void>;
  /** Starts it again at the same port; resolves once it serves. */
  start(): Promise<void>;
  /** SIGSTOP and SIGCONT halt it and let it go on. */
  signal(signal: "SIGSTOP" | "SIGCONT"): void;
  stop(): Promise<void>;
}

/** Starts a server that has a folder of its own; `begin` is given the folder, and resolves as soon as the process runs, `ready` once it serves. */
export async function startRestartable(name: string, port: number, begin: (folder: string) => Promise<Child>, ready: (child: Child) => Promise<unknown>): Promise<Restartable> {
  const folder = await mkdtemp(join(tmpdir(), `meltemi-${name}-`));
  let child: Child | undefined;
  const server: Restartable = {
    port,
    start: async () => {
      child = await begin(folder);
      await ready(child);
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
