import { mkdirSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { dirname } from "node:path";
import { until } from "./wait.ts";

/**
 * Runs `work` while no other process of this checkout does work under the same lock file. A lock whose owner no longer
 * runs is taken over.
 */
export async function locked<T>(path: string, work: () => Promise<T>): Promise<T> {
  mkdirSync(dirname(path), { recursive: true });
  await until(`lock ${path} (delete it if nothing is being installed)`, 900_000, () => take(path));
  try {
    return await work();
  } finally {
    rmSync(path, { force: true });
  }
}

function take(path: string): boolean {
  try {
    writeFileSync(path, String(process.pid), { flag: "wx" });
    return true;
  } catch {
    if (!runs(Number(readFileSync(path, "utf8")))) rmSync(path, { force: true });
    return false;
  }
}

function runs(pid: number): boolean {
  // an empty file: its owner is just about to write its number
  if (!pid) return true;
  try {
    process.kill(pid, 0);
    return true;
  } catch (error) {
    return (error as NodeJS.ErrnoException).code === "EPERM";
  }
}
