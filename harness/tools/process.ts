import { spawn as nodeSpawn } from "node:child_process";
import { appendFileSync, readFileSync, readdirSync } from "node:fs";
import { guarded } from "./guard.ts";
import { endWithStarters } from "./starters.ts";
import { until } from "./wait.ts";

export interface SpawnOptions {
  /** How messages call it; the command itself if absent. */
  name?: string;
  cwd?: string;
  /** Added to this process's environment; undefined takes a variable away. */
  env?: Record<string, string | undefined>;
  /** Written to its standard input, which is then closed. Absent: no input. */
  input?: string | Uint8Array;
  /** Its output is appended to this file as well. */
  logFile?: string;
  /** Called with each piece of output, for live display. */
  onOutput?: (text: string, from: "stdout" | "stderr") => void;
  /** How long stop() waits for a clean end before it kills; milliseconds. */
  graceMs?: number;
}

export interface Exit {
  code: number | null;
  signal: NodeJS.Signals | null;
}

export interface Child {
  readonly name: string;
  readonly pid: number;
  /** Standard output only, from the start (the last 8 MiB). */
  stdout(): string;
  /** Standard output and error as they came (the last 8 MiB). */
  output(): string;
  /** The last lines of output(). */
  tail(lines?: number): string;
  /** Undefined while it runs. */
  exit(): Exit | undefined;
  /** When it has ended and all its output was read; never rejects. */
  readonly exited: Promise<Exit>;
  /** The first match in the output, past or to come; an Error with the log's tail when it ends or time is up. */
  waitFor(pattern: RegExp, ms?: number): Promise<RegExpMatchArray>;
  signal(signal: NodeJS.Signals): void;
  /** SIGSTOP; resolves once it does nothing more. */
  halt(): Promise<void>;
  /** SIGTERM to it and all its children, SIGKILL after graceMs; resolves when none of them is left. */
  stop(): Promise<void>;
}

const KEEP = 8 << 20;

/**
 * Starts a command in a process group of its own, so that what it starts ends with it. Rejects if the command does not
 * exist. Whatever is still running when this process ends, however it does, is killed; and it ends with those who started it.
 */
export async function spawn(command: string, args: string[], options: SpawnOptions = {}): Promise<Child> {
  const name = options.name ?? command;
  const child = nodeSpawn(command, args, {
    cwd: options.cwd,
    env: { ...process.env, ...options.env },
    stdio: [options.input === undefined ? "ignore" : "pipe", "pipe", "pipe"],
    detached: true,
  });
  await new Promise<void>((resolve, reject) => {
    child.once("spawn", resolve);
    child.once("error", (error) => reject(new Error(`${name}: cannot start ${command}: ${error.message}`)));
  });
  const pid = child.pid as number;
  const forget = killAtExit(pid);
  let out = "", all = "";
  let exit: Exit | undefined;
  const waiters = new Set<() => void>();
  const take = (text: string, from: "stdout" | "stderr"): void => {
    all = (all + text).slice(-KEEP);
    if (options.logFile) appendFileSync(options.logFile, text);
    options.onOutput?.(text, from);
    for (const wake of waiters) wake();
  };
  child.stdout!.setEncoding("utf8").on("data", (text: string) => {
    out = (out + text).slice(-KEEP);
    take(text, "stdout");
  });
  child.stderr!.setEncoding("utf8").on("data", (text: string) => take(text, "stderr"));
  if (child.stdin) child.stdin.on("error", () => undefined).end(options.input);
  const exited = new Promise<Exit>((resolve) => {
    const end = (code: number | null, signal: NodeJS.Signals | null): void => {
      exit = { code, signal };
      for (const wake of waiters) wake();
      resolve(exit);
    };
    child.once("close", end);
    // something that left the group may hold its output open for ever
    child.once("exit", (code, signal) => setTimeout(end, 2000, code, signal).unref());
  });
  const tail = (lines = 40): string => all.trimEnd().split("\n").slice(-lines).join("\n");

  const waitFor = (pattern: RegExp, ms = 30_000): Promise<RegExpMatchArray> => new Promise((resolve, reject) => {
    const done = (finish: () => void): void => {
      clearTimeout(timer);
      waiters.delete(look);
      finish();
    };
    const fail = (why: string): void => done(() => reject(new Error(`${name}: no ${pattern} in its output: ${why}\n${tail()}`)));
    const look = (): void => {
      const match = all.match(pattern);
      if (match) done(() => resolve(match));
      else if (exit) fail(`it ended with ${told(exit)}`);
    };
    const timer = setTimeout(() => fail(`${ms / 1000} s passed`), ms);
    waiters.add(look);
    look();
  });

  const stop = async (): Promise<void> => {
    signalGroup(pid, "SIGTERM");
    if (!(await gone(pid, options.graceMs ?? 5000))) {
      signalGroup(pid, "SIGKILL");
      if (!(await gone(pid, 5000))) throw new Error(`${name}: still runs after SIGKILL: ${groupMembers(pid).join(", ")}`);
    }
    forget();
    await exited;
  };
  return { name, pid, stdout: () => out, output: () => all, tail, exit: () => exit, exited, waitFor, stop, signal: (signal) => signalGroup(pid, signal), halt: () => halt(pid, (signal) => signalGroup(pid, signal)) };
}

/** Stops a process, and resolves once the kernel says that it has stopped. */
export async function halt(pid: number, signal: (signal: NodeJS.Signals) => void): Promise<void> {
  signal("SIGSTOP");
  await until(`process ${pid} has stopped`, 5000, () => readFileSync(`/proc/${pid}/stat`, "utf8").includes(") T "));
}

export interface Finished extends Exit {
  stdout: string;
  /** Standard output and error as they came. */
  output: string;
  timedOut: boolean;
}

/** Runs a command to its end. Does not reject for an exit code other than 0; does if the command does not exist. */
export async function run(command: string, args: string[], options: SpawnOptions & { timeoutMs?: number } = {}): Promise<Finished> {
  const child = await spawn(command, args, options);
  let timedOut = false;
  const timer = setTimeout(() => {
    timedOut = true;
    child.stop().catch(() => undefined);
  }, options.timeoutMs ?? 600_000);
  const exit = await child.exited;
  clearTimeout(timer);
  await child.stop();
  return { ...exit, stdout: child.stdout(), output: child.output(), timedOut };
}

/** An exit in words, for messages. */
export function told(exit: Exit): string {
  return exit.signal ?? `exit code ${exit.code}`;
}

function signalGroup(pid: number, signal: NodeJS.Signals): void {
  try {
    process.kill(-pid, signal);
  } catch {
    // the group is gone already
  }
}

async function gone(pid: number, ms: number): Promise<boolean> {
  return until("group end", ms, () => groupMembers(pid).length === 0).catch(() => false);
}

export interface ProcessEntry { pid: number; parent: number; group: number; state: string; name: string }

/** All processes of the machine, from /proc; empty where there is no /proc. */
export function processes(): ProcessEntry[] {
  const found: ProcessEntry[] = [];
  let names: string[] = [];
  try {
    names = readdirSync("/proc");
  } catch {
    return found;
  }
  for (const pid of names) {
    if (!/^\d+$/.test(pid)) continue;
    try {
      const stat = readFileSync(`/proc/${pid}/stat`, "latin1");
      // the name may hold spaces and parentheses: the fields start after the last one
      const close = stat.lastIndexOf(")");
      const [state = "", parent = "0", group = "0"] = stat.slice(close + 2).split(" ");
      found.push({ pid: Number(pid), parent: Number(parent), group: Number(group), state, name: stat.slice(stat.indexOf("(") + 1, close) });
    } catch {
      // it ended while we looked
    }
  }
  return found;
}

/** Those of a group that still run; one that is dead but not yet reaped does not count. */
function groupMembers(group: number): number[] {
  const all = processes();
  if (all.length === 0) {
    try {
      process.kill(-group, 0);
      return [group];
    } catch {
      return [];
    }
  }
  return all.filter((entry) => entry.group === group && entry.state !== "Z" && entry.state !== "X").map((entry) => entry.pid);
}

const leftovers = new Set<number>();
let hooked = false;

/** The function that is returned takes it back. */
function killAtExit(pid: number): () => void {
  leftovers.add(pid);
  endWithStarters();
  const spared = guarded(pid);
  if (!hooked) {
    hooked = true;
    process.once("exit", killLeftovers);
    for (const signal of ["SIGINT", "SIGTERM", "SIGHUP"] as const) process.on(signal, () => onSignal(signal));
  }
  return () => {
    leftovers.delete(pid);
    spared();
  };
}

function onSignal(signal: "SIGINT" | "SIGTERM" | "SIGHUP"): void {
  // a program with a handler of its own stops its children in good order by itself
  if (process.listenerCount(signal) > 1) return;
  killLeftovers();
  process.exit(signal === "SIGINT" ? 130 : signal === "SIGTERM" ? 143 : 129);
}

function killLeftovers(): void {
  for (const pid of leftovers) signalGroup(pid, "SIGKILL");
}
