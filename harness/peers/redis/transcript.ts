import { join } from "node:path";
import { run } from "../../tools/process.ts";
import { ensureNodeRedis, ensurePythonRedis } from "./build.ts";

export type Library = "ioredis" | "node-redis" | "redis-py";

export const LIBRARIES: Library[] = ["ioredis", "node-redis", "redis-py"];

export interface TranscriptOptions { port: number; protocol: 2 | 3; password?: string; db?: number }

/** What a step of the program gave, or `{ error: text }`. */
export type Step = [name: string, value: unknown];

const HERE = import.meta.dirname;

/**
 * Runs a library's program, which does all that the library has words for, and returns what each step gave. It empties
 * the database first and leaves nothing to chance, so two runs against the same server say the same.
 */
export async function transcript(library: Library, { port, protocol, password, db }: TranscriptOptions): Promise<Step[]> {
  const told = Object.entries({ port, protocol, password, db }).flatMap(([name, value]) => value === undefined ? [] : [`--${name}`, String(value)]);
  const [command, args, env] = library === "redis-py"
    ? ["python3", ["-B", join(HERE, "python/redis_py.py"), ...told], { PYTHONPATH: await ensurePythonRedis() }] as const
    : [process.execPath, [join(HERE, "node", `${library}.mjs`), "--modules", await ensureNodeRedis(), ...told], {}] as const;
  const done = await run(command, [...args], { name: library, env, timeoutMs: 60_000 });
  if (done.code !== 0 || done.timedOut) throw new Error(`${library}: ${done.timedOut ? "did not end" : `exit code ${done.code}`}\n${done.output.slice(-4000)}`);
  return JSON.parse(done.stdout) as Step[];
}
