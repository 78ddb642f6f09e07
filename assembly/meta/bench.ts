import { giveBuffer, takeBuffer } from "../bytes/buffers";
import { Writer } from "../bytes/writer";
import { Exchange } from "./exchange";
import { Failure } from "./failure";
import { Mutation } from "./mutation";

/** A request that a filter holds while those behind it go on: all its bytes, and what filters have said so far. */
@final
export class Waiting {
  changes: Mutation = new Mutation();
  /** The filter that it goes on with. */
  next: i32 = 0;
  resumed: bool = false;
  verdict: Failure | null = null;

  constructor(public x: Exchange, public bytes: Writer, public ticket: u32) {}
}

/** Requests of one connection that are held, oldest first. */
@final
export class Bench {
  private waiting: Waiting[] = [];
  /** Bytes that are kept. */
  bytes: i32 = 0;
  /** How many may go on. */
  ready: i32 = 0;

  get length(): i32 { return this.waiting.length; }

  /** Keeps a request: its bytes are copied. */
  add(x: Exchange, ticket: u32, at: usize, length: i32): Waiting {
    const bytes = takeBuffer();
    bytes.bytes(at, length);
    this.bytes += length;
    const one = new Waiting(x, bytes, ticket);
    this.waiting.push(one);
    return one;
  }

  /** False: no request is known by this ticket. */
  resume(ticket: u32, failure: Failure | null): bool {
    for (let i = 0; i < this.waiting.length; i++) {
      const one = this.waiting[i];
      if (one.ticket != ticket || one.resumed) continue;
      one.resumed = true;
      one.verdict = failure;
      this.ready++;
      return true;
    }
    return false;
  }

  /** Takes the oldest that may go on; to be given back, or added again. */
  take(): Waiting | null {
    for (let i = 0; i < this.waiting.length; i++) {
      const one = this.waiting[i];
      if (!one.resumed) continue;
      this.waiting.splice(i, 1);
      this.ready--;
      return one;
    }
    return null;
  }

  /** Takes the one that keeps the most bytes; to be given back. */
  takeLargest(): Waiting | null {
    let at = -1;
    for (let i = 0; i < this.waiting.length; i++) if (at < 0 || this.waiting[i].bytes.length > this.waiting[at].bytes.length) at = i;
    if (at < 0) return null;
    const one = this.waiting[at];
    if (one.resumed) this.ready--;
    this.waiting.splice(at, 1);
    return one;
  }

  /** It is held once more. */
  putBack(one: Waiting, ticket: u32): void {
    one.ticket = ticket;
    one.resumed = false;
    this.waiting.push(one);
  }

  /** It is held no more: its memory. */
  give(one: Waiting): void {
    this.bytes -= one.bytes.length;
    giveBuffer(one.bytes);
  }

  free(): void {
    for (let i = 0; i < this.waiting.length; i++) this.give(this.waiting[i]);
    this.waiting.length = 0;
    this.ready = 0;
  }
}
