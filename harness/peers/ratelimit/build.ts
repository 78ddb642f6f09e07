import { createHash } from "node:crypto";
import { existsSync, readFileSync, readdirSync, rmSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { onPath } from "../../tools/func-e.ts";
import { locked } from "../../tools/lock.ts";
import { cacheDir } from "../../tools/paths.ts";
import { run } from "../../tools/process.ts";
import { lastLine, step, Trouble } from "../../tools/progress.ts";

const SOURCE = join(import.meta.dirname, "go");
const BUILD_MS = 900_000;

let known: Promise<string> | undefined;

/** Builds envoyproxy/ratelimit, pinned by go.mod and go.sum, unless it is there; returns the path of the program. */
export function ensureRateLimit(): Promise<string> {
  known ??= build();
  known.catch(() => (known = undefined));
  return known;
}

async function build(): Promise<string> {
  if (!onPath("go")) throw new Trouble("ratelimit peer: go is missing: install Go 1.25.6 or newer (https://go.dev/dl)");
  const hash = createHash("sha256");
  for (const name of readdirSync(SOURCE).sort()) hash.update(readFileSync(join(SOURCE, name)));
  const base = cacheDir("peers", "ratelimit-go"), stamp = hash.digest("hex").slice(0, 12);
  return locked(join(base, "lock"), async () => {
    const out = join(base, stamp), program = join(out, "ratelimit");
    if (existsSync(join(out, "done"))) return program;
    for (const old of readdirSync(base)) if (old !== "lock") rmSync(join(base, old), { recursive: true, force: true });
    await step("building Envoy's rate limit service (first time: a minute)", async () => {
      const done = await run("go", ["build", "-C", SOURCE, "-trimpath", "-ldflags=-s -w", "-o", program, "."], {
        env: { GOFLAGS: undefined, GOOS: undefined, GOARCH: undefined }, timeoutMs: BUILD_MS,
      });
      if (done.code !== 0) throw new Trouble(`ratelimit peer: go build failed: ${done.timedOut ? `no end after ${BUILD_MS / 1000} s` : lastLine(done.output)}`);
    });
    writeFileSync(join(out, "done"), "");
    return program;
  });
}
