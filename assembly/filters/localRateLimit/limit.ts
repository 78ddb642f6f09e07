import { Counter } from "../../host/metrics";
import { Failure, Reason } from "../../codec/failure";
import { Metadata, Presence, View } from "../../codec/metadata";
import { Condition } from "../../proxy/match/condition";
import { hashOf } from "./seed";
import { Table } from "./table";

/** The bucket of the requests whose value cannot be read. */
const HIDDEN: u64 = 0;
const value: View = new View();

/** What requests are counted against. */
export abstract class Limit {
  /** Requests over it. */
  readonly limited: Counter;
  readonly failure: Failure;

  /** labels: those of the filter's metrics. */
  constructor(readonly name: string, labels: string, protected readonly table: Table) {
    this.limited = new Counter("meltemi_rate_limited" + labels + "limit=.=" + name + ";.;");
    this.failure = new Failure(Reason.RateLimited, "too many requests: limit " + name);
  }

  /** Takes what a request needs, all or nothing; false: it is over the limit. */
  abstract take(metadata: Metadata, now: i64): bool;
  /** Gives back what the same request has just taken. */
  abstract putBack(metadata: Metadata): void;

  get evicted(): i64 { return this.table.evicted; }
}

/** One bucket for all requests of a condition; null: for all. */
@final
export class WholeLimit extends Limit {
  constructor(name: string, labels: string, table: Table, readonly condition: Condition | null) { super(name, labels, table); }

  take(metadata: Metadata, now: i64): bool { return this.table.take(0, now); }
  putBack(metadata: Metadata): void { this.table.putBack(0); }
}

/** A bucket for each value of a key. A request without the key passes, one with several values needs a token of each. */
@final
export class KeyLimit extends Limit {
  constructor(name: string, labels: string, table: Table, private readonly slot: i32) { super(name, labels, table); }

  take(metadata: Metadata, now: i64): bool {
    if (metadata.presence(this.slot) == Presence.Hidden) return this.table.take(HIDDEN, now);
    for (let place = metadata.first(this.slot); place >= 0; place = metadata.next(place)) {
      metadata.view(place, value);
      if (this.table.take(hashOf(value.at, value.length), now)) continue;
      this.putBackUntil(metadata, place);
      return false;
    }
    return true;
  }

  putBack(metadata: Metadata): void {
    if (metadata.presence(this.slot) == Presence.Hidden) this.table.putBack(HIDDEN);
    else this.putBackUntil(metadata, -1);
  }

  private putBackUntil(metadata: Metadata, end: i32): void {
    for (let place = metadata.first(this.slot); place != end; place = metadata.next(place)) {
      metadata.view(place, value);
      this.table.putBack(hashOf(value.at, value.length));
    }
  }
}
