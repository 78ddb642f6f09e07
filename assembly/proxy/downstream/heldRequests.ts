import { giveBuffer, takeBuffer } from "../../bytes/buffers";
import { Writer } from "../../bytes/writer";
import { Held } from "../filter/heldRequest";
import { Exchange } from "../exchange/exchange";
import { Failure } from "../../codec/failure";
import { Mutation } from "../../codec/mutation";

/** Places of requests that have gone on before the others close up. */
const MIN_GONE: i32 = 32;

/** A request that a filter holds while those behind it go on: all its bytes, and what filters have said so far. */
@final
export class WaitingRequest {
  changes: Mutation = new Mutation();
  /** The filter that it goes on with. */
  next: i32 = 0;
  resumed: bool = false;
  verdict: Failure | null = null;
  /** What that filter knows it by. */
  held: Held | null = null;

  constructor(public x: Exchange, public bytes: Writer) {}
}

/** Requests of one connection that are held. A filter may let thousands go at once: what each costs does not grow with them. */
@final
export class HeldRequests {
  /** Oldest first, null where one has gone on, and their tickets, each larger than the one before. */
  private waiting: Array<WaitingRequest | null> = [];
  private tickets: u32[] = [];
  private gone: i32 = 0;
  /** Nobody before this place may go on. */
  private from: i32 = 0;
  /** Bytes that are kept. */
  bytes: i32 = 0;
  /** How many may go on. */
  ready: i32 = 0;

  get length(): i32 { return this.waiting.length - this.gone; }

  /** Keeps a request: its bytes are copied. */
  add(x: Exchange, ticket: u32, at: usize, length: i32): WaitingRequest {
    const bytes = takeBuffer();
    bytes.bytes(at, length);
    this.bytes += length;
    const one = new WaitingRequest(x, bytes);
    this.push(one, ticket);
    return one;
  }

  private push(one: WaitingRequest, ticket: u32): void {
    this.waiting.push(one);
    this.tickets.push(ticket);
  }

  /** False: no request is known by this ticket. */
  resume(ticket: u32, failure: Failure | null): bool {
    const at = this.find(ticket), one = at < this.waiting.length ? this.waiting[at] : null;
    if (one === null || one.resumed || this.tickets[at] != ticket) return false;
    one.resumed = true;
    one.verdict = failure;
    this.from = this.ready++ ? min(this.from, at) : at;
    return true;
  }

  /** Place of the first ticket that is not older; tickets begin again behind the largest. */
  private find(ticket: u32): i32 {
    let low = 0, high = this.tickets.length;
    while (low < high) {
      const middle = (low + high) >> 1;
      if (<i32>(this.tickets[middle] - ticket) < 0) low = middle + 1;
      else high = middle;
    }
    return low;
  }

  /** Takes the oldest that may go on; to be given back, or added again. */
  take(): WaitingRequest | null {
    for (let at = this.from; this.ready > 0 && at < this.waiting.length; at++) {
      const one = this.waiting[at];
      if (one === null || !one.resumed) continue;
      this.ready--;
      this.from = at + 1;
      this.leave(at);
      return one;
    }
    return null;
  }

  /** Takes the one that keeps the most bytes; to be given back. */
  takeLargest(): WaitingRequest | null {
    let largest: WaitingRequest | null = null, place = -1;
    for (let at = 0; at < this.waiting.length; at++) {
      const one = this.waiting[at];
      if (one === null || (largest !== null && one.bytes.length <= largest.bytes.length)) continue;
      largest = one;
      place = at;
    }
    if (largest === null) return null;
    if (largest.resumed) this.ready--;
    this.leave(place);
    return largest;
  }

  /** Takes the one that came last; to be given back. */
  takeNewest(): WaitingRequest | null {
    while (this.waiting.length > 0) {
      const one = this.waiting.pop();
      this.tickets.pop();
      if (one === null) {
        this.gone--;
        continue;
      }
      if (one.resumed) this.ready--;
      return one;
    }
    return null;
  }

  private leave(at: i32): void {
    this.waiting[at] = null;
    if (++this.gone < MIN_GONE || this.gone << 1 < this.waiting.length) return;
    let kept = 0;
    for (let i = 0; i < this.waiting.length; i++) {
      if (this.waiting[i] === null) continue;
      this.waiting[kept] = this.waiting[i];
      this.tickets[kept++] = this.tickets[i];
    }
    this.waiting.length = kept;
    this.tickets.length = kept;
    this.gone = 0;
    this.from = 0;
  }

  /** It is held once more. */
  putBack(one: WaitingRequest, ticket: u32): void {
    one.resumed = false;
    this.push(one, ticket);
  }

  /** It is held no more: its memory. */
  give(one: WaitingRequest): void {
    this.bytes -= one.bytes.length;
    giveBuffer(one.bytes);
  }

  free(): void {
    for (let i = 0; i < this.waiting.length; i++) {
      const one = this.waiting[i], held = one ? one.held : null;
      if (one) this.give(one);
      if (held) held.forget();
    }
    this.waiting.length = 0;
    this.tickets.length = 0;
    this.gone = 0;
    this.ready = 0;
  }
}
