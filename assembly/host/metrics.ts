/** Envoy's counters, gauges and histograms, under `wasmcustom.` in its statistics. Define them at configure time. */
import { proxy_define_metric, proxy_get_metric, proxy_increment_metric, proxy_record_metric } from "../env/imports";
import { MetricType, Status } from "../env/enums";
import { answered, RESULT, RESULT_AT } from "../env/memory";
import { argument } from "./text";

/**
 * A metric's name with labels, in the form that `stats_tags` of the bootstrap take apart for Prometheus:
 * `requests;.;cluster=.=a;.;`, with a rule `((?:;\.;)?cluster=\.=(.*?);\.;)` for each label.
 */
export function labelled(name: string, labels: string[], values: string[]): string {
  let whole = name + ";.;";
  for (let i = 0; i < labels.length; i++) whole += labels[i] + "=.=" + values[i] + ";.;";
  return whole;
}

/** 0 if the host refuses it. */
function define(type: MetricType, name: string): u32 {
  const bytes = argument(name);
  return answered(proxy_define_metric(type, bytes.base, bytes.length, RESULT_AT)) ? load<u32>(RESULT_AT) : 0;
}

function readMetric(id: u32): u64 { return answered(proxy_get_metric(id, RESULT)) ? load<u64>(RESULT) : 0; }

/**
 * A counter that adds up in this VM and is handed to Envoy by `flush`, so that counting on the hot path is one addition.
 * All VMs of the process add to one counter of that name.
 */
@final
export class Counter {
  private pending: i64 = 0;
  private id: u32;

  constructor(name: string) { this.id = define(MetricType.Counter, name); }

  @inline add(n: i64 = 1): void { this.pending += n; }

  /** Envoy quirk: counts of 0 and below are BadArgument, so they are not sent. */
  flush(): void {
    if (this.pending == 0 || this.id == 0) return;
    proxy_increment_metric(this.id, this.pending);
    this.pending = 0;
  }

  /** What all VMs have handed over. A host call. */
  get value(): u64 { return readMetric(this.id); }
}

/** A level. Envoy quirk: all VMs write the same one, the last writer wins; use `add` for what is to add up. */
@final
export class Gauge {
  private id: u32;

  constructor(name: string) { this.id = define(MetricType.Gauge, name); }

  set(value: u64): Status { return <Status>proxy_record_metric(this.id, <i64>value); }
  add(n: i64): Status { return <Status>proxy_increment_metric(this.id, n); }
  get value(): u64 { return readMetric(this.id); }
}

/** A distribution; it cannot be read back. */
@final
export class Histogram {
  private id: u32;

  constructor(name: string) { this.id = define(MetricType.Histogram, name); }

  record(value: u64): Status { return <Status>proxy_record_metric(this.id, <i64>value); }
}
