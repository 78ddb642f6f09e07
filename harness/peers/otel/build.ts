import { createHash } from "node:crypto";
import { existsSync, readFileSync, readdirSync, rmSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { onPath } from "../../tools/func-e.ts";
import { locked } from "../../tools/lock.ts";
import { cacheDir } from "../../tools/paths.ts";
import { run } from "../../tools/process.ts";
import { lastLine, step, Trouble } from "../../tools/progress.ts";

const FOLDER = join(import.meta.dirname, "go");
const BUILD_MS = 900_000;

let once: Promise<string> | undefined;

/** Builds the collector unless this very source was built before; returns the path of the program. */
export function ensureCollector(): Promise<string> {
  once ??= build();
  once.catch(() => (once = undefined));
  return once;
}

async function build(): Promise<string> {
  const base = cacheDir("peers", "otel"), program = join(base, stamp());
  return locked(join(base, "lock"), async () => {
    if (existsSync(`${program}.done`)) return program;
    if (!onPath("go")) throw new Trouble("otel peer: go is missing: install Go 1.22 or newer (https://go.dev/dl)");
    for (const old of readdirSync(base)) if (old !== "lock") rmSync(join(base, old), { recursive: true, force: true });
    await step("building the OpenTelemetry collector (first time: some minutes)", async () => {
      const args = ["build", "-C", FOLDER, "-trimpath", "-ldflags=-s -w", "-o", program, "."];
      const done = await run("go", args, { env: { GOFLAGS: undefined, GOOS: undefined, GOARCH: undefined }, timeoutMs: BUILD_MS });
      if (done.code !== 0) throw new Trouble(`otel peer: go build failed: ${done.timedOut ? `no end after ${BUILD_MS / 1000} s` : lastLine(done.output)}`);
    });
    writeFileSync(`${program}.done`, "");
    return program;
  });
}

function stamp(): string {
  const hash = createHash("sha256");
  for (const name of readdirSync(FOLDER).sort()) hash.update(name).update("\0").update(readFileSync(join(FOLDER, name))).update("\0");
  return hash.digest("hex").slice(0, 12);
}
