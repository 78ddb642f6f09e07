import { Reader } from "../../assembly/bytes/reader";
import { Verdict, Wire } from "../../assembly/meta/codec";
import { MAX_ARGUMENTS, MAX_BULK, MAX_COUNT, MAX_HEAD, MAX_LINE, MAX_NUMBER_LINE, Type } from "./constants";

const LF: u8 = 0x0a;
const CR: i32 = 0x0d, SPACE: i32 = 0x20, TAB: i32 = 0x09, QUOTE: i32 = 0x22, APOSTROPHE: i32 = 0x27, BACKSLASH: i32 = 0x5c, ZERO: i32 = 0x30;

/**
 * The arguments of one request, as offsets from its first byte: an array of strings, or an inline command, a line of
 * words. Read as far as asked, and never twice over, however the bytes are cut.
 */
@final
export class Arguments {
  /** Arguments that the request says it has; those of an inline command are known once its line is there. */
  count: i32 = 0;
  /** How many are read. */
  length: i32 = 0;
  /** Offset behind the last one read; with `count` of them read, the size of the request. */
  next: i32 = 0;
  inline: bool = false;
  /** A word of an inline command has an escape in quotes, which offsets cannot show. */
  escaped: bool = false;
  private offsets: StaticArray<i32> = new StaticArray<i32>(16);
  private lengths: StaticArray<i32> = new StaticArray<i32>(16);
  private begun: bool = false;
  /** How far `size` has looked, and the arguments behind. */
  private sizeAt: i32 = 0;
  private sizeLeft: i32 = 0;
  /** Bytes of an inline command that hold no line feed. */
  private scanned: i32 = 0;

  reset(): void {
    this.count = 0;
    this.length = 0;
    this.next = 0;
    this.inline = false;
    this.escaped = false;
    this.begun = false;
    this.sizeAt = 0;
    this.scanned = 0;
  }

  at(i: i32): i32 { return unchecked(this.offsets[i]); }
  lengthOf(i: i32): i32 { return unchecked(this.lengths[i]); }

  /** Reads how many there are. */
  begin(w: Wire): Verdict {
    if (this.begun) return Verdict.Head;
    const r = w.reader, first = r.peek(0);
    if (first < 0) return w.wants(1);
    if (first != Type.ARRAY) return this.beginInline(w);
    const end = lineEnd(r, 0);
    if (end < 0) return r.size > MAX_NUMBER_LINE ? w.bad("invalid multibulk length", 0) : w.wants(r.size + 1);
    const count = number(r, 1, end);
    if (count > MAX_COUNT || count == NO_NUMBER) return w.bad("invalid multibulk length", 1);
    this.count = count > 0 ? <i32>count : 0;
    this.next = end;
    this.begun = true;
    return Verdict.Head;
  }

  /** Reads up to a number of arguments, strings included. Head: they are there, or are too many or too far to be looked at. */
  read(w: Wire, wanted: i32): Verdict {
    const r = w.reader;
    while (this.length < wanted && this.length < MAX_ARGUMENTS) {
      const verdict = this.readLength(w);
      if (verdict != Verdict.Head) return verdict;
      const end = this.next;
      if (end > r.size) {
        this.unread();
        return end > MAX_HEAD ? Verdict.Head : w.wants(end);
      }
    }
    return Verdict.Head;
  }

  /** The whole size in bytes, if what is there tells it; otherwise -1. Reads no further argument. */
  size(r: Reader): i32 {
    if (this.sizeAt < this.next) {
      this.sizeAt = this.next;
      this.sizeLeft = this.count - this.length;
    }
    while (this.sizeLeft > 0) {
      const at = this.sizeAt, end = at < r.size ? lineEnd(r, at) : -1;
      if (end < 0 || r.peek(at) != Type.BULK) return -1;
      const length = number(r, at + 1, end);
      if (length < 0 || length > MAX_BULK) return -1;
      this.sizeAt = end + <i32>length + 2;
      this.sizeLeft--;
    }
    return this.sizeAt;
  }

  /** Reads the line before an argument and takes the argument as read, whether its bytes are there or not. */
  private readLength(w: Wire): Verdict {
    const r = w.reader, at = this.next, type = r.peek(at);
    if (type < 0) return w.wants(r.size + 1);
    if (type != Type.BULK) return w.bad("expected '$'", at);
    const end = lineEnd(r, at);
    if (end < 0) return r.size - at > MAX_NUMBER_LINE ? w.bad("invalid bulk length", at) : w.wants(r.size + 1);
    const length = number(r, at + 1, end);
    if (length < 0 || length > MAX_BULK) return w.bad("invalid bulk length", at + 1);
    this.add(end, <i32>length);
    this.previous = at;
    this.next = end + <i32>length + 2;
    return Verdict.Head;
  }

  private previous: i32 = 0;

  private unread(): void {
    this.length--;
    this.next = this.previous;
  }

  private add(at: i32, length: i32): void {
    if (this.length == this.offsets.length) {
      this.offsets = doubled(this.offsets);
      this.lengths = doubled(this.lengths);
    }
    this.offsets[this.length] = at;
    this.lengths[this.length] = length;
    this.length++;
  }

  private beginInline(w: Wire): Verdict {
    const r = w.reader, line = r.find(LF, this.scanned);
    if (line < 0) {
      this.scanned = r.size;
      return r.size > MAX_LINE ? w.bad("too big inline request", MAX_LINE) : w.wants(r.size + 1);
    }
    this.inline = true;
    this.begun = true;
    this.next = line + 1;
    const end = line > 0 && r.peek(line - 1) == CR ? line - 1 : line;
    let at = 0;
    while (at >= 0 && at < end && this.length < MAX_ARGUMENTS) {
      if (isSpace(r.peek(at))) at++;
      else at = this.word(r, at, end);
    }
    this.count = this.length;
    return at < 0 ? w.bad("unbalanced quotes in request", 0) : Verdict.Head;
  }

  /** One word of an inline command; returns the offset behind it, -1 if its quotes do not end. */
  private word(r: Reader, from: i32, end: i32): i32 {
    const quote = r.peek(from);
    let at = from;
    if (quote != QUOTE && quote != APOSTROPHE) {
      while (at < end && !isSpace(r.peek(at))) {
        if (r.peek(at) == QUOTE || r.peek(at) == APOSTROPHE) this.escaped = true;
        at++;
      }
      this.add(from, at - from);
      return at;
    }
    for (at = from + 1; at < end && r.peek(at) != quote; at++) {
      if (r.peek(at) != BACKSLASH) continue;
      this.escaped = true;
      at++;
    }
    if (at >= end) return i32.MIN_VALUE;
    this.add(from + 1, at - from - 1);
    return at + 1;
  }
}

export const NO_NUMBER: i64 = i64.MAX_VALUE;

/** A decimal number that fills a line, CR LF at its end; NO_NUMBER if it is none. */
export function number(r: Reader, from: i32, end: i32): i64 {
  let at = from, value: i64 = 0;
  const negative = r.peek(at) == Type.ERROR;
  if (negative) at++;
  const last = end - 2;
  if (at >= last || last - at > 12 || r.peek(last) != CR) return NO_NUMBER;
  for (; at < last; at++) {
    const digit = r.peek(at) - ZERO;
    if (<u32>digit > 9) return NO_NUMBER;
    value = value * 10 + digit;
  }
  return negative ? -value : value;
}

/** Offset behind the line feed of the short line at an offset, -1 if there is none. */
export function lineEnd(r: Reader, from: i32): i32 {
  const limit = min(r.size, from + MAX_NUMBER_LINE);
  for (let at = from; at < limit; at++) if (load<u8>(r.base + at) == LF) return at + 1;
  return -1;
}

function isSpace(byte: i32): bool { return byte == SPACE || byte == TAB; }

function doubled(old: StaticArray<i32>): StaticArray<i32> {
  const fresh = new StaticArray<i32>(old.length * 2);
  memory.copy(changetype<usize>(fresh), changetype<usize>(old), <usize>old.length << 2);
  return fresh;
}
