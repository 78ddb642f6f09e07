/** `npm run bench -- growth`: cost as it grows with connections, rules, bodies and workers; memory of idle connections and after many requests; what a start takes. */
import { run } from "../harness/tools/process.ts";
import { say, Trouble } from "../harness/tools/progress.ts";
import { axes, costOf, RULES, rulesOf, type Axis, type Grown, type Step } from "./axes.ts";
import { PROTOCOLS, type Protocol } from "./load/load.ts";
import { measure } from "./measure.ts";
import { lasting, memory, type Lasting, type Memory } from "./memory.ts";
import type { Options } from "./options.ts";
import { nameOf, type Pace } from "./plan.ts";
import type { Contestant } from "./proxies/contestant.ts";
import { contestants } from "./proxies/index.ts";
import { write } from "./report/files.ts";
import { lines, type Chart, type Series } from "./report/lines.ts";
import { growthTable, lastingTable, memoryTable, pointTable, startTable } from "./report/text.ts";
import { growthTargets } from "./report/targets.ts";
import { starts } from "./start.ts";
import { startWorld } from "./world.ts";

const IDLE = 4000;
const MANY_REQUESTS = 10_000_000;

export async function growth({ wanted, quick, whole, rounds, seconds, ...chosen }: Options): Promise<void> {
  const files = Number((await run("sh", ["-c", "ulimit -Hn"])).stdout) || 1 << 20;
  const pace: Pace = { rounds: rounds ?? (quick ? 1 : 3), warmSeconds: 0.15, seconds: seconds ?? (quick ? 0.2 : 0.5) };
  // of the native proxies the first of each protocol
  const all = await contestants({ ...chosen, only: chosen.proxy, rules: RULES.map(rulesOf) });
  const taking = (protocol: Protocol): Contestant[] => all[protocol].filter(({ role }, i, list) => role !== "native" || list[i - 1]?.role === "floor");
  const grown: Grown[] = [], idle: Memory[] = [], lasted: Lasting[] = [];
  for (const protocol of PROTOCOLS) {
    for (const axis of axes(files).filter(({ name, common }) => wanted(`${protocol} ${name}`) && (!common || protocol === PROTOCOLS[0]))) {
      grown.push({ protocol, axis, steps: await grow(protocol, axis, pace, taking(protocol)) });
      process.stdout.write(`${growthTable(grown.at(-1)!)}\n`);
    }
    if (wanted(`${protocol} memory`)) idle.push(...await withWorld(1, (world) => memory(world, taking(protocol), IDLE)));
    if (wanted(`${protocol} requests`)) for (const one of taking(protocol).filter(({ role }) => role === "meltemi")) lasted.push(await withWorld(1, (world) => lasting(world, one, MANY_REQUESTS)));
  }
  const started = await starts(wanted);
  if (grown.length + idle.length + lasted.length + started.length === 0) throw new Trouble(`--only: allowed is "${PROTOCOLS.join("\", \"")}" or one of them with connections, rules, bytes, workers, memory, requests or start`);
  const summary = [growthTargets({ grown, idle, lasted, started }), ...grown.map(growthTable), memoryTable(idle), lastingTable(lasted), startTable(started)].join("\n");
  process.stdout.write(summary);
  const text = [summary, "## All figures", "", ...grown.flatMap(({ steps }) => steps.map(({ result }) => pointTable(result)))].join("\n");
  await write(whole ? "growth" : "growth-part", {
    title: "Cost as it grows", command: "npm run bench -- growth", json: { pace, grown, idle, lasted, started }, text, svg: lines("Cost as it grows: Envoy's CPU, both scales logarithmic", grown.map(chart)),
  });
}

async function withWorld<T>(workers: number, work: (world: Awaited<ReturnType<typeof startWorld>>) => Promise<T>): Promise<T> {
  const world = await startWorld(workers);
  try {
    return await work(world);
  } finally {
    await world.stop();
  }
}

async function grow(protocol: Protocol, axis: Axis, pace: Pace, taking: Contestant[]): Promise<Step[]> {
  const steps: Step[] = [];
  const step = (value: number) => async (world: Awaited<ReturnType<typeof startWorld>>): Promise<void> => {
    const point = { protocol, ...axis.point(value) };
    say(`${nameOf(point)}, ${axis.name} ${value}`);
    steps.push({ value, result: await measure(world, point, pace, taking) });
  };
  if (axis.workers) for (const value of axis.values) await withWorld(axis.workers(value), step(value));
  else await withWorld(1, async (world) => { for (const value of axis.values) await step(value)(world); });
  return steps;
}

function chart(grown: Grown): Chart {
  const rows = grown.steps[0]?.result.rows ?? [];
  const series = rows.map(({ contestant, role }): Series => ({ contestant, role, points: grown.steps.flatMap((step) => {
    const cost = costOf(grown, step, contestant);
    return cost === undefined ? [] : [[step.value, cost]];
  }) }));
  return { title: `${grown.protocol}, by ${grown.axis.name}`, x: grown.axis.name, y: grown.axis.perMiB ? "us a MiB, both ways" : "us a request", series };
}
