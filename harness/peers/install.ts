import { createHash } from "node:crypto";
import { existsSync, readdirSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { onPath } from "../tools/func-e.ts";
import { locked } from "../tools/lock.ts";
import { cacheDir } from "../tools/paths.ts";
import { run } from "../tools/process.ts";
import { lastLine, step, Trouble } from "../tools/progress.ts";

const BUILD_MS = 900_000;
const onceEach = new Map<string, Promise<string>>();

/** What Maven makes of a folder with a pom.xml, in the cache; built unless this very source was built before. */
export function ensureMaven(name: string, folder: string): Promise<string> {
  return ensure(name, folder, "java", "a JDK 17 or newer and Maven (Debian: openjdk-17-jdk-headless, maven)", async (out) => {
    if (!onPath("mvn")) throw new Trouble(`${name}: mvn is missing: install Maven (Debian: maven)`);
    const done = await run("mvn", ["-B", "-q", "-Dstyle.color=never", `-Dpeer.out=${out}`, "compile"], { cwd: folder, timeoutMs: BUILD_MS });
    const lines = done.output.split("\n").filter((line) => line.includes("ERROR"));
    if (done.code !== 0) throw new Trouble(`${name}: mvn failed: ${done.timedOut ? `no end after ${BUILD_MS / 1000} s` : (lines[0] ?? lastLine(done.output))}`);
  });
}

/** The program that Go makes of a folder; built unless this very source was built before. */
export async function ensureGo(name: string, folder: string): Promise<string> {
  const out = await ensure(name, folder, "go", "Go 1.22 or newer (https://go.dev/dl)", async (out) => {
    const args = ["build", "-C", folder, "-trimpath", "-ldflags=-s -w", "-o", join(out, "program"), "."];
    const done = await run("go", args, { env: { GOFLAGS: undefined, GOOS: undefined, GOARCH: undefined }, timeoutMs: BUILD_MS });
    if (done.code !== 0) throw new Trouble(`${name}: go build failed: ${done.timedOut ? `no end after ${BUILD_MS / 1000} s` : lastLine(done.output)}`);
  });
  return join(out, "program");
}

function ensure(name: string, folder: string, tool: string, hint: string, make: (out: string) => Promise<void>): Promise<string> {
  const known = onceEach.get(name);
  if (known) return known;
  const base = cacheDir("peers", name);
  const work = locked(join(base, "lock"), async () => {
    const out = cacheDir("peers", name, stamp(folder));
    if (existsSync(join(out, "done"))) return out;
    if (!onPath(tool)) throw new Trouble(`${name}: ${tool} is missing: install ${hint}`);
    for (const old of readdirSync(base)) if (old !== "lock") rmSync(join(base, old), { recursive: true, force: true });
    await step(`installing ${name} (first time: some minutes)`, () => make(cacheDir("peers", name, stamp(folder))));
    writeFileSync(join(out, "done"), "");
    return out;
  });
  onceEach.set(name, work);
  work.catch(() => onceEach.delete(name));
  return work;
}

function stamp(folder: string): string {
  const hash = createHash("sha256");
  const files = readdirSync(folder, { recursive: true, withFileTypes: true }).filter((entry) => entry.isFile() && !entry.name.endsWith(".ts"));
  for (const path of files.map((entry) => join(entry.parentPath, entry.name)).sort()) hash.update(path.slice(folder.length)).update("\0").update(readFileSync(path)).update("\0");
  return hash.digest("hex").slice(0, 12);
}
