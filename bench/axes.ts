/** What grows, how far, and what came of it. */
import type { Protocol } from "./load/load.ts";
import type { Result } from "./measure.ts";
import type { Point } from "./plan.ts";
import type { Rules } from "./proxies/contestant.ts";

export interface Axis {
  name: string;
  values: number[];
  /** What of a request is told: its CPU, or that of a MiB both ways together. */
  perMiB?: boolean;
  /** The same for any codec: measured with one of them. */
  common?: boolean;
  point(value: number): Omit<Point, "protocol">;
  workers?(value: number): number;
}

const BASE = { rules: "1 rules", connections: 8, inFlight: 16, body: 16 } as const;
const MIB = 1 << 20;
export const RULES = [1, 10, 100, 1000, 10_000];
export const rulesOf = (count: number): Rules => `${count} rules`;

/** Envoy has a file for each side of a connection, and some for itself. */
export const axes = (files: number): Axis[] => [
  { name: "connections", common: true, values: [1, 10, 100, 1000, Math.min(10_000, Math.floor((files - 1000) / 2))], point: (connections) => ({ ...BASE, connections, inFlight: 1 }) },
  { name: "rules", values: RULES, point: (count) => ({ ...BASE, rules: rulesOf(count) }) },
  { name: "bytes", values: [10, 1024, 65_536, MIB, 16 * MIB, 64 * MIB], perMiB: true, point: (body) => ({ ...BASE, connections: 1, inFlight: 1, body }) },
  { name: "workers", common: true, values: [1, 2], point: () => ({ ...BASE, connections: 64 }), workers: (value) => value },
];

export interface Step { value: number; result: Result }
export interface Grown { protocol: Protocol; axis: Axis; steps: Step[] }

/** What a step costs a contestant, as its axis counts; undefined where it failed. */
export function costOf({ axis }: Grown, { value, result }: Step, contestant: string): number | undefined {
  const cpu = result.rows.find((row) => row.contestant === contestant)?.cpu.median;
  return cpu !== undefined && axis.perMiB ? cpu / (2 * value / MIB) : cpu;
}
