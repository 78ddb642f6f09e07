import { giveBuffer, takeBuffer } from "../../bytes/buffers";
import { Pool } from "../../bytes/pool";
import { cutUtf8 } from "../../bytes/utf8";
import { Writer } from "../../bytes/writer";

/** Bytes of one value that are kept; the rest is cut off. */
export const MAX_KEPT: i32 = 1024;
/** Records that are kept for later. */
const MAX_RECORDS: i32 = 16384;
const ABSENT: u32 = u32.MAX_VALUE;

/** Values of one message, in the order in which formats keep and later read them. */
@final
export class SavedValueReader {
  /** From the VM's pool; null: nothing was kept. */
  private values: Writer | null = null;
  private at: i32 = 0;
  /** Address of what `next` has found. */
  found: usize = 0;

  clear(): void {
    giveBuffer(this.values);
    this.values = null;
    this.at = 0;
  }

  rewind(): void { this.at = 0; }

  add(at: usize, length: i32): void {
    const kept = cutUtf8(at, length, MAX_KEPT), values = this.writer;
    values.u32le(kept);
    values.bytes(at, kept);
  }

  addAbsent(): void { this.writer.u32le(ABSENT); }

  private get writer(): Writer {
    let values = this.values;
    if (values === null) this.values = values = takeBuffer();
    return values;
  }

  /** Length of the next value, which is at `found`; -1 if it was absent, or nothing was kept. */
  next(): i32 {
    const values = this.values;
    if (values === null || this.at >= values.length) return -1;
    const length = load<u32>(values.base + this.at);
    this.at += 4;
    if (length == ABSENT) return -1;
    this.found = values.base + this.at;
    this.at += length;
    return length;
  }
}

/**
 * What formats need of messages that are gone when they are written: each keeps its values in turn, `rewind`, and each
 * finds them in the same turn.
 */
@final
export class SavedValues {
  request: SavedValueReader = new SavedValueReader();
  reply: SavedValueReader = new SavedValueReader();

  constructor(public place: i32) {}

  /** To the first format again. */
  rewind(): void {
    this.request.rewind();
    this.reply.rewind();
  }
}

/** Records of one filter, used again; an exchange's word names the one that it has. */
@final
export class SavedValuesPool {
  private all: SavedValues[] = [];
  private spare: Pool<SavedValues> = new Pool<SavedValues>();

  /** An empty record; `place` plus 1 is for `Exchange.setWord`: 0 with more than 16,384, which are found by no word. */
  take(): SavedValues {
    const kept = this.spare.take();
    if (kept) return kept;
    if (this.all.length == MAX_RECORDS) return new SavedValues(-1);
    const made = new SavedValues(this.all.length);
    this.all.push(made);
    return made;
  }

  /** The record of an exchange's word, null if it has none. */
  of(word: u64): SavedValues | null { return word > 0 && word <= <u64>this.all.length ? this.all[<i32>word - 1] : null; }

  give(kept: SavedValues): void {
    kept.request.clear();
    kept.reply.clear();
    if (kept.place >= 0) this.spare.give(kept);
  }
}
