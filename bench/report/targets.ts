/** What is aimed at, as ratios of one run, and what came of it. */
import { costOf, type Grown } from "../axes.ts";
import type { Result, Row, Spread } from "../measure.ts";
import type { Lasting, Memory } from "../memory.ts";
import type { Point } from "../plan.ts";
import type { Start } from "../start.ts";
import { number } from "./text.ts";

/** From the medians of the rounds, and from the least of them: what else a machine does only adds. */
interface Value { median: number; least: number }
interface Target { what: string; atMost: number; lanes: Value; inline: Value }

const LANES = "Meltemi lanes", INLINE = "Meltemi inline";

const at = (results: readonly Result[], wanted: Partial<Point>): Result | undefined => {
  const all = { rules: "head", connections: 8, inFlight: 16, body: 16, ...wanted };
  return results.find((result) => Object.entries(all).every(([key, value]) => result[key as keyof Point] === value));
};

const rowOf = (result: Result | undefined, contestant: string): Row | undefined => result?.rows.find((row) => row.contestant === contestant);
const over = (one: Spread, other: Spread): Value => ({ median: one.median / other.median, least: one.min / other.min });

/** Of what tcp_proxy took at the same time: to compare points that were measured some time apart. */
function byFloor(result: Result | undefined, contestant: string): Value | undefined {
  const [row, floor] = [rowOf(result, contestant), rowOf(result, "tcp_proxy")];
  return row && floor && over(row.cpu, floor.cpu);
}

type Cost = (row: Row) => Spread;
const cpu: Cost = (row) => row.cpu, p99: Cost = (row) => row.p99;

/** Of both kinds of upstream to another contestant at one point; none where one of them was not measured. */
function ratio(result: Result | undefined, other: string, atMost: number, cost = cpu): Target[] {
  const [lanes, inline, to] = [LANES, INLINE, other].map((name) => rowOf(result, name));
  if (!result || !lanes || !inline || !to) return [];
  const kind = cost === p99 ? "p99" : "CPU";
  const body = result.body === 16 ? "" : `, ${result.body / 1024} KiB`, rule = result.rules === "head" ? "" : `, rule on the ${result.rules}`;
  return [{ what: `${result.protocol}, ${result.inFlight} in flight${rule}${body}: ${kind} to ${other}`, atMost, lanes: over(cost(lanes), cost(to)), inline: over(cost(inline), cost(to)) }];
}

/** Ten rules and a change of one attachment, beyond one rule, each by what tcp_proxy took at the same time; microseconds of the first. */
function mutation(results: readonly Result[], inFlight: number): Target[] {
  const [one, ten] = (["head", "ten"] as const).map((rules) => at(results, { protocol: "dubbo", rules, inFlight }));
  const floor = rowOf(one, "tcp_proxy")?.cpu;
  const beyond = (contestant: string): Value | undefined => {
    const [less, more] = [one, ten].map((result) => byFloor(result, contestant));
    return less && more && floor && { median: (more.median - less.median) * floor.median, least: (more.least - less.least) * floor.min };
  };
  const lanes = beyond(LANES), inline = beyond(INLINE);
  return lanes && inline ? [{ what: `dubbo, ${inFlight} in flight: microseconds more for ten rules and a change`, atMost: 1, lanes, inline }] : [];
}

const NATIVE = { dubbo: ["dubbo_proxy", "generic_proxy"], thrift: ["thrift_proxy"], redis: ["redis_proxy"] };

/** Of `npm run bench`. */
export function targets(results: readonly Result[]): string {
  const of = (wanted: Partial<Point>): Target[] => {
    const result = at(results, wanted), one = wanted.inFlight === 1, redis = wanted.protocol === "redis";
    return [...NATIVE[wanted.protocol!].flatMap((native) => ratio(result, native, redis ? one ? 2 : 1 : one ? 1 : 0.2)), ...ratio(result, "tcp_proxy", one ? 1.5 : 3), ...ratio(result, NATIVE[wanted.protocol!][0]!, 1, p99)];
  };
  return table([
    ...(["dubbo", "thrift", "redis"] as const).flatMap((protocol) => [16, 1].flatMap((inFlight) => [
      ...of({ protocol, inFlight }), ...(protocol === "dubbo" ? of({ protocol, inFlight, rules: "tail" }) : []),
    ])),
    ...[16, 1].flatMap((inFlight) => mutation(results, inFlight)),
    ...(["dubbo", "thrift", "redis"] as const).flatMap((protocol) => ratio(at(results, { protocol, body: 65_536 }), "tcp_proxy", 2)),
  ]);
}

const MIB = 1 << 20;

/** Of `npm run bench -- growth`. */
export function growthTargets({ grown, idle, lasted, started }: { grown: readonly Grown[]; idle: readonly Memory[]; lasted: readonly Lasting[]; started: readonly Start[] }): string {
  return table([...grown.flatMap(rules), ...grown.flatMap(bodies), ...memoryOf(idle), ...lastingOf(lasted), ...started.flatMap(startOf)]);
}

function rules({ protocol, axis, steps }: Grown): Target[] {
  const [few, many] = [10, 1000].map((count) => steps.find(({ value }) => value === count)?.result);
  if (axis.name !== "rules" || !few || !many) return [];
  const of = (contestant: string): Value => {
    const [more, less] = [many, few].map((result) => byFloor(result, contestant)!) as [Value, Value];
    return { median: more.median / less.median, least: more.least / less.least };
  };
  // what two measurements of the same differ by is no cost of rules
  return [{ what: `${protocol}: CPU with 1,000 exact rules to that with 10, each by tcp_proxy's`, atMost: 1.1, lanes: of(LANES), inline: of(INLINE) }];
}

function bodies(grown: Grown): Target[] {
  const { protocol, axis, steps } = grown;
  if (!axis.perMiB) return [];
  return steps.filter(({ value, result }) => (value === 65_536 || value === MIB || value === 64 * MIB) && costOf(grown, { value, result }, LANES) !== undefined).flatMap(({ value, result }) => {
    const of = (contestant: string): Value => over(rowOf(result, contestant)!.cpu, rowOf(result, "tcp_proxy")!.cpu);
    return [{ what: `${protocol}, ${value / 1024} KiB one at a time: CPU to tcp_proxy`, atMost: 2, lanes: of(LANES), inline: of(INLINE) }];
  });
}

function memoryOf(idle: readonly Memory[]): Target[] {
  return (["dubbo", "thrift", "redis"] as const).flatMap((protocol) => {
    const [lanes, inline] = [LANES, INLINE].map((name) => idle.find((one) => one.protocol === protocol && one.contestant === name));
    if (!lanes || !inline) return [];
    const of = ({ beyondFloor }: Memory): Value => ({ median: beyondFloor / 1024, least: beyondFloor / 1024 });
    return [{ what: `${protocol}: KiB of an idle connection beyond tcp_proxy's own`, atMost: 32, lanes: of(lanes), inline: of(inline) }];
  });
}

/** What two looks at the memory of the same process differ by. */
const SAME_MIB = 1;

function lastingOf(lasted: readonly Lasting[]): Target[] {
  return (["dubbo", "thrift", "redis"] as const).flatMap((protocol) => {
    const [lanes, inline] = [LANES, INLINE].map((name) => lasted.find((one) => one.protocol === protocol && one.contestant === name));
    if (!lanes || !inline) return [];
    const of = ({ early, late }: Lasting): Value => ({ median: (late - early) / MIB, least: (late - early) / MIB });
    return [{ what: `${protocol}: MiB more after ten million requests than after one`, atMost: SAME_MIB, lanes: of(lanes), inline: of(inline) }];
  });
}

/** The same whatever the kind of upstream. */
function startOf({ protocol, seconds, wasmBytes }: Start): Target[] {
  const of = (median: number, least = median): Pick<Target, "lanes" | "inline"> => ({ lanes: { median, least }, inline: { median, least } });
  return [
    { what: `${protocol}: seconds from \`meltemi run\` to ready`, atMost: 2, ...of(seconds.median, seconds.min) },
    { what: `${protocol}.wasm: KiB`, atMost: 128, ...of(wasmBytes / 1024) },
  ];
}

function table(targets: readonly Target[]): string {
  const cell = ({ median, least }: Value): string => `${number(median)} (${number(least)})`;
  const met = ({ atMost, lanes: { median, least } }: Target): string => median <= atMost ? "yes" : least <= atMost ? "at its best" : "no";
  return ["## Targets", "", "From the medians of the rounds; in brackets from the least of each, since what else a machine does only adds. Met: by lanes.", "",
    "| | at most | lanes | inline | met |", "|---|---|---|---|---|", ...targets.map((target) => `| ${target.what} | ${target.atMost} | ${cell(target.lanes)} | ${cell(target.inline)} | ${met(target)} |`), ""].join("\n");
}
