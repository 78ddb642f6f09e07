import { readFileSync } from "node:fs";

/** Clock ticks a second in /proc/<pid>/stat; the same on every Linux that Node runs on. */
const TICKS = 100;

/** Memory in use by a process, in bytes. */
export function residentBytes(pid: number): number {
  const line = /^VmRSS:\s+(\d+) kB/m.exec(readFileSync(`/proc/${pid}/status`, "utf8"));
  if (!line) throw new Error(`/proc/${pid}/status has no VmRSS`);
  return Number(line[1]) * 1024;
}

/** User and system time that a process has used so far, in seconds. */
export function cpuSeconds(pid: number): number {
  const stat = readFileSync(`/proc/${pid}/stat`, "latin1");
  // fields 14 and 15, counted from 1; the name, field 2, may hold spaces
  const fields = stat.slice(stat.lastIndexOf(")") + 2).split(" ");
  return (Number(fields[11]) + Number(fields[12])) / TICKS;
}
