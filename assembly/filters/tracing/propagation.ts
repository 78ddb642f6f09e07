import { Problems } from "../../bytes/problems";
import { Writer } from "../../bytes/writer";
import { KeyResolver } from "../../proxy/match/keyResolver";
import { Direction } from "../../codec/enums";
import { Frame } from "../../codec/frame";
import { Metadata, View } from "../../codec/metadata";
import { Change, Edit, Mutation } from "../../codec/mutation";
import { readB3, readDecision, readIds, readTraceparent, Sampled, TraceContext, writeB3, writeHex, writeTraceparent } from "./context";

export const FORMATS = ["w3c", "b3", "b3multi"];
/** Bytes of a tracestate that are kept for spans (the recommendation's least). */
export const MAX_STATE: i32 = 512;

const value: View = new View();
const other: View = new View();
const text: Writer = new Writer(64);

/** A key that carries a part of the context, and the edit that sets it. */
@final
class Carrier {
  constructor(public slot: i32, public edit: Edit) {}

  /** Its only value; false: absent, hidden or several. */
  find(metadata: Metadata, view: View): bool {
    const place = metadata.first(this.slot);
    if (place < 0 || metadata.next(place) >= 0) return false;
    metadata.view(place, view);
    return true;
  }

  isIn(metadata: Metadata): bool { return metadata.first(this.slot) >= 0; }

  /** Sets it to what was written to `text`. */
  set(mutation: Mutation): void {
    this.edit.change = Change.Set;
    this.edit.setValue(text.base, text.length);
    mutation.add(this.edit);
  }

  remove(mutation: Mutation): void {
    this.edit.change = Change.Remove;
    this.edit.setValue(text.base, 0);
    mutation.add(this.edit);
  }
}

/** Reads a request's place in its trace from metadata, and writes the one that its server shall see. */
@final
export class Propagation {
  private parent: Carrier | null = null;
  private state: Carrier | null = null;
  private single: Carrier | null = null;
  private ids: Carrier[] = [];

  /** Whether requests carry contexts at all. */
  get isNone(): bool { return this.parent === null && this.single === null && this.ids.length == 0; }

  /** Asks for the keys of a format; a codec that cannot carry them makes a problem. */
  add(format: string, path: string, keys: KeyResolver, problems: Problems): void {
    if (format == "w3c") {
      this.parent = carrier(path, "traceparent", keys, problems);
      this.state = carrier(path, "tracestate", keys, problems);
    } else if (format == "b3") {
      this.single = carrier(path, "b3", keys, problems);
    } else {
      const names = ["x-b3-traceid", "x-b3-spanid", "x-b3-sampled", "x-b3-parentspanid", "x-b3-flags"];
      for (let i = 0; i < names.length && problems.ok; i++) this.ids.push(carrier(path, names[i], keys, problems)!);
    }
  }

  /** The first format that holds a context counts. */
  read(f: Frame, context: TraceContext): void {
    const parent = this.parent, single = this.single, metadata = f.metadata;
    context.reset();
    if (parent && parent.find(metadata, value) && readTraceparent(value.at, value.length, context)) return;
    if (single && single.find(metadata, value) && readB3(value.at, value.length, context) && context.exists) return;
    if (this.ids.length && context.sampled == Sampled.Unknown) this.readMany(metadata, context);
  }

  private readMany(metadata: Metadata, context: TraceContext): void {
    const ids = this.ids;
    if (ids[4].find(metadata, value) && value.length == 1 && load<u8>(value.at) == 0x31) context.sampled = Sampled.Yes;
    else if (ids[2].find(metadata, value)) readDecision(value.at, value.length, context);
    if (ids[0].find(metadata, value) && ids[1].find(metadata, other)) readIds(value.at, value.length, other.at, other.length, context);
  }

  /** Appends a tracestate that belongs to the context that was read. */
  readState(f: Frame, out: Writer): void {
    const state = this.state;
    if (state && state.find(f.metadata, value) && value.length <= MAX_STATE) out.bytes(value.at, value.length);
  }

  /**
   * The context that the server gets: the trace of `context` with this span, and its parent. `begun`: the trace begins here, so
   * what a caller said of another is taken away.
   */
  write(f: Frame, mutation: Mutation, context: TraceContext, span: u64, parent: u64, sampled: bool, begun: bool): void {
    const high = context.high, low = context.low, w3c = this.parent, single = this.single, state = this.state;
    if (w3c) {
      text.reset();
      writeTraceparent(text, high, low, span, sampled, context.random);
      w3c.set(mutation);
    }
    if (state && begun && state.isIn(f.metadata)) state.remove(mutation);
    if (single) {
      text.reset();
      writeB3(text, high, low, span, sampled);
      single.set(mutation);
    }
    if (this.ids.length) this.writeMany(mutation, high, low, span, parent, sampled);
  }

  private writeMany(mutation: Mutation, high: u64, low: u64, span: u64, parent: u64, sampled: bool): void {
    const ids = this.ids;
    text.reset();
    writeHex(text, high);
    writeHex(text, low);
    ids[0].set(mutation);
    setHex(ids[1], span, mutation);
    text.reset();
    text.u8(sampled ? 0x31 : 0x30);
    ids[2].set(mutation);
    setHex(ids[3], parent, mutation);
  }
}

function setHex(carrier: Carrier, id: u64, mutation: Mutation): void {
  text.reset();
  writeHex(text, id);
  carrier.set(mutation);
}

function carrier(path: string, name: string, keys: KeyResolver, problems: Problems): Carrier | null {
  const edit = keys.edit(path, name, Direction.Request, problems);
  if (edit === null) return null;
  // A message that cannot carry it passes without.
  edit.optional = true;
  return new Carrier(keys.request(path, name, problems), edit);
}
