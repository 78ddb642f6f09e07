/**
 * What Meltemi costs beside tcp_proxy and Envoy's native proxies: ratios of CPU a request, with limits that a busy machine keeps. Of each
 * the round counts in which it cost least: what else runs on the machine only adds.
 */
import assert from "node:assert/strict";
import { after, before, test } from "node:test";
import { measure, type Result } from "../../bench/measure.ts";
import type { Point } from "../../bench/plan.ts";
import type { Contestant } from "../../bench/proxies/contestant.ts";
import { contestants } from "../../bench/proxies/index.ts";
import { startWorld, type World } from "../../bench/world.ts";

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

let world: World, all: Record<Point["protocol"], Contestant[]>;
before(async () => {
  world = await startWorld();
  all = await contestants({ only: ["dubbo_proxy", "thrift_proxy", "redis_proxy", "Meltemi"], rules: ["head"] });
});
after(() => world.stop());

for (const { point, native, floor } of LIMITS) {
  test(`${point.protocol}, ${point.inFlight} in flight, bodies of ${point.body} bytes: at most ${native} of the native proxy's CPU a request, ${floor} of tcp_proxy's`, async () => {
    const taking = all[point.protocol].filter(({ name }) => !name.endsWith("passthrough")), result = await measure(world, point, PACE, taking);
    assert.deepEqual(result.failed, []);
    const rows = result.rows.filter(({ role }) => role === "meltemi"), least = (role: string): number => result.rows.find((row) => row.role === role)!.cpu.min;
    assert.deepEqual(rows.map(({ contestant }) => contestant), ["Meltemi lanes", "Meltemi inline"]);
    for (const { contestant, cpu } of rows) {
      const toNative = cpu.min / least("native"), toFloor = cpu.min / least("floor");
      assert.ok(toNative <= native, `${contestant} costs ${toNative.toFixed(2)} of the native proxy: ${told(result)}`);
      assert.ok(toFloor <= floor, `${contestant} costs ${toFloor.toFixed(2)} of tcp_proxy: ${told(result)}`);
    }
  });
}

const told = ({ rows }: Result): string => rows.map(({ contestant, cpu }) => `${contestant} ${cpu.min.toFixed(1)}..${cpu.max.toFixed(1)} us`).join(", ");
