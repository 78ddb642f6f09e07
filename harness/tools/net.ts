import { mkdirSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { connect, createServer } from "node:net";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { until } from "./wait.ts";

/** Below what kernels give to those that ask for port 0, and to clients. */
const FIRST = 20_000, PORTS = 12_000, TRIES = 200;
/** One file for each port that some process of ours has asked for, with that process's number. */
const CLAIMS = join(tmpdir(), "meltemi-ports");
const claimed = new Set<string>();

/**
 * A TCP port that nobody listens on, and that no other process of ours is given while this one lives; prefer port 0 and asking
 * where the peer listens: this is for peers that cannot say.
 */
export async function freePort(host = "127.0.0.1", claims = CLAIMS): Promise<number> {
  mkdirSync(claims, { recursive: true });
  for (let tries = 0; tries < TRIES; tries++) {
    const port = FIRST + Math.floor(Math.random() * PORTS), file = join(claims, String(port));
    if (!claim(file)) continue;
    if (await isFree(port, host)) return port;
    release(file);
  }
  throw new Error(`no free port among ${TRIES} from ${FIRST} to ${FIRST + PORTS - 1} on ${host}; claims are kept in ${claims}`);
}

/** False: another process has it. A claim of one that has gone is void. */
function claim(file: string): boolean {
  try {
    writeFileSync(file, String(process.pid), { flag: "wx" });
  } catch {
    if (!isVoid(file)) return false;
    // Of several that find it void the first gets it, unless they do so in the same instant and choose the same port of thousands.
    rmSync(file, { force: true });
    try {
      writeFileSync(file, String(process.pid), { flag: "wx" });
    } catch {
      return false;
    }
  }
  if (claimed.size === 0) process.once("exit", () => claimed.forEach(release));
  claimed.add(file);
  return true;
}

function isVoid(file: string): boolean {
  try {
    process.kill(Number(readFileSync(file, "utf8")) || 0, 0);
    return false;
  } catch (error) {
    return (error as NodeJS.ErrnoException).code === "ESRCH";
  }
}

function release(file: string): void {
  claimed.delete(file);
  rmSync(file, { force: true });
}

function isFree(port: number, host: string): Promise<boolean> {
  return new Promise((resolve) => {
    const server = createServer();
    server.once("error", () => resolve(false));
    server.listen({ host, port, exclusive: true }, () => server.close(() => resolve(true)));
  });
}

/** Resolves once something accepts connections there; an Error naming host, port and the last refusal otherwise. */
export async function waitForPort(port: number, host = "127.0.0.1", ms = 30_000): Promise<void> {
  await until(`nothing listens on ${host}:${port}`, ms, () => accepts(port, host));
}

function accepts(port: number, host: string): Promise<true> {
  return new Promise((resolve, reject) => {
    const socket = connect({ port, host });
    socket.setTimeout(1000, () => socket.destroy(new Error("no answer within 1 s")));
    socket.once("error", reject);
    socket.once("connect", () => {
      socket.destroy();
      resolve(true);
    });
  });
}
