import { Writer } from "../../bytes/writer";
import { HttpCall } from "../../context/calls";
import { Status } from "../../env/enums";
import { Counter, labelled } from "../../host/metrics";
import { now } from "../../proxy/runtime/clock";
import { after, Timer } from "../../proxy/runtime/timers";
import { writeEnvelope, writeHead } from "./proto";
import { Target } from "./target";

/** Field of ScopeSpans and ScopeLogs that holds the items. */
const ITEM = 2;
/** How much later than its own timeout an answer may come before it is taken for lost (its root has gone). */
const LOST_MS: u64 = 5000;

/** The request that is being sent; used again for all batches, since calls do not nest. */
const body: Writer = new Writer(4096);

/** What happened to spans or log records, as metrics `meltemi_telemetry_{sent,dropped,failed}`. */
@final
class Counts {
  sent: Counter;
  /** There was no room for them. */
  dropped: Counter;
  /** The collector did not take them. */
  failed: Counter;

  constructor(signal: string, service: string) {
    const names = ["signal", "service"], values = [signal, service];
    this.sent = new Counter(labelled("meltemi_telemetry_sent", names, values));
    this.dropped = new Counter(labelled("meltemi_telemetry_dropped", names, values));
    this.failed = new Counter(labelled("meltemi_telemetry_failed", names, values));
  }

  flush(): void {
    this.sent.flush();
    this.dropped.flush();
    this.failed.flush();
  }
}

/**
 * A bounded queue of spans or log records and the calls that empty it, one at a time. What finds it full is dropped, what
 * the collector does not take as well: all is counted, nothing waits.
 */
@final
export class Exporter {
  private queue: Writer = new Writer(4096);
  private queued: i32 = 0;
  private call: Batch | null = null;
  private timer: FlushTimer | null = null;
  /** The timer runs, and when it will send what there is. */
  private armed: bool = false;
  private hurried: bool = false;
  /** Until then nothing is sent: the collector is away. */
  private quietUntil: u64 = 0;
  counts: Counts;

  constructor(private target: Target, signal: string, service: string) { this.counts = new Counts(signal, service); }

  /** Takes one item, the bytes of a Span or LogRecord; false: dropped. */
  add(item: Writer): bool {
    const size = item.length + 8;
    if (this.queue.length + size > this.target.queueBytes) {
      this.drop();
      return false;
    }
    writeHead(this.queue, ITEM, item.length);
    this.queue.bytes(item.base, item.length);
    this.queued++;
    if (!this.armed) this.arm(this.target.intervalMs);
    else if (!this.hurried && this.isFull && this.call === null && this.quietUntil == 0) {
      this.hurried = true;
      this.arm(0);
    }
    return true;
  }

  /** Counts what did not become an item. */
  drop(items: i32 = 1): void {
    this.counts.dropped.add(items);
    if (!this.armed) this.arm(this.target.intervalMs);
  }

  private get isFull(): bool { return this.queue.length >= this.target.batchBytes; }

  private arm(ms: i32): void {
    let timer = this.timer;
    // A timer that is on its way cannot be moved: the hurried one is another.
    if (timer === null || this.armed) timer = new FlushTimer(this);
    this.timer = timer;
    this.armed = true;
    after(ms, timer);
  }

  /** A timer has fired, the root's context is selected. */
  onTimer(timer: FlushTimer): void {
    if (timer !== this.timer) return;
    this.armed = false;
    this.hurried = false;
    const call = this.call;
    if (call && now() > call.givenUpAt) this.done(call, false);
    if (this.call === null && now() >= this.quietUntil) this.send();
    this.counts.flush();
    if (this.queued > 0 || this.call) this.arm(this.target.intervalMs);
  }

  /** All that is queued goes out as one request. */
  private send(): void {
    if (this.queued == 0) return;
    const target = this.target, call = new Batch(this, this.queued);
    body.reset();
    writeEnvelope(body, target.resource, target.scope, this.queue.length);
    body.bytes(this.queue.base, this.queue.length);
    this.queue.reset();
    this.queued = 0;
    this.call = call;
    call.givenUpAt = now() + target.timeoutMs + LOST_MS;
    if (call.send(target.cluster, target.headers, target.timeoutMs, body) != Status.Ok) this.done(call, false);
  }

  /** A batch has its answer, or will never have one. */
  done(call: Batch, taken: bool): void {
    if (this.call !== call) return;
    this.call = null;
    if (taken) this.counts.sent.add(call.items);
    else this.counts.failed.add(call.items);
    this.quietUntil = taken ? 0 : now() + this.target.intervalMs;
    if (taken && this.isFull) this.send();
  }
}

@final
class FlushTimer extends Timer {
  constructor(private exporter: Exporter) { super(); }
  fire(): void { this.exporter.onTimer(this); }
}

@final
class Batch extends HttpCall {
  givenUpAt: u64 = 0;

  constructor(private exporter: Exporter, public items: i32) { super(null); }

  onResponse(headers: i32, bodySize: i32, trailers: i32): void { this.exporter.done(this, this.status >= 200 && this.status < 300); }
}
