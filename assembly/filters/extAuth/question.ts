import { Writer } from "../../bytes/writer";
import { HttpCall } from "../../context/calls";
import { Held } from "../../proxy/filter/heldRequest";
import { Failure } from "../../codec/failure";

/** Who hears of answers. */
export interface Asker {
  answered(question: Question, status: i32): void;
}

/** A call about one request. Pooled. */
@final
export class Question extends HttpCall {
  held: Held | null = null;
  isOpen: bool = false;
  /** The request has ended before the answer came. */
  isGone: bool = false;
  /** Values of headers of an allowing answer, one after the other, and where each ends, -1: it is not there. */
  values: Writer = new Writer(64);
  ends: i32[] = [];

  /** number: what the exchange's word says of it. */
  constructor(private asker: Asker, public number: u64) { super(null); }

  onResponse(headers: i32, bodySize: i32, trailers: i32): void {
    this.isOpen = false;
    this.asker.answered(this, headers > 0 ? this.status : 0);
  }

  resume(failure: Failure | null): void {
    const held = this.held;
    this.held = null;
    if (held) held.resume(failure);
  }
}
