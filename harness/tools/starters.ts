import { readFileSync } from "node:fs";

const LOOK_MS = 500;
/** Of those who start others for somebody: a shell that npm runs, npm and npx, and our own start.mjs. */
const GO_BETWEEN = /^(\/bin\/)?(sh|dash|bash)\0-c\0|^npm |(^|[/\0])(npm|npx)(-cli\.js)?\0|[/\0]start\.mjs\0/;
const MOST = 8;

let watching = false;

/**
 * Ends this process, as SIGTERM would, once one of those who started it has ended, however: its parent, and where that only stands
 * between (npx, its shell, start.mjs), the parent's parent. SIGTERM to npx reaches nobody else. Without /proc only the parent is watched.
 */
export function endWithStarters(): void {
  if (watching) return;
  watching = true;
  const parent = process.ppid, chain = starters();
  if (parent <= 1) return;
  const timer = setInterval(() => {
    if (process.ppid === parent && chain.every(([pid, its]) => parentOf(pid) === its)) return;
    clearInterval(timer);
    process.kill(process.pid, "SIGTERM");
  }, LOOK_MS);
  timer.unref();
}

/** Pairs of a process that stands between and its parent, as they are now. */
function starters(): [pid: number, parent: number][] {
  const chain: [number, number][] = [];
  for (let pid = process.ppid; chain.length < MOST && pid > 1 && GO_BETWEEN.test(commandLine(pid));) {
    const parent = parentOf(pid);
    if (parent === undefined || parent <= 1) break;
    chain.push([pid, parent]);
    pid = parent;
  }
  return chain;
}

function commandLine(pid: number): string { return read(`/proc/${pid}/cmdline`); }

function parentOf(pid: number): number | undefined {
  const stat = read(`/proc/${pid}/stat`), parent = Number(stat.slice(stat.lastIndexOf(")") + 2).split(" ")[1]);
  return stat ? parent : undefined;
}

function read(file: string): string {
  try {
    return readFileSync(file, "latin1");
  } catch {
    return "";
  }
}
