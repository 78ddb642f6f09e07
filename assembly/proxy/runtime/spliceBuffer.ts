import { Writer } from "../../bytes/writer";
import { Buffer } from "../../env/enums";
import { appendBuffer, replaceBuffer } from "../../host/buffer";

/** So many bytes in a row go to the host from where they are: a call costs less than their copy. */
const LARGE: i32 = 4 << 10;

/**
 * What a callback leaves in a host buffer, in the place of `source`, which was read from it. Bytes of the source that go out in a row are
 * not copied, and if they are all of it, nothing is done at all. One for the VM: it is reset when a callback begins.
 */
@final
export class SpliceBuffer {
  /** False: the host buffer stays as it is until `finish`. */
  mayHand: bool = true;
  /** What was written here, behind what the host has already. */
  private own: Writer = new Writer(64 << 10);
  /** A part of the source, behind that. */
  private viewAt: usize = 0;
  private viewLength: i32 = 0;
  private handed: i32 = 0;

  constructor(private buffer: Buffer, private source: Writer) {}

  /** Bytes so far. */
  get length(): i32 { return this.handed + this.own.length + this.viewLength; }

  /** Forgets all, the source included. */
  reset(): void {
    this.own.reset();
    this.source.reset();
    this.viewLength = 0;
    this.handed = 0;
    this.mayHand = true;
  }

  /** No callback is under way: gives memory back that is seldom needed. */
  trim(most: i32): void { this.own.trim(most); }

  /** Bytes that are copied, unless they are of the source, which must not change before `finish`. */
  bytes(at: usize, length: i32): void {
    const view = this.viewLength;
    if (view > 0 && at == this.viewAt + view) {
      this.viewLength = view + length;
      return;
    }
    this.settle();
    if (this.holds(at)) {
      this.viewAt = at;
      this.viewLength = length;
    } else {
      this.own.bytes(at, length);
    }
  }

  /** To write at the end; only until the next call of anything here. */
  writer(): Writer {
    this.settle();
    return this.own;
  }

  /** Whether what was written with `writer` is still here after bytes from there, and not with the host. */
  continues(at: usize): bool { return this.viewLength < LARGE || !this.mayHand || at == this.viewAt + this.viewLength; }

  /** The host gets all of it in the place of the source. */
  finish(): void {
    const view = this.viewLength, source = this.source;
    if (this.handed == 0 && this.own.length == 0) {
      if (view == 0 || view < source.length) replaceBuffer(this.buffer, this.viewAt, view);
      return;
    }
    if (view > 0 && view < LARGE) {
      this.own.bytes(this.viewAt, view);
      this.viewLength = 0;
    }
    this.hand();
  }

  /** What comes next does not continue a part of the source. */
  settle(): void {
    const view = this.viewLength;
    if (view == 0) return;
    if (view >= LARGE && this.mayHand) return this.hand();
    this.own.bytes(this.viewAt, view);
    this.viewLength = 0;
  }

  private holds(at: usize): bool {
    const source = this.source;
    return at >= source.base && at < source.base + source.length;
  }

  private hand(): void {
    this.handOne(this.own.base, this.own.length);
    this.own.reset();
    this.handOne(this.viewAt, this.viewLength);
    this.viewLength = 0;
  }

  private handOne(at: usize, length: i32): void {
    if (length == 0) return;
    if (this.handed == 0) replaceBuffer(this.buffer, at, length);
    else appendBuffer(this.buffer, at, length);
    this.handed += length;
  }
}
