/** What is measured: a base point, and each axis varied from it. */
import { PROTOCOLS, type Protocol } from "./load/load.ts";
import type { Rules } from "./proxies/contestant.ts";

export interface Point {
  protocol: Protocol;
  rules: Rules;
  connections: number;
  /** Of each connection. */
  inFlight: number;
  /** Bytes of argument and answer. */
  body: number;
}

export interface Pace { rounds: number; warmSeconds: number; seconds: number }

const SMALL = 16, BASE = { rules: "head", connections: 8, inFlight: 16, body: SMALL } as const;

const PLAN: Omit<Point, "protocol">[] = [
  BASE,
  { ...BASE, inFlight: 1 },
  { ...BASE, inFlight: 64 },
  { ...BASE, connections: 1 },
  { ...BASE, connections: 1, inFlight: 1 },
  { ...BASE, connections: 64 },
  { ...BASE, connections: 64, inFlight: 1 },
  { ...BASE, body: 4096 },
  { ...BASE, body: 65_536 },
  { ...BASE, rules: "none" },
  { ...BASE, rules: "tail" },
  { ...BASE, rules: "tail", inFlight: 1 },
  { ...BASE, rules: "ten" },
  { ...BASE, rules: "ten", inFlight: 1 },
  { ...BASE, rules: "all" },
  { ...BASE, rules: "all", inFlight: 1 },
];

/** Of the plan, what a quick look takes. */
const QUICK: Omit<Point, "protocol">[] = [BASE, { ...BASE, inFlight: 1 }, { ...BASE, rules: "tail" }];

export const FULL_PACE: Pace = { rounds: 9, warmSeconds: 0.15, seconds: 0.3 };
export const QUICK_PACE: Pace = { rounds: 3, warmSeconds: 0.15, seconds: 0.3 };

/** Dubbo alone has a key behind its body. */
export function plan(quick: boolean): Point[] {
  return PROTOCOLS.flatMap((protocol) => (quick ? QUICK : PLAN).filter(({ rules }) => rules !== "tail" || protocol === "dubbo").map((point) => ({ protocol, ...point })));
}

export function nameOf({ protocol, rules, connections, inFlight, body }: Point): string {
  return `${protocol} rules=${rules} connections=${connections} inflight=${inFlight} body=${body}`;
}
