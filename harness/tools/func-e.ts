import { accessSync, constants, existsSync } from "node:fs";
import { delimiter, join } from "node:path";
import { locked } from "./lock.ts";
import { cacheDir } from "./paths.ts";
import { run } from "./process.ts";
import { lastLine, step, Trouble } from "./progress.ts";

const FUNC_E = "github.com/tetratelabs/func-e/cmd/func-e";
const FUNC_E_VERSION = "v1.6.0";

let found: Promise<string> | undefined;

/** Path of func-e, built with Go into the cache on first use. */
export function ensureFuncE(): Promise<string> {
  found ??= install().catch((error: unknown) => {
    found = undefined;
    throw error;
  });
  return found;
}

async function install(): Promise<string> {
  const dir = cacheDir("tools", `func-e-${FUNC_E_VERSION}`);
  const path = join(dir, "func-e");
  return locked(join(dir, "lock"), async () => {
    if (existsSync(path)) return path;
    if (!onPath("go")) throw new Trouble("func-e: go is missing: install Go 1.21 or newer (https://go.dev/dl)");
    return step(`installing func-e ${FUNC_E_VERSION} with go`, async () => {
      const done = await run("go", ["install", `${FUNC_E}@${FUNC_E_VERSION}`], {
        // GOFLAGS and GOOS of the person's own work would change what is built
        env: { GOBIN: dir, GOFLAGS: undefined, GOOS: undefined, GOARCH: undefined },
        timeoutMs: 600_000,
      });
      if (done.code !== 0) throw new Trouble(`func-e: go install failed: ${done.timedOut ? "no end after 600 s" : lastLine(done.output)}`);
      return path;
    });
  });
}

/** Where a command is on PATH; undefined if it is not. */
export function onPath(command: string): string | undefined {
  for (const dir of (process.env.PATH ?? "").split(delimiter)) {
    const path = join(dir || ".", command);
    if (executable(path)) return path;
  }
  return undefined;
}

export function executable(path: string): boolean {
  try {
    accessSync(path, constants.X_OK);
    return true;
  } catch {
    return false;
  }
}
