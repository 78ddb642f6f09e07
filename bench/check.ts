/**
 * What Meltemi costs beside tcp_proxy and Envoy's native proxies: ratios of CPU a request, with limits that a busy machine keeps. Of each
 * the round counts in which it cost least: what else runs on the machine only adds.
 */
import { Trouble } from "../harness/tools/progress.ts";
import { measure, type Result } from "./measure.ts";
import { nameOf, type Point } from "./plan.ts";
import { contestants } from "./proxies/index.ts";
import { startWorld } from "./world.ts";

const PACE = { rounds: 5, warmSeconds: 0.05, seconds: 0.12 };
const SMALL = { rules: "head", connections: 8, body: 16 } as const;

/** The most that lanes and inline may cost, as multiples: twice to five times of what was measured on an idle machine. */
const LIMITS: { point: Point; native: number; floor: number }[] = [
  { point: { ...SMALL, protocol: "dubbo", inFlight: 16 }, native: 0.35, floor: 6 },
  { point: { ...SMALL, protocol: "dubbo", inFlight: 1 }, native: 1.8, floor: 3 },
  { point: { ...SMALL, protocol: "thrift", inFlight: 16 }, native: 0.35, floor: 6 },
  { point: { ...SMALL, protocol: "redis", inFlight: 16 }, native: 2, floor: 7 },
  { point: { ...SMALL, protocol: "dubbo", inFlight: 16, body: 65_536 }, native: 2, floor: 4 },
];

/** `npm run bench -- --check`: rejects with what costs more than it may. */
export async function check(): Promise<void> {
  const world = await startWorld(), all = await contestants({ only: ["dubbo_proxy", "thrift_proxy", "redis_proxy", "Meltemi"], rules: ["head"] }), wrong: string[] = [];
  try {
    for (const { point, native, floor } of LIMITS) {
      const taking = all[point.protocol].filter(({ name }) => !name.endsWith("passthrough"));
      const found = excess(await measure(world, point, PACE, taking), native, floor);
      process.stdout.write(`${found.length > 0 ? "FAILED" : "ok    "} ${nameOf(point)}: at most ${native} of the native proxy's CPU a request, ${floor} of tcp_proxy's\n`);
      wrong.push(...found.map((what) => `${nameOf(point)}: ${what}`));
    }
  } finally {
    await world.stop();
  }
  if (wrong.length > 0) throw new Trouble(wrong.join("\n"));
}

function excess(result: Result, native: number, floor: number): string[] {
  const least = (role: string): number => result.rows.find((row) => row.role === role)!.cpu.min, rows = result.rows.filter(({ role }) => role === "meltemi");
  const missing = rows.length === 2 ? [] : [`found ${rows.length} kinds of upstream, expected lanes and inline`];
  return [...result.failed.map(String), ...missing, ...rows.flatMap(({ contestant, cpu }) => {
    const toNative = cpu.min / least("native"), toFloor = cpu.min / least("floor");
    return toNative <= native && toFloor <= floor ? [] : [`${contestant} costs ${toNative.toFixed(2)} of the native proxy, ${toFloor.toFixed(2)} of tcp_proxy: ${told(result)}`];
  })];
}

const told = ({ rows }: Result): string => rows.map(({ contestant, cpu }) => `${contestant} ${cpu.min.toFixed(1)}..${cpu.max.toFixed(1)} us`).join(", ");
