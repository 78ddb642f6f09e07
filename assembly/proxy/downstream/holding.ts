import { Failure } from "../../codec/failure";
import { Kind, Order } from "../../codec/enums";
import { Frame } from "../../codec/frame";
import { Mutation } from "../../codec/mutation";
import { Exchange } from "../exchange/exchange";
import { Held, Holder, setHolder, takeHeld } from "../filter/heldRequest";
import { ConnectionBase } from "./connectionBase";
import { HeldRequests, WaitingRequest } from "./heldRequests";
import { MAX_KEPT } from "./retries";

/** Requests of one connection that filters hold, and the one whose filters have begun and that must be read again. */
@final
export class Holding implements Holder {
  /** Held by a filter, or more of it is needed. */
  parked: Exchange | null = null;
  /** What filters have changed of it so far. */
  changes: Mutation = new Mutation();
  /** The filter that it goes on with, and what the one before it has decided. */
  nextFilter: i32 = 0;
  verdict: Failure | null = null;
  /** It is held, and will wait by itself once so many bytes of it have come; 0: no such thing. */
  collecting: i32 = 0;
  /** One that waited by itself and goes on just now. */
  replayed: WaitingRequest | null = null;
  /** Those that wait by themselves. */
  bench: HeldRequests = new HeldRequests();
  /** A filter holds `parked`. */
  private isParkedHeld: bool = false;
  private parkedTicket: u32 = 0;
  private parkedHeld: Held | null = null;
  private ticket: u32 = 0;

  constructor(private connection: ConnectionBase) {}

  /** True while a filter holds a request, and so all that follows it. */
  get isHolding(): bool { return this.isParkedHeld && this.collecting == 0; }
  /** True while a filter holds any request. */
  get hasHeld(): bool { return this.isParkedHeld || this.bench.length > 0; }
  get hasReady(): bool { return this.bench.ready > 0; }
  get isParked(): bool { return this.parked !== null; }
  /** Bytes that are kept. */
  get stored(): i32 { return this.bench.bytes; }
  /** Requests that are held by themselves. */
  get benched(): i32 { return this.bench.length; }
  /** Requests that filters hold. */
  get held(): i32 { return this.bench.length + (this.isParkedHeld ? 1 : 0); }

  /** Filters are about to see a request: what holds it is known by the next ticket. */
  offer(): void { setHolder(this, this.ticket + 1); }

  resume(ticket: u32, failure: Failure | null): void {
    if (this.isParkedHeld && ticket == this.parkedTicket) {
      this.isParkedHeld = false;
      this.verdict = failure;
      this.collecting = 0;
      this.connection.wire.need = 0;
    } else if (!this.bench.resume(ticket, failure)) {
      return;
    }
    this.connection.wake();
  }

  /** The largest request that is held by itself; null: none is. It is held no more. */
  takeLargest(): Exchange | null { return this.taken(this.bench.takeLargest()); }

  /** As `takeLargest`, the one that came last: however many there are, it costs the same. */
  takeNewest(): Exchange | null { return this.taken(this.bench.takeNewest()); }

  private taken(one: WaitingRequest | null): Exchange | null {
    if (one === null) return null;
    this.bench.give(one);
    return one.x;
  }

  /** All requests that are held, or read in part, are about to end: nothing of them is kept, and what their filters say is of no account. */
  forgetAll(): void {
    const held = this.parkedHeld;
    if (held) held.forget();
    this.parkedHeld = null;
    this.parked = null;
    this.isParkedHeld = false;
    this.collecting = 0;
    this.bench.free();
  }

  /** The request is held: alone, if it may be overtaken and all of it can be kept. `next`: the filter that it goes on with. */
  hold(x: Exchange, f: Frame, base: usize, left: i32, next: i32): i32 {
    const mutation = this.connection.service.mutation, replayed = this.replayed, held = takeHeld();
    this.ticket++;
    if (replayed) {
      replayed.changes.clear();
      replayed.changes.copyFrom(mutation, 0, mutation.length);
      replayed.next = next;
      replayed.held = held;
      this.bench.putBack(replayed, this.ticket);
      this.replayed = null;
      return 0;
    }
    this.isParkedHeld = true;
    this.parkedTicket = this.ticket;
    this.parkedHeld = held;
    this.park(x, mutation.length, next);
    if (!this.mayWaitAlone(f)) return 0;
    this.collecting = f.size;
    this.connection.wire.need = f.size;
    return left < f.size ? 0 : this.setAside(base);
  }

  private mayWaitAlone(f: Frame): bool {
    const plain = f.kind == Kind.Call && f.order != Order.Strict && !f.edited && !f.unpin;
    return plain && f.size > 0 && f.size <= MAX_KEPT && f.pin == 0 && this.connection.pins.laneOf(0) === null;
  }

  /** All of the request that is held is here: it waits by itself from now on. Returns its length. */
  setAside(base: usize): i32 {
    const x = this.parked!, size = this.collecting, one = this.bench.add(x, this.parkedTicket, base, size);
    one.changes.copyFrom(this.changes, 0, this.changes.length);
    one.next = this.nextFilter;
    one.held = this.parkedHeld;
    this.parkedHeld = null;
    this.collecting = 0;
    this.connection.wire.need = 0;
    this.parked = null;
    this.isParkedHeld = false;
    return size;
  }

  /** `changes`: how many of the mutation's edits are those of filters. */
  park(x: Exchange, changes: i32, nextFilter: i32): void {
    if (this.parked !== x) this.changes.clear();
    this.changes.copyFrom(this.connection.service.mutation, this.changes.length, changes);
    this.parked = x;
    this.nextFilter = nextFilter;
  }

  /** It need not be read again. */
  unpark(x: Exchange): void { if (this.parked === x) this.parked = null; }
}
