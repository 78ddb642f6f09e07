import { Pool } from "../../bytes/pool";
import { Writer } from "../../bytes/writer";

/** Bytes of a span's name, at most. */
export const MAX_NAME: i32 = 200;
/** Room for attributes that is kept for the next. */
const LARGE: i32 = 2 << 10;

/** What must be known of a request until it ends, to tell of it. Pooled. */
@final
export class OpenSpan {
  high: u64 = 0;
  low: u64 = 0;
  /** The caller's span; 0: the trace begins here. */
  parent: u64 = 0;
  /** The span of the request as it came, and as it went on. */
  server: u64 = 0;
  client: u64 = 0;
  sentAt: u64 = 0;
  name: Writer = new Writer(64);
  /** Attributes of both spans, as fields 9 of a Span. */
  attributes: Writer = new Writer(256);
  /** What the last reply says of how it went; empty: the code says it. */
  status: Writer = new Writer(32);
  /** tracestate as it came. */
  state: Writer = new Writer(32);

  constructor(public place: i32) {}

  clear(): void {
    this.name.reset();
    this.status.reset();
    this.attributes.trim(LARGE);
    this.state.reset();
  }
}

/** The spans that are open: at most so many, used again. */
@final
export class OpenSpans {
  private all: OpenSpan[] = [];
  private spare: Pool<OpenSpan> = new Pool<OpenSpan>();

  constructor(private most: i32) {}

  /** Null: there are too many. `place` plus 1 is for `Exchange.setWord`. */
  take(): OpenSpan | null {
    const span = this.spare.take();
    if (span) return span;
    if (this.all.length == this.most) return null;
    const made = new OpenSpan(this.all.length);
    this.all.push(made);
    return made;
  }

  of(word: u64): OpenSpan { return unchecked(this.all[<i32>word - 1]); }

  give(span: OpenSpan): void {
    span.clear();
    this.spare.give(span);
  }
}
