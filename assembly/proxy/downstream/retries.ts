import { takeBuffer } from "../../bytes/buffers";
import { Upstream } from "../upstream/upstream";
import { ConnectionBase } from "./connectionBase";
import { Exchange } from "../exchange/exchange";
import { Cause } from "../exchange/cause";
import { now } from "../runtime/clock";
import { after, Timer } from "../runtime/timers";
import { laneOf } from "../upstream/lane";
import { routeOf } from "../route/table";

/** Bytes of a request that may be sent again, and of all such requests of one connection. */
export const MAX_KEPT: i32 = 64 << 10;
const MAX_ALL: i32 = 4 << 20;

/** The end of a back-off. */
@final
class Backoff extends Timer {
  constructor(private retries: Retries, private x: Exchange, private serial: u32) { super(); }

  fire(): void { if (this.x.serial == this.serial) this.retries.isDue(this.x); }
}

/** The requests of one connection that may be, or are to be, sent once more. */
@final
export class Retries {
  /** Requests in strict order that wait: what follows them waits as well. */
  holding: i32 = 0;
  private due: Exchange[] = [];
  private serials: u32[] = [];

  constructor(private connection: ConnectionBase, private upstream: Upstream) {}

  get hasDue(): bool { return this.due.length > 0; }

  /** A request is about to be sent in these two pieces; it is kept if its route may have it sent again. */
  keep(x: Exchange, at: usize, length: i32, restAt: usize, rest: i32): void {
    const connection = this.connection;
    if (length + rest > MAX_KEPT || connection.keptBytes + length + rest > MAX_ALL) return;
    const kept = takeBuffer();
    kept.bytes(at, length);
    kept.bytes(restAt, rest);
    x.sent = kept;
    connection.keptBytes += kept.capacity;
  }

  /** It will not be sent again: the first byte of an answer is there, or it has ended. */
  drop(x: Exchange): void {
    const kept = x.sent;
    if (kept === null) return;
    this.connection.keptBytes -= kept.capacity;
    x.dropSent();
  }

  /** A request has failed. True: it will be sent again, after a while. */
  offer(x: Exchange, cause: Cause): bool {
    const route = routeOf(x), policy = route ? route.retries : null, lane = laneOf(x);
    if (policy === null || lane === null || x.sent === null || !(policy.causes & cause) || x.attempts > policy.attempts) return false;
    if (x.begun || x.answer !== null || x.waits || (cause != Cause.Connect && !x.safe)) return false;
    if (x.lastDeadline > 0 && now() >= x.lastDeadline) return false;
    if (x.strict && x.laneNewer !== null) return false;
    const cluster = lane.cluster;
    if (x.retriedOn === null) {
      if (!policy.allows(cluster.retrying, cluster.open + cluster.waiting)) return false;
      cluster.retrying++;
      x.retriedOn = cluster;
    }
    this.connection.correlation.unbind(x);
    x.waits = true;
    cluster.waiting++;
    x.deadline = x.lastDeadline;
    if (x.strict) this.holding++;
    after(policy.backoff(x.attempts), new Backoff(this, x, x.serial));
    return true;
  }

  isDue(x: Exchange): void {
    if (!x.waits) return;
    this.due.push(x);
    this.serials.push(x.serial);
    this.connection.wake();
  }

  /** It waits no more: it is sent, or has ended. */
  leave(x: Exchange): void {
    if (!x.waits) return;
    x.waits = false;
    const lane = laneOf(x);
    if (lane) lane.cluster.waiting--;
    if (x.strict) this.holding--;
  }

  /** Sends what is due. */
  send(): void {
    const due = this.due, serials = this.serials;
    for (let i = 0; i < due.length; i++) if (due[i].serial == serials[i] && due[i].waits) this.sendOne(due[i]);
    due.length = 0;
    serials.length = 0;
  }

  private sendOne(x: Exchange): void {
    const connection = this.connection, before = laneOf(x), kept = x.sent, route = routeOf(x);
    this.leave(x);
    if (before === null || kept === null || route === null) return;
    const policy = route.retries!, lane = this.upstream.pickAgain(before.home.cluster, x.hash, before);
    connection.correlation.bindAgain(x, lane);
    x.attempts++;
    connection.service.stats.retries.add();
    if (policy.perTryMs > 0) x.deadline = min(x.lastDeadline > 0 ? x.lastDeadline : u64.MAX_VALUE, now() + <u64>policy.perTryMs);
    this.upstream.send(lane, kept.base, kept.length);
    // Sent for the last time, it is kept no longer.
    if (x.attempts > policy.attempts) this.drop(x);
  }
}
