import { Writer } from "../../bytes/writer";
import { BROKEN, Frame } from "../../codec/frame";
import { Codec } from "../../codec/codec";
import { Direction, Kind, Verdict } from "../../codec/enums";
import { Wire } from "../../codec/wire";
import { Mutation } from "../../codec/mutation";
import { View } from "../../codec/metadata";
import { isWaitedFor, walks, walksFrame } from "../../codec/frameWalk";

enum State { Decoding = 0, Passing = 1, Tail = 2, Opaque = 3, Dead = 4 }

/** Is told what a side finds. Offsets count from the stream's first byte. */
export abstract class FrameSink {
  /** A frame whose head is known. asked: `encode` was called and gave `replaced`. */
  abstract frame(side: Side, place: i64, asked: bool, replaced: i32): void;
  abstract bad(direction: Direction, place: i64, at: i32, why: string, size: i32): void;
  abstract opaque(direction: Direction, place: i64): void;
  /** The end of a frame that had no length. */
  abstract ended(direction: Direction, place: i64): void;
  /** The stream ends in the middle of a frame; missing: at least so many bytes, -1: not known. */
  abstract cut(direction: Direction, place: i64, end: i64, missing: i32): void;
}

/** One direction of an inspection: bytes come in any pieces, frames come out, as in a connection of the framework. */
@final
export class Side {
  readonly frame: Frame = new Frame();
  readonly mutation: Mutation = new Mutation();
  /** What goes on to the other side: the original bytes, or what `encode` made of them. */
  readonly output: Writer = new Writer();
  /** Calls of the codec, and bytes shown to it in all of them. */
  calls: i32 = 0;
  offered: f64 = 0;
  private input: Writer = new Writer(4096);
  /** Where the current frame, or what is left of it, starts in `input`, and in the whole stream; where it began there. */
  private start: i32 = 0;
  private place: i64 = 0;
  private frameAt: i64 = 0;
  private state: State = State.Decoding;
  private need: i32 = 1;
  /** The current frame does not go on. */
  private swallowed: bool = false;
  /** Bytes of the current frame that are still to come by. */
  private left: i32 = 0;
  /** How many of them the codec has been shown, of a frame that is walked; -1: it is not. */
  private shown: i32 = -1;
  private encoded: Writer = new Writer();

  constructor(private codec: Codec, readonly wire: Wire, readonly direction: Direction) {}

  /** Takes bytes and writes a line for each frame that they complete the head of. */
  feed(at: usize, length: i32, lines: FrameSink): void {
    if (this.state == State.Dead) return;
    this.makeRoom();
    this.input.bytes(at, length);
    while (this.step(lines)) {}
  }

  /** Writes a line if the bytes end in the middle of a frame. */
  finish(lines: FrameSink): void {
    let missing = -1;
    if (this.state == State.Decoding) {
      if (this.have() == 0) return;
      missing = this.need - this.have();
    } else if (this.state == State.Passing) missing = this.left;
    else if (this.state == State.Opaque || this.state == State.Dead) return;
    const from = this.state == State.Decoding ? this.place : this.frameAt;
    lines.cut(this.direction, from, this.place + this.have(), missing);
  }

  /** False if a value lies in the bytes received but not in the frame's head, or in no memory at all. */
  mayShow(view: View): bool {
    const end = view.at + view.length, base = this.address(), input = this.input;
    if (view.length < 0 || end < view.at || end > <usize>memory.size() << 16) return false;
    const elsewhere = end <= input.base || view.at >= input.base + input.capacity;
    return elsewhere || (view.at >= base && end <= base + this.frame.head);
  }

  /** Gives its memory back; it must not be used afterwards. */
  free(): void {
    this.input.free();
    this.output.free();
    this.encoded.free();
  }

  private have(): i32 { return this.input.length - this.start; }
  private address(): usize { return this.input.base + this.start; }

  private makeRoom(): void {
    if (this.start <= this.input.length >> 1) return;
    this.input.shift(this.start);
    this.start = 0;
  }

  /** False when more bytes are needed. */
  private step(lines: FrameSink): bool {
    switch (this.state) {
      case State.Decoding: return this.have() >= this.need && this.decode(lines);
      case State.Passing: return this.pass(lines);
      case State.Tail: return this.have() > 0 && this.tail(lines);
      case State.Opaque: this.forward(this.have(), true);
    }
    return false;
  }

  private decode(lines: FrameSink): bool {
    const f = this.frame, w = this.wire, have = this.have();
    f.reset();
    f.metadata.base = this.address();
    w.need = 0;
    w.reader.reset(this.address(), have);
    this.calls++;
    this.offered += <f64>have;
    const verdict = this.direction == Direction.Request ? this.codec.request(w, f) : this.codec.response(w, f);
    if (verdict == Verdict.Need) return this.waits(lines);
    if (verdict == Verdict.Bad) return this.lost(lines, w.badAt, w.badWhy, f.size);
    if (verdict == Verdict.Opaque) {
      lines.opaque(this.direction, this.place);
      this.state = State.Opaque;
      return true;
    }
    return this.head(lines);
  }

  private waits(lines: FrameSink): bool {
    const need = this.wire.need, have = this.have();
    if (need > have) return this.needs(need, lines);
    this.dies(lines, "the codec wants " + need.toString() + " bytes and has " + have.toString());
    return false;
  }

  /** As in the framework: a head that is too long loses its message if the length is known, otherwise the connection. */
  private needs(bytes: i32, lines: FrameSink): bool {
    const most = this.codec.traits.maxHead, size = this.frame.size;
    this.need = bytes;
    if (bytes <= most) return false;
    return this.lost(lines, 0, "head of " + bytes.toString() + " bytes, at most " + most.toString() + " are allowed", size);
  }

  private head(lines: FrameSink): bool {
    const f = this.frame, have = this.have();
    if (f.head <= 0 || f.head > have || (f.size >= 0 && f.size < f.head) || f.size < -1) {
      this.dies(lines, "the codec found a head of " + f.head.toString() + " bytes in a frame of " + f.size.toString() + ", and has " + have.toString());
      return false;
    }
    if (f.walked && isWaitedFor(f, have, this.codec.traits.maxHead)) return this.needs(f.size, lines);
    if (f.walked && !walksFrame(this.codec, this.wire, f, this.address(), have)) return this.lost(lines, this.wire.badAt, this.wire.badWhy, f.size);
    this.swallowed = f.kind == Kind.Drop || f.kind == Kind.Local || f.kind == Kind.Ping;
    let replaced = 0, asked = false;
    if (!this.swallowed && (this.mutation.length > 0 || f.edited)) {
      asked = true;
      this.encoded.reset();
      replaced = this.codec.encode(this.wire, f, this.mutation, this.encoded);
      if (replaced == 0 && have < f.size) return this.needs(f.size, lines);
      if (replaced > have || (f.size >= 0 && replaced > f.size)) {
        this.dies(lines, "the codec replaces " + replaced.toString() + " bytes of a frame of " + f.size.toString());
        return false;
      }
    }
    this.need = 1;
    lines.frame(this, this.place, asked, replaced);
    this.begin(max(replaced, 0));
    return true;
  }

  /** Sends the encoded head in place of `replaced` bytes of the frame, and lets the rest pass. */
  private begin(replaced: i32): void {
    const size = this.frame.size;
    this.frameAt = this.place;
    if (replaced > 0) this.output.bytes(this.encoded.base, this.encoded.length);
    this.drop(replaced);
    if (size >= 0) {
      this.shown = this.frame.walked ? max(min(size - replaced, this.have()), 0) : -1;
      this.left = size - replaced;
      this.state = State.Passing;
    } else {
      this.forward(this.frame.head - replaced, !this.swallowed);
      this.state = State.Tail;
    }
  }

  private pass(lines: FrameSink): bool {
    const n = min(this.left, this.have());
    if (this.shown >= 0 && n > this.shown && !walks(this.codec, this.wire, this.frame, this.address() + this.shown, n - this.shown, this.left - n)) {
      lines.bad(this.direction, this.frameAt, 0, this.wire.badWhy, 0);
      this.state = State.Dead;
      return false;
    }
    if (this.shown >= 0) this.shown = 0;
    this.forward(n, !this.swallowed);
    this.left -= n;
    if (this.left > 0) return false;
    this.state = State.Decoding;
    return this.have() > 0;
  }

  private tail(lines: FrameSink): bool {
    const have = this.have();
    this.wire.reader.reset(this.address(), have);
    this.calls++;
    this.offered += <f64>have;
    const end = this.codec.tail(this.wire, this.frame);
    if (end > have) {
      this.dies(lines, "the codec found the end past the bytes");
      return false;
    }
    if (end == BROKEN) {
      lines.bad(this.direction, this.frameAt, 0, "the frame cannot be read to its end", 0);
      this.state = State.Dead;
      return false;
    }
    this.forward(end < 0 ? have : end, !this.swallowed);
    if (end < 0) return false;
    lines.ended(this.direction, this.place);
    this.state = State.Decoding;
    return this.have() > 0;
  }

  private forward(n: i32, on: bool): void {
    if (on) this.output.bytes(this.address(), n);
    this.drop(n);
  }

  private drop(n: i32): void {
    this.start += n;
    this.place += n;
  }

  /** One message is lost if its length is known, otherwise all that follows. */
  private lost(lines: FrameSink, at: i32, why: string, size: i32): bool {
    lines.bad(this.direction, this.place, at, why, size);
    this.need = 1;
    this.left = size;
    this.shown = -1;
    this.swallowed = true;
    this.state = size > 0 ? State.Passing : State.Dead;
    return size > 0;
  }

  private dies(lines: FrameSink, why: string): void {
    lines.bad(this.direction, this.place, 0, why, 0);
    this.state = State.Dead;
  }
}
