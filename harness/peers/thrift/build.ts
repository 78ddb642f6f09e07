import { createHash } from "node:crypto";
import { copyFileSync, existsSync, readFileSync, readdirSync, rmSync, writeFileSync } from "node:fs";
import { delimiter, join, relative } from "node:path";
import { onPath } from "../../tools/func-e.ts";
import { locked } from "../../tools/lock.ts";
import { cacheDir } from "../../tools/paths.ts";
import { run } from "../../tools/process.ts";
import { lastLine, step, Trouble } from "../../tools/progress.ts";

const HERE = import.meta.dirname;
const BUILD_MS = 900_000;

/** Installs the Python libraries of requirements.txt unless they are there; returns the folder for PYTHONPATH. */
export function ensurePythonThrift(): Promise<string> {
  const list = join(HERE, "python/requirements.txt");
  return built("Python", [list], async (out) => {
    need("python3", "Python 3.9 or newer with pip (Debian: python3 python3-pip)");
    await tool("python3", ["-m", "pip", "install", "--quiet", "--no-deps", "--target", out, "-r", list]);
  });
}

/** Installs the npm packages of node/package-lock.json unless they are there; returns the folder that holds node_modules. */
export function ensureNodeThrift(): Promise<string> {
  const lists = ["package.json", "package-lock.json"];
  return built("Node", lists.map((name) => join(HERE, "node", name)), async (out) => {
    for (const name of lists) copyFileSync(join(HERE, "node", name), join(out, name));
    await tool("npm", ["ci", "--no-audit", "--no-fund", "--loglevel=error", "--prefix", out]);
  });
}

/** Builds the Go server and client unless this very source was built before; returns the path of the program. */
export async function ensureGoThrift(): Promise<string> {
  const folder = join(HERE, "go");
  const out = await built("Go", readdirSync(folder).sort().map((name) => join(folder, name)), async (out) => {
    need("go", "Go 1.22 or newer (https://go.dev/dl)");
    await tool("go", ["build", "-C", folder, "-trimpath", "-ldflags=-s -w", "-o", join(out, "peer"), "."]);
  });
  return join(out, "peer");
}

const onceEach = new Map<string, Promise<string>>();

/** A cache folder named by the files' hash, filled by `make` the first time; older ones of the same kind are removed. */
function built(kind: "Python" | "Node" | "Go", files: string[], make: (out: string) => Promise<void>): Promise<string> {
  const known = onceEach.get(kind);
  if (known) return known;
  const name = `thrift-${kind.toLowerCase()}`;
  const base = cacheDir("peers", name);
  const stamp = hashOf(files);
  const work = locked(join(base, "lock"), async () => {
    const out = join(base, stamp);
    if (existsSync(join(out, "done"))) return out;
    for (const old of readdirSync(base)) if (old !== "lock") rmSync(join(base, old), { recursive: true, force: true });
    await step(`installing the ${kind} Thrift peer`, () => make(cacheDir("peers", name, stamp)));
    writeFileSync(join(out, "done"), "");
    return out;
  });
  onceEach.set(kind, work);
  work.catch(() => onceEach.delete(kind));
  return work;
}

function need(command: string, hint: string): void {
  if (!onPath(command)) throw new Trouble(`thrift peers: ${command} is missing: install ${hint}`);
}

async function tool(command: string, args: string[]): Promise<void> {
  // npm puts the packages' own programs first, and one of them may be an npm of another age
  const path = (process.env.PATH ?? "").split(delimiter).filter((dir) => !dir.includes("node_modules")).join(delimiter);
  const done = await run(command, args, { env: { PATH: path, GOFLAGS: undefined, GOOS: undefined, GOARCH: undefined }, timeoutMs: BUILD_MS });
  if (done.code === 0) return;
  const why = done.timedOut ? `no end after ${BUILD_MS / 1000} s` : lastLine(done.output);
  throw new Trouble(`thrift peers: ${command} ${args.join(" ")} failed: ${why}`);
}

function hashOf(files: string[]): string {
  const hash = createHash("sha256");
  for (const path of files) hash.update(relative(HERE, path)).update("\0").update(readFileSync(path)).update("\0");
  return hash.digest("hex").slice(0, 12);
}
