import { Writer } from "../../bytes/writer";
import { Counter, Gauge, Histogram } from "../../host/metrics";
import { Exchange } from "../../proxy/exchange/exchange";
import { reasonName } from "../../codec/failure";
import { Metadata } from "../../codec/metadata";
import { nowNs } from "../../proxy/runtime/clock";
import { endedAs, flagName, outcomeName } from "../ending";
import { Labels, labelValue } from "./labels";
import { Table } from "./table";

const OTHER = "other";
/** Bytes of what a request, or an answer, is known by. */
const key: Writer = new Writer(512);

/** What a request is counted by before it has an answer: its metadata's labels and its route. */
@final
class Operation {
  private level: Gauge;
  private change: i64 = 0;

  constructor(public labels: string) { this.level = new Gauge("meltemi_requests_in_flight" + labels); }

  @inline add(n: i64): void { this.change += n; }

  /** All VMs of the process add to one gauge of that name. */
  flush(): void {
    if (this.change) this.level.add(this.change);
    this.change = 0;
  }
}

/** What is counted of requests that ended alike; names and units are Istio's. */
@final
class Series {
  requests: Counter;
  private duration: Histogram;
  private requestBytes: Histogram;
  private responseBytes: Histogram;

  constructor(labels: string) {
    this.requests = new Counter("istio_requests_total" + labels);
    this.duration = new Histogram("istio_request_duration_milliseconds" + labels);
    this.requestBytes = new Histogram("istio_request_bytes" + labels);
    this.responseBytes = new Histogram("istio_response_bytes" + labels);
  }

  /** Three host calls: a histogram takes one value at a time. */
  add(x: Exchange): void {
    const now = nowNs();
    this.requests.add();
    this.duration.record(now > x.startedAt ? (now - x.startedAt) / 1_000_000 : 0);
    this.requestBytes.record(<u64>x.requestBytes);
    this.responseBytes.record(<u64>x.responseBytes);
  }
}

/** All series of one filter; what there is no room for shares one of each kind. */
@final
export class AllSeries {
  private operations: Operation[] = [];
  private series: Series[] = [];
  private otherOperation: Operation | null = null;
  private otherSeries: Series | null = null;
  private operationKeys: Table;
  private seriesKeys: Table;

  /** `start`: labels that all have; `most`: series, and operations, beside the one that stands for further ones. */
  constructor(private start: string, private labels: Labels, most: i32) {
    this.operationKeys = new Table(most);
    this.seriesKeys = new Table(most);
  }

  /** A request begins; returns what it is to be ended with, -1 where there is no room for it. */
  begin(x: Exchange, metadata: Metadata): i32 {
    key.reset();
    const route = x.route, name = route ? route.name : "";
    key.u8(name.length);
    key.bytes(changetype<usize>(name), name.length << 1);
    const from = key.length;
    this.labels.writeKey(metadata, key);
    const number = this.operationKeys.number(key.base, key.length);
    if (number == this.operations.length) this.operations.push(new Operation(this.start + this.labels.text(key, from) + "route=.=" + labelValue(name) + ";.;"));
    this.operation(number).add(1);
    return number;
  }

  end(x: Exchange, operation: i32): void {
    this.operation(operation).add(-1);
    const number = operation < 0 ? -1 : this.find(x, operation);
    if (number >= 0) unchecked(this.series[number]).add(x);
    else this.other().add(x);
  }

  private operation(number: i32): Operation {
    if (number >= 0) return unchecked(this.operations[number]);
    let other = this.otherOperation;
    if (!other) this.otherOperation = other = new Operation(this.start + this.otherLabels());
    return other;
  }

  private other(): Series {
    let other = this.otherSeries;
    if (!other) this.otherSeries = other = new Series(this.start + this.otherLabels() + ending(OTHER, OTHER, OTHER, OTHER, OTHER));
    return other;
  }

  private otherLabels(): string { return this.labels.text(null, 0) + "route=.=" + OTHER + ";.;"; }

  /** Number of the series that an exchange belongs to, -1: there is no room for it. */
  private find(x: Exchange, operation: i32): i32 {
    const lane = x.lane, cluster = lane ? lane.cluster.name : "", failure = x.failure, outcome = endedAs(x);
    const state = failure ? <i32>failure.reason + 2 : x.isCut ? 1 : 0, code = failure ? failure.code : x.code;
    key.reset();
    key.u32le(operation);
    key.u32le(code);
    key.u8(<i32>outcome);
    key.u8(state);
    key.bytes(changetype<usize>(cluster), cluster.length << 1);
    const number = this.seriesKeys.number(key.base, key.length);
    if (number == this.series.length) {
      const reason = failure ? reasonName(failure.reason) : "-";
      this.series.push(new Series(this.operations[operation].labels + ending(labelValue(cluster), outcomeName(outcome), code.toString(), flagName(x), reason)));
    }
    return number;
  }

  flush(): void {
    for (let i = 0; i < this.operations.length; i++) unchecked(this.operations[i]).flush();
    for (let i = 0; i < this.series.length; i++) unchecked(this.series[i]).requests.flush();
    const operation = this.otherOperation, series = this.otherSeries;
    if (operation) operation.flush();
    if (series) series.requests.flush();
  }
}

function ending(cluster: string, outcome: string, code: string, flags: string, reason: string): string {
  return "cluster=.=" + cluster + ";.;outcome=.=" + outcome + ";.;response_code=.=" + code + ";.;response_flags=.=" + flags + ";.;reason=.=" + reason + ";.;";
}
