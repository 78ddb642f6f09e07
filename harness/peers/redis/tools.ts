import { type Child, run, spawn } from "../../tools/process.ts";
import { ensureRedis } from "./build.ts";

export interface CliOptions { port: number; password?: string; resp3?: boolean; db?: number }

/** Runs redis-cli with commands on its standard input, one a line; what it printed, as a person would see it. */
export async function redisCli(options: CliOptions, lines: string[], args: string[] = []): Promise<string> {
  const flags = ["-h", "127.0.0.1", "-p", String(options.port), "--no-raw", ...(options.resp3 ? ["-3"] : []),
    ...(options.db === undefined ? [] : ["-n", String(options.db)]), ...args];
  const env = { REDISCLI_AUTH: options.password };
  const done = await run(await ensureRedis("redis-cli"), flags, { env, input: lines.map((line) => `${line}\n`).join(""), timeoutMs: 60_000 });
  if (done.timedOut) throw new Error(`redis-cli did not end:\n${done.output}`);
  return done.output;
}

/** Starts redis-cli with arguments that make it go on until it is stopped. */
export async function spawnRedisCli(port: number, args: string[]): Promise<Child> {
  return spawn(await ensureRedis("redis-cli"), ["-h", "127.0.0.1", "-p", String(port), ...args], { name: `redis-cli ${args.join(" ")}` });
}

export interface BenchmarkOptions {
  port: number;
  /** Commands of each test; 1,000 if absent. */
  requests?: number;
  clients?: number;
  /** Commands in flight on a connection. */
  pipeline?: number;
  /** Names of its tests, all of them if absent. */
  tests?: string[];
}

/** Requests per second by test, in RESP2. redis-benchmark ends at the first error reply, and that is an Error here. */
export async function redisBenchmark(options: BenchmarkOptions): Promise<Map<string, number>> {
  const pipeline = options.pipeline ?? 1;
  // It counts whole pipelines. With a rest, the requests it has finished are never equal to -n; if its timer of 250 ms fires just after the last
  // clients have ended together, it says "All clients disconnected" (showThroughput in redis-benchmark.c, seen with a server that never closes).
  const requests = Math.ceil((options.requests ?? 1000) / pipeline) * pipeline;
  const flags = ["-h", "127.0.0.1", "-p", String(options.port), "-n", String(requests), "-c", String(options.clients ?? 10),
    "-P", String(pipeline), "--csv", ...(options.tests ? ["-t", options.tests.join(",")] : [])];
  const done = await run(await ensureRedis("redis-benchmark"), flags, { timeoutMs: 120_000 });
  if (done.code !== 0 || done.timedOut) {
    throw new Error(`redis-benchmark ${flags.join(" ")}: ${done.timedOut ? "did not end" : `exit code ${done.code}`}\n${done.output.slice(-2000)}`);
  }
  const rows = [...done.output.matchAll(/^"(?!test)([^"]+)","([\d.]+)"/gm)];
  return new Map(rows.map(([, name, rate]) => [name!, Number(rate)]));
}
