import { createHash } from "node:crypto";
import { existsSync, readFileSync, readdirSync, rmSync, writeFileSync } from "node:fs";
import { join, relative } from "node:path";
import { fileURLToPath } from "node:url";
import { onPath } from "../../tools/func-e.ts";
import { locked } from "../../tools/lock.ts";
import { cacheDir } from "../../tools/paths.ts";
import { run } from "../../tools/process.ts";
import { step, Trouble } from "../../tools/progress.ts";

const HERE = fileURLToPath(new URL(".", import.meta.url));
const BUILD_MS = 900_000;

/** Builds the Java server and client with Maven unless this very source was built before; returns the class path. */
export async function ensureJavaPeer(): Promise<string> {
  for (const [command, hint] of [["java", "a JDK 17 or newer (Debian: openjdk-17-jdk-headless)"], ["mvn", "Maven (Debian: maven)"]] as const) {
    if (!onPath(command)) throw new Trouble(`dubbo peers: ${command} is missing: install ${hint}`);
  }
  const out = await built("java", async (out) => {
    await tool("mvn", ["-B", "-q", "-Dstyle.color=never", `-Dpeer.out=${out}`, "compile"]);
  });
  return [join(out, "classes"), join(out, "lib", "*")].join(":");
}

/** Builds the Go client unless this very source was built before; returns the path of the program. */
export async function ensureGoPeer(): Promise<string> {
  if (!onPath("go")) throw new Trouble("dubbo peers: go is missing: install Go 1.22 or newer (https://go.dev/dl)");
  const out = await built("go", async (out) => {
    await tool("go", ["build", "-trimpath", "-ldflags=-s -w", "-o", join(out, "client"), "."]);
  });
  return join(out, "client");
}

const onceEach = new Map<string, Promise<string>>();

/** A cache folder named by the sources' hash, filled by `make` the first time; older ones of the same kind are removed. */
function built(kind: "java" | "go", make: (out: string) => Promise<void>): Promise<string> {
  const known = onceEach.get(kind);
  if (known) return known;
  const base = cacheDir("peers", `dubbo-${kind}`);
  const stamp = sourceHash(join(HERE, kind));
  const work = locked(join(base, "lock"), async () => {
    const out = cacheDir("peers", `dubbo-${kind}`, stamp);
    if (existsSync(join(out, "done"))) return out;
    for (const old of readdirSync(base)) if (old !== "lock") rmSync(join(base, old), { recursive: true, force: true });
    await step(`building the ${kind === "java" ? "Java" : "Go"} Dubbo peer (first time: a minute or two)`, () => make(cacheDir("peers", `dubbo-${kind}`, stamp)));
    writeFileSync(join(out, "done"), "");
    return out;
  });
  onceEach.set(kind, work);
  work.catch(() => onceEach.delete(kind));
  return work;
}

async function tool(command: "mvn" | "go", args: string[]): Promise<void> {
  const cwd = join(HERE, command === "mvn" ? "java" : "go");
  const done = await run(command, args, { cwd, env: { GOFLAGS: undefined, GOOS: undefined, GOARCH: undefined }, timeoutMs: BUILD_MS });
  if (done.code === 0) return;
  const lines = done.output.split("\n").map((line) => line.trim()).filter(Boolean);
  const why = done.timedOut ? `no end after ${BUILD_MS / 1000} s` : (lines.find((line) => /^\[ERROR\] .*\.java:|\.go:\d+/.test(line)) ?? lines.find((line) => line.includes("ERROR")) ?? lines.at(-1));
  throw new Trouble(`dubbo peers: ${command} ${args.at(-1)} in ${cwd} failed: ${why}`);
}

function sourceHash(folder: string): string {
  const hash = createHash("sha256");
  const files = readdirSync(folder, { recursive: true, withFileTypes: true }).filter((entry) => entry.isFile());
  for (const path of files.map((entry) => join(entry.parentPath, entry.name)).sort()) {
    hash.update(relative(folder, path)).update("\0").update(readFileSync(path)).update("\0");
  }
  return hash.digest("hex").slice(0, 12);
}
