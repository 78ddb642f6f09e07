import { createHash } from "node:crypto";
import { existsSync, mkdirSync, readFileSync, renameSync, rmSync, writeFileSync } from "node:fs";
import { dirname, join } from "node:path";
import { onPath } from "../tools/func-e.ts";
import { locked } from "../tools/lock.ts";
import { cacheDir, INSTALLED, ROOT } from "../tools/paths.ts";
import { run } from "../tools/process.ts";
import { lastLine, step, Trouble } from "../tools/progress.ts";

const SOURCE = join(import.meta.dirname, "envoy-api");
const BUILD_MS = 900_000;

/** Where the descriptors of Envoy's API are: a FileDescriptorSet. */
export const ENVOY_API = join(ROOT, "build/envoy-api.binpb");

/**
 * The descriptors of Envoy's API as Envoy's own Go module has them (go-control-plane, of the release that is run here), made with Go
 * unless they are there; an installed Meltemi has them.
 */
export async function envoyApi(): Promise<Uint8Array> {
  if (!INSTALLED) await locked(join(cacheDir(), "envoy-api.lock"), make);
  return readFileSync(ENVOY_API);
}

async function make(): Promise<void> {
  const hash = createHash("sha256");
  for (const name of ["go.mod", "go.sum", "main.go"]) hash.update(readFileSync(join(SOURCE, name)));
  const stamp = join(cacheDir("stamps"), "envoy-api.sha256"), inputs = hash.digest("hex");
  if (existsSync(ENVOY_API) && existsSync(stamp) && readFileSync(stamp, "utf8") === inputs) return;
  if (!onPath("go")) throw new Trouble("Envoy's API: go is missing: install Go 1.26 or newer (https://go.dev/dl)");
  await step("reading Envoy's API with go (first time: a minute)", async () => {
    const program = join(cacheDir("run"), `envoy-api-${process.pid}`);
    const built = await run("go", ["build", "-C", SOURCE, "-trimpath", "-o", program, "."], { env: { GOFLAGS: undefined, GOOS: undefined, GOARCH: undefined }, timeoutMs: BUILD_MS });
    if (built.code !== 0) throw new Trouble(`Envoy's API: go build failed: ${built.timedOut ? `no end after ${BUILD_MS / 1000} s` : lastLine(built.output)}`);
    mkdirSync(dirname(ENVOY_API), { recursive: true });
    const made = await run(program, [`${ENVOY_API}.new`]);
    rmSync(program);
    if (made.code !== 0) throw new Trouble(`Envoy's API: ${lastLine(made.output)}`);
  });
  renameSync(`${ENVOY_API}.new`, ENVOY_API);
  writeFileSync(stamp, inputs);
}
