import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { freePort, waitForPort } from "../../tools/net.ts";
import { cacheDir } from "../../tools/paths.ts";
import { spawn } from "../../tools/process.ts";
import { startRedis } from "../redis/index.ts";
import { ensureRateLimit } from "./build.ts";

export interface RateLimitServer {
  /** Of gRPC. */
  readonly port: number;
  /** SIGSTOP and SIGCONT halt it and let it go on. */
  signal(signal: NodeJS.Signals): void;
  log(): string;
  /** Ends it and its Redis. */
  stop(): Promise<void>;
}

/** Envoy's rate limit service on loopback, counting in a real Redis server. `config` is the YAML of one domain. */
export async function startRateLimit(config: string): Promise<RateLimitServer> {
  const program = await ensureRateLimit(), redis = await startRedis(), folder = mkdtempSync(join(cacheDir("run"), "ratelimit-"));
  mkdirSync(join(folder, "ratelimit/config"), { recursive: true });
  writeFileSync(join(folder, "ratelimit/config/domain.yaml"), config);
  const [port, http, debug] = [await freePort(), await freePort(), await freePort()];
  const child = await spawn(program, [], { name: "ratelimit", env: {
    GRPC_HOST: "127.0.0.1", GRPC_PORT: String(port), HOST: "127.0.0.1", PORT: String(http), DEBUG_HOST: "127.0.0.1", DEBUG_PORT: String(debug),
    REDIS_SOCKET_TYPE: "tcp", REDIS_URL: `127.0.0.1:${redis.port}`, USE_STATSD: "false", LOG_LEVEL: "warn",
    RUNTIME_ROOT: folder, RUNTIME_SUBDIRECTORY: "ratelimit", RUNTIME_WATCH_ROOT: "false",
  } });
  const stop = async (): Promise<void> => {
    child.signal("SIGKILL");
    await child.stop();
    await redis.stop();
    rmSync(folder, { recursive: true, force: true });
  };
  try {
    await waitForPort(port);
  } catch (error) {
    await stop();
    throw new Error(`ratelimit does not listen:\n${child.tail()}`, { cause: error });
  }
  return { port, signal: (signal) => child.signal(signal), log: () => child.output(), stop };
}
