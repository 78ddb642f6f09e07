import { cutUtf8 } from "../../bytes/utf8";
import { Writer } from "../../bytes/writer";

/** Bytes of one value that are kept; the rest is cut off. */
export const MAX_KEPT: i32 = 1024;
/** A record that has grown beyond this gives its memory back. */
const LARGE: i32 = 16 << 10;
const ABSENT: u32 = u32.MAX_VALUE;

/** Values of one message, in the order in which formats keep and later read them. */
@final
export class KeptValues {
  private values: Writer = new Writer(64);
  private at: i32 = 0;
  /** Address of what `next` has found. */
  found: usize = 0;

  clear(): void {
    this.values.reset();
    this.at = 0;
  }

  rewind(): void { this.at = 0; }

  add(at: usize, length: i32): void {
    const kept = cutUtf8(at, length, MAX_KEPT);
    this.values.u32le(kept);
    this.values.bytes(at, kept);
  }

  addAbsent(): void { this.values.u32le(ABSENT); }

  /** Length of the next value, which is at `found`; -1 if it was absent, or nothing was kept. */
  next(): i32 {
    if (this.at >= this.values.length) return -1;
    const length = load<u32>(this.values.base + this.at);
    this.at += 4;
    if (length == ABSENT) return -1;
    this.found = this.values.base + this.at;
    this.at += length;
    return length;
  }

  trim(): void {
    if (this.values.capacity <= LARGE) return;
    this.values.free();
    this.values = new Writer(64);
  }
}

/**
 * What formats need of messages that are gone when they are written: each keeps its values in turn, `rewind`, and each
 * finds them in the same turn.
 */
@final
export class Kept {
  request: KeptValues = new KeptValues();
  reply: KeptValues = new KeptValues();
  /** Place of the next one that is free. */
  spare: i32 = 0;

  constructor(public place: i32) {}

  /** To the first format again. */
  rewind(): void {
    this.request.rewind();
    this.reply.rewind();
  }
}

/** Records of one filter, used again; an exchange's word names the one that it has. */
@final
export class Keeper {
  private all: Kept[] = [];
  /** Place of the first one that is free, plus 1. */
  private spare: i32 = 0;

  /** An empty record; `place` plus 1 is for `Exchange.setWord`. */
  take(): Kept {
    if (this.spare == 0) {
      const made = new Kept(this.all.length);
      this.all.push(made);
      return made;
    }
    const kept = this.all[this.spare - 1];
    this.spare = kept.spare;
    return kept;
  }

  /** The record of an exchange's word, null if it has none. */
  of(word: u64): Kept | null { return word > 0 && word <= <u64>this.all.length ? this.all[<i32>word - 1] : null; }

  give(kept: Kept): void {
    kept.request.clear();
    kept.reply.clear();
    kept.request.trim();
    kept.reply.trim();
    kept.spare = this.spare;
    this.spare = kept.place + 1;
  }
}
