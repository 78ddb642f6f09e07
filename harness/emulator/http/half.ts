import { Action } from "../abi.ts";
import type { Bytes } from "../bytes.ts";
import type { Pairs } from "../pairs.ts";
import { Headers } from "./headers.ts";

/** Where one direction of a stream leads, behind the filter. */
export interface Next {
  headers(headers: Headers, end: boolean): void;
  data(bytes: Buffer, end: boolean): void;
  trailers(trailers: Headers): void;
}

/** Runs one of the module's callbacks, given by the end of its name: `headers`, `body`, ... */
export type Run = (part: string, ...args: number[]) => number;

/** What a body callback may return besides Action.Continue: Pause is the first of these. Others drop the bytes. */
const BUFFER = 1, WATERMARK = 2;

/**
 * One direction of an HTTP stream through the filter, with Envoy's filter manager around it. Pause in the header callback stops
 * everything, later data is kept and comes in one piece; Pause in the body callback keeps the bytes, and the next callback
 * sees them together with the new ones.
 */
export class Half {
  /** What the guest may read and change now; null: nothing, or no more. */
  headers: Headers | null = null;
  body: Bytes | null = null;
  trailers: Headers | null = null;
  metadata: Headers | null = null;
  /** Nothing goes on any more: the stream has ended, or was answered in place of the server. */
  stopped = false;
  private state: "open" | "single" | "all" = "open";
  private all: Headers | null = null;
  private tail: Headers | null = null;
  private kept: Bytes | null = null;
  private keeping = false;
  private passed = false;
  private ended = false;

  constructor(private readonly stream: { endOfStream: boolean }, private readonly run: Run, private readonly next: Next) {}

  /** True once headers have come. */
  get begun(): boolean { return this.all !== null; }
  /** True once headers have gone on. */
  get left(): boolean { return this.passed; }
  /** Header map of the message, whether the guest may see it or not. */
  get message(): Headers | null { return this.all; }
  get messageTrailers(): Headers | null { return this.tail; }
  /** Bytes that Envoy holds because the filter paused. */
  get waiting(): number { return this.kept?.bytes.length ?? 0; }

  onHeaders(pairs: Pairs, end: boolean): void {
    this.all = this.headers = new Headers(pairs);
    this.ended = this.stream.endOfStream = end;
    if (this.run("headers", this.all.count, end ? 1 : 0) !== Action.Continue) {
      this.state = "all";
      return;
    }
    this.headers = null;
    if (this.stopped || this.passed) return;
    this.passed = true;
    this.next.headers(this.all, end);
  }

  onData(bytes: Buffer, end: boolean): void {
    this.ended ||= end;
    if (this.state === "all") this.keep({ bytes });
    else this.filterData({ bytes }, end);
  }

  onTrailers(pairs: Pairs): void {
    this.tail = new Headers(pairs);
    this.ended = true;
    if (this.state !== "all") this.filterTrailers(this.tail);
  }

  onMetadata(pairs: Pairs): void {
    this.metadata = new Headers(pairs);
    this.run("metadata", this.metadata.count);
    this.metadata = null;
  }

  /** Goes on after a Pause: `proxy_continue_stream`, after its callback. */
  resume(): void {
    if (this.stopped || !this.all) return;
    const fromHere = this.state === "all", tail = this.tail;
    this.state = "open";
    if (!this.passed) {
      this.passed = true;
      this.next.headers(this.all, this.ended && !this.kept && !tail);
    }
    const kept = this.kept;
    if (kept && fromHere) {
      this.kept = null;
      this.filterData(kept, this.ended && !tail);
    } else if (kept) this.pass(kept, this.ended && !tail);
    if (tail && !this.stopped) {
      if (fromHere) this.filterTrailers(tail);
      else this.next.trailers(tail);
    }
  }

  /** Another message has taken its place, without the filter. */
  replace(headers: Headers): void {
    this.all = headers;
    this.stopped = true;
  }

  /** The guest can see nothing of it any more until its next callback. */
  forget(): void { this.headers = this.body = this.trailers = this.metadata = null; }

  /** Trailers of the filter's own, in the callback of the last piece of the body. */
  addTrailers(): Headers { return this.trailers = this.tail = new Headers(); }

  private filterData(data: Bytes, end: boolean): void {
    const before = this.tail;
    if (this.keeping) this.keep(data);
    this.body = this.keeping && this.kept ? this.kept : data;
    this.stream.endOfStream = end;
    const result = this.run("body", this.body.bytes.length, end ? 1 : 0);
    const fresh = this.keeping ? null : data;
    this.keeping = result === BUFFER;
    if (result === Action.Continue) this.body = null;
    if (this.stopped) return;
    const added = this.tail && !before ? this.tail : null;
    if (result !== Action.Continue) {
      this.state = "single";
      if (fresh && (result === BUFFER || result === WATERMARK)) this.keep(fresh);
    } else if (this.state === "single") {
      if (fresh) this.keep(fresh);
      this.resume();
    } else {
      this.pass(fresh ?? { bytes: Buffer.alloc(0) }, end && !added);
      if (added) this.next.trailers(added);
    }
  }

  private filterTrailers(tail: Headers): void {
    this.trailers = tail;
    if (this.run("trailers", tail.count) !== Action.Continue) {
      this.state = this.state === "open" ? "single" : this.state;
      return;
    }
    this.trailers = null;
    if (this.stopped) return;
    if (this.state === "single") this.resume();
    else this.next.trailers(tail);
  }

  private keep(data: Bytes): void {
    if (!this.kept) this.kept = { bytes: Buffer.alloc(0) };
    this.kept.bytes = Buffer.concat([this.kept.bytes, data.bytes]);
  }

  private pass(data: Bytes, end: boolean): void {
    if (data === this.kept) this.kept = null;
    if (!this.stopped && (data.bytes.length > 0 || end)) this.next.data(data.bytes, end);
  }
}
