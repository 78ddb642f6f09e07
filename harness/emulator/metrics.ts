import { Status } from "./abi.ts";

const COUNTER = 0, GAUGE = 1, HISTOGRAM = 2;
/** Ids say the type in their lowest bits and count up by this. */
const TYPE_MASK = 3, STEP = 4;
interface Stat { type: number; value: bigint; samples: bigint[] }

/** Counters, gauges and histograms with Envoy's ways: a counter only grows, a histogram cannot be read back. */
export class Metrics {
  private readonly stats = new Map<string, Stat>();
  private readonly ids = new Map<number, Stat>();
  private readonly last = [COUNTER, GAUGE, HISTOGRAM];

  /** A new id each time, also for a name that is there already; 0: no such type. */
  define(type: number, name: string): number {
    if (type < 0 || type > HISTOGRAM) return 0;
    const stat = this.stats.get(name) ?? { type, value: 0n, samples: [] };
    this.stats.set(name, stat);
    const id = this.last[type] = (this.last[type] ?? type) + STEP;
    this.ids.set(id, stat);
    return id;
  }

  increment(id: number, by: bigint): number {
    const type = id & TYPE_MASK, stat = this.ids.get(id);
    if (type > GAUGE) return Status.BadArgument;
    if (!stat) return Status.NotFound;
    if (type === COUNTER && by <= 0n) return Status.BadArgument;
    stat.value += by;
    return Status.Ok;
  }

  record(id: number, value: bigint): number {
    const stat = this.ids.get(id);
    if (!stat) return Status.NotFound;
    if (stat.type === COUNTER) stat.value += value;
    else if (stat.type === GAUGE) stat.value = value;
    else stat.samples.push(value);
    return Status.Ok;
  }

  read(id: number): bigint | number {
    if ((id & TYPE_MASK) > GAUGE) return Status.BadArgument;
    return this.ids.get(id)?.value ?? Status.NotFound;
  }

  /** Value of a counter or gauge by its full name, undefined if it was never defined. */
  value(name: string): number | undefined {
    const stat = this.stats.get(name);
    return stat && Number(stat.value);
  }

  samples(name: string): number[] { return (this.stats.get(name)?.samples ?? []).map(Number); }

  /** All names with their values, zero ones left out. */
  all(): Record<string, number> {
    const used = [...this.stats].filter(([, stat]) => stat.value !== 0n || stat.samples.length > 0);
    return Object.fromEntries(used.map(([name, stat]) => [name, stat.type === HISTOGRAM ? stat.samples.length : Number(stat.value)]));
  }
}
