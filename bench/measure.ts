/** One point of the plan: all its contestants in turns, each for a moment, so that what drifts does so for all. */
import { until } from "../harness/tools/wait.ts";
import { load, type Measured } from "./load/load.ts";
import type { Pace, Point } from "./plan.ts";
import type { Contestant } from "./proxies/contestant.ts";
import type { World } from "./world.ts";

/** Of a few values. */
export interface Spread { min: number; median: number; max: number }

export interface Row {
  contestant: string;
  role: Contestant["role"];
  /** Microseconds of Envoy's CPU a request. */
  cpu: Spread;
  requestsPerSecond: Spread;
  /** Microseconds. */
  p50: Spread;
  p99: Spread;
  /** CPU, to the first native proxy and to tcp_proxy in the same round. */
  toNative?: Spread;
  toFloor?: Spread;
  /** Of a CPU that the generator and the server behind had; 1: they were what is measured. */
  generator: Spread;
  server: Spread;
}

export interface Result extends Point {
  rows: Row[];
  /** Requests per second of the generator straight against the server behind. */
  ceiling: number;
  /** Native proxies that did not get through it, and how that was seen. */
  failed: { contestant: string; why: string }[];
}

const MANY = 500, GONE_MS = 30_000;

export function spread(values: number[]): Spread {
  const sorted = [...values].sort((a, b) => a - b), half = sorted.length >> 1;
  return { min: sorted[0]!, median: sorted.length % 2 ? sorted[half]! : (sorted[half - 1]! + sorted[half]!) / 2, max: sorted.at(-1)! };
}

export const cpuOf = ({ watched, requests }: Measured): number => watched[0]!.all / requests / 1000;

/** V8 compiles anew what runs often: the first time at a listener is not measured. */
async function warm(world: World, contestant: Contestant, { protocol, rules }: Point): Promise<void> {
  const { port } = await world.proxy(contestant, rules);
  if (world.warmed.has(port)) return;
  world.warmed.add(port);
  // what it cannot do is told where it is measured
  await load({ protocol, port, connections: 8, inFlight: 16, body: 16, warmSeconds: 0, seconds: 0.4, watch: [] }).catch(() => undefined);
}

export async function measure(world: World, point: Point, pace: Pace, contestants: readonly Contestant[]): Promise<Result> {
  const taking = contestants.filter(({ role, rules }) => role === "floor" || rules.includes(point.rules));
  // with thousands of connections a turn of all of them takes that long
  const turn = point.connections / 5000, options = { ...point, warmSeconds: Math.max(pace.warmSeconds, turn), seconds: Math.max(pace.seconds, turn) };
  const straight = await load({ ...options, port: world.backend.ports[point.protocol], watch: [] });
  for (const one of taking) await warm(world, one, point);
  const runs = new Map(taking.map((one) => [one, [] as Measured[]])), failed: Result["failed"] = [];
  for (let round = 0; round < pace.rounds; round++) {
    for (const one of round % 2 ? [...runs.keys()].reverse() : [...runs.keys()]) {
      const { pid, port, envoy } = await world.proxy(one, point.rules);
      try {
        runs.get(one)!.push(await load({ ...options, port, watch: [pid, world.backend.pid] }));
        // it has a limit of open files, and would meet the next ones with those of before
        if (point.connections >= MANY) await until("the connections are gone", GONE_MS, async () => [...await envoy.stats("^listener\\.[^a].*downstream_cx_active$")].every(([, count]) => count === 0));
      } catch (error) {
        if (one.role !== "native") throw error;
        failed.push({ contestant: one.name, why: (error as Error).message });
        runs.delete(one);
        await world.keep([...runs.keys()]);
      }
    }
  }
  const first = (role: Contestant["role"]): Measured[] | undefined => [...runs].find(([one]) => one.role === role)?.[1];
  const native = first("native"), floor = first("floor");
  const rows = [...runs].map(([one, measured]): Row => {
    const of = (value: (one: Measured) => number): Spread => spread(measured.map(value));
    const to = (others: Measured[] | undefined): Spread | undefined => others && spread(measured.map((each, i) => cpuOf(each) / cpuOf(others[i]!)));
    return {
      contestant: one.name, role: one.role, cpu: of(cpuOf), requestsPerSecond: of((each) => each.requests / each.seconds),
      p50: of(({ latency }) => latency.p50), p99: of(({ latency }) => latency.p99), toNative: to(native), toFloor: to(floor),
      generator: of(({ own, seconds }) => own / seconds / 1e9), server: of(({ watched, seconds }) => watched[1]!.all / seconds / 1e9),
    };
  });
  return { ...point, rows, ceiling: straight.requests / straight.seconds, failed };
}
