import { mkdtempSync, rmSync } from "node:fs";
import { join } from "node:path";
import { freePort } from "../../tools/net.ts";
import { cacheDir } from "../../tools/paths.ts";
import { spawn, type Child } from "../../tools/process.ts";
import { ensureRedis, ensureValkey } from "./build.ts";

export interface RedisServerOptions {
  /** valkey if absent: the newer one, with every command of Redis 7. */
  kind?: "valkey" | "redis";
  /** Any free one if absent. */
  port?: number;
  /** Of the default user. */
  password?: string;
  /** Further arguments, such as `--maxmemory 1mb`. */
  args?: string[];
}

export interface RedisServer {
  readonly port: number;
  readonly password: string | undefined;
  /** SIGSTOP and SIGCONT halt it and let it go on. */
  signal(signal: NodeJS.Signals): void;
  /** SIGSTOP; resolves once it does nothing more. */
  halt(): Promise<void>;
  /** Resolves when it has ended. Killed at once if absent: it would only wait for what nobody saves. */
  stop(signal?: "SIGTERM" | "SIGKILL"): Promise<void>;
  log(): string;
}

const READY_MS = 20_000;
const TRIES = 5;

/** A real server on loopback that keeps nothing on disk and takes DEBUG. */
export async function startRedis(options: RedisServerOptions = {}): Promise<RedisServer> {
  const kind = options.kind ?? "valkey";
  const program = kind === "valkey" ? await ensureValkey() : await ensureRedis("redis-server");
  for (let tries = 1; ; tries++) {
    const port = options.port ?? await freePort();
    const folder = mkdtempSync(join(cacheDir("run"), "redis-"));
    const args = ["--bind", "127.0.0.1", "--port", String(port), "--save", "", "--appendonly", "no", "--dir", folder,
      // Redis 6 takes DEBUG from everyone and does not know the option
      ...(kind === "valkey" ? ["--enable-debug-command", "yes"] : []),
      ...(options.password ? ["--requirepass", options.password] : []), ...(options.args ?? [])];
    const child = await spawn(program, args, { name: `${kind} ${port}` });
    const stop = async (signal: "SIGTERM" | "SIGKILL" = "SIGKILL"): Promise<void> => {
      child.signal(signal);
      await child.stop();
      rmSync(folder, { recursive: true, force: true });
    };
    if (await ready(child, stop, options.port === undefined && tries < TRIES)) {
      return { port, password: options.password, signal: (signal) => child.signal(signal), halt: () => child.halt(), stop, log: () => child.output() };
    }
  }
}

/** False if another process was quicker to take the port, and another one may be tried. */
async function ready(child: Child, stop: () => Promise<void>, again: boolean): Promise<boolean> {
  try {
    await child.waitFor(/Ready to accept connections/, READY_MS);
    return true;
  } catch (error) {
    await stop();
    if (again && /Address already in use/.test(child.output())) return false;
    throw error;
  }
}
