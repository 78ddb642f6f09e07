import { readFileSync } from "node:fs";
import { ensureEnvoy } from "../tools/envoy.ts";
import { ensureFuncE } from "../tools/func-e.ts";
import { ROOT } from "../tools/paths.ts";
import { processes, run, spawn, told, type Child } from "../tools/process.ts";
import { until } from "../tools/wait.ts";
import { adminRequest, listeners, stats, type Listening } from "./admin.ts";
import { RunFolder, type Bootstrap } from "./config.ts";
import { cpuSeconds, residentBytes } from "./proc.ts";

export interface EnvoyOptions {
  /** Whole bootstrap as JSON; `admin` is added (127.0.0.1, free port) if it has none. */
  bootstrap: Bootstrap;
  /** Worker threads; 1 if absent. */
  concurrency?: number;
  /** How long a listener that goes is served; Envoy's 600 if absent. */
  drainSeconds?: number;
  /** trace, debug, info, warning, error or off; warning if absent. May be followed by `,component:level`s. */
  logLevel?: string;
  /** Folder that relative file names in the bootstrap start from; the checkout if absent. */
  baseDir?: string;
  /** How long Envoy may take until it is ready. */
  readyMs?: number;
  /** Called with each piece of Envoy's output, for programs that show it. */
  onLog?: (text: string) => void;
}

export interface EnvoyHandle {
  readonly adminPort: number;
  /** Of Envoy itself, not of func-e. */
  readonly pid: number;
  /**
   * When Envoy has ended, asked or not: how, as func-e tells it (which calls an end in the first moments a failure).
   * Never rejects.
   */
  readonly exited: Promise<string>;
  /** By name, with the ports really taken. */
  listeners(): Promise<Map<string, Listening>>;
  /** Counters and gauges whose name matches a regular expression. */
  stats(filter?: string): Promise<Map<string, number>>;
  /** All of Envoy's output so far. */
  log(): string;
  /** Resident memory in bytes. */
  rss(): number;
  /** CPU seconds used so far. */
  cpu(): number;
  get(path: string): Promise<string>;
  post(path: string): Promise<string>;
  /** Ends Envoy and func-e; resolves when both are gone. May be called again. */
  stop(): Promise<void>;
}

const GRACE_MS = 5000;

/** Starts Envoy through func-e and waits until it is ready; otherwise an Error with the reason and the log's tail. */
export async function startEnvoy(options: EnvoyOptions): Promise<EnvoyHandle> {
  const [funcE, envoy] = await Promise.all([ensureFuncE(), ensureEnvoy()]);
  const folder = new RunFolder(options.bootstrap);
  const child = await spawn(funcE, [
    "run",
    "--config-path", folder.bootstrap,
    "--admin-address-path", folder.adminAddress,
    "--concurrency", String(options.concurrency ?? 1),
    ...(options.drainSeconds === undefined ? [] : ["--drain-time-s", String(options.drainSeconds)]),
    ...logArguments(options.logLevel ?? "warning"),
    "--disable-hot-restart",
  ], { name: "envoy", cwd: options.baseDir ?? ROOT, env: folder.environment(envoy.path), onOutput: options.onLog });
  try {
    const { adminPort, pid } = await ready(child, folder, options.readyMs ?? 30_000);
    return handle(child, folder, adminPort, pid);
  } catch (error) {
    await child.stop();
    folder.remove();
    throw new Error(`envoy did not become ready: ${(error as Error).message}\n${child.tail()}`, { cause: error });
  }
}

/** Envoy takes levels by component in an option of their own. */
function logArguments(level: string): string[] {
  const [all = "warning", ...components] = level.split(",");
  return ["--log-level", all, ...(components.length > 0 ? ["--component-log-level", components.join(",")] : [])];
}

async function ready(child: Child, folder: RunFolder, ms: number): Promise<{ adminPort: number; pid: number }> {
  let adminPort = 0;
  const live = until("/ready", ms, async () => {
    if (child.exit()) return true;
    adminPort = Number(/:(\d+)$/.exec(readFileSync(folder.adminAddress, "utf8").trim())?.[1]);
    return (await adminRequest(adminPort, "GET", "/ready", 1000)).trim() === "LIVE";
  });
  await Promise.race([live, child.exited]);
  live.catch(() => undefined);
  const exit = child.exit();
  if (exit) throw new Error(`it ended with ${told(exit)}`);
  const pid = processes().find((entry) => entry.parent === child.pid)?.pid;
  if (!pid) throw new Error("func-e has no child process");
  return { adminPort, pid };
}

function handle(child: Child, folder: RunFolder, adminPort: number, pid: number): EnvoyHandle {
  let stopping: Promise<void> | undefined;
  const stop = async (): Promise<void> => {
    // func-e would kill Envoy outright; a signal to Envoy itself lets it end in good order, and func-e follows
    if (!child.exit()) terminate(pid);
    await until("end of envoy", GRACE_MS, () => child.exit()).catch(() => undefined);
    await child.stop();
    folder.remove();
  };
  return {
    adminPort,
    pid,
    exited: child.exited.then(told),
    listeners: () => listeners(adminPort),
    stats: (filter) => stats(adminPort, filter),
    log: () => child.output(),
    rss: () => residentBytes(pid),
    cpu: () => cpuSeconds(pid),
    get: (path) => adminRequest(adminPort, "GET", path),
    post: (path) => adminRequest(adminPort, "POST", path),
    stop: () => (stopping ??= stop()),
  };
}

function terminate(pid: number): void {
  try {
    process.kill(pid, "SIGTERM");
  } catch {
    // ended on its own
  }
}

/** What Envoy itself says of a bootstrap, without running it. */
export async function validateBootstrap(bootstrap: Bootstrap, baseDir = ROOT): Promise<{ ok: boolean; output: string }> {
  const [funcE, envoy] = await Promise.all([ensureFuncE(), ensureEnvoy()]);
  const folder = new RunFolder(bootstrap);
  try {
    const done = await run(funcE, ["run", "--mode", "validate", "--config-path", folder.bootstrap, "--log-level", "warning"], {
      name: "envoy --mode validate", cwd: baseDir, env: folder.environment(envoy.path), timeoutMs: 60_000,
    });
    const noise = /^(starting: |(error: )?exit status |configuration .* OK$)/;
    const lines = done.output.split("\n").filter((line) => !noise.test(line));
    // protobuf doubles spaces at random in its messages
    return { ok: done.code === 0, output: lines.join("\n").replace(/(\S) +/g, "$1 ").trim() };
  } finally {
    folder.remove();
  }
}
