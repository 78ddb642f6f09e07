import { Reader } from "../../assembly/bytes/reader";
import { Verdict, Wire } from "../../assembly/codec/index";
import { MAX_ARGUMENTS, MAX_BULK, MAX_COUNT, MAX_HEAD, MAX_LINE, MAX_NUMBER_LINE, Type } from "./constants";

const NUL: u8 = 0, LF: u8 = 0x0a;
const TAB: i32 = 0x09, VERTICAL_TAB: i32 = 0x0b, FORM_FEED: i32 = 0x0c, CR: i32 = 0x0d, SPACE: i32 = 0x20, ZERO: i32 = 0x30;
const QUOTE: i32 = 0x22, APOSTROPHE: i32 = 0x27, BACKSLASH: i32 = 0x5c;

/** What `word` returns of a line whose quotes do not end. */
const UNBALANCED: i32 = -1;

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
  /** Offset behind the last one read. */
  next: i32 = 0;
  /** How far `measure` has looked: once it says Head, the whole request. */
  size: i32 = 0;
  private sizeLeft: i32 = 0;
  inline: bool = false;
  /** Index of the first word of an inline command that offsets cannot show, for it has quotes or escapes inside. */
  escapedAt: i32 = i32.MAX_VALUE;
  private offsets: StaticArray<i32> = new StaticArray<i32>(16);
  private lengths: StaticArray<i32> = new StaticArray<i32>(16);
  private begun: bool = false;
  /** Offset of the line before the last argument read. */
  private previous: i32 = 0;
  /** What `readLine` has read. */
  private stringAt: i32 = 0;
  private stringLength: i32 = 0;
  /** Bytes of an inline command that hold no line feed. */
  private scanned: i32 = 0;

  reset(): void {
    this.count = 0;
    this.length = 0;
    this.next = 0;
    this.inline = false;
    this.escapedAt = i32.MAX_VALUE;
    this.begun = false;
    this.size = 0;
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
    if (count > MAX_COUNT) return w.bad("invalid multibulk length", 1);
    this.count = count > 0 ? <i32>count : 0;
    this.next = end;
    this.begun = true;
    return Verdict.Head;
  }

  /** Reads up to a number of arguments, strings included. Head: they are there, or are too many or too far to be looked at. */
  read(w: Wire, wanted: i32): Verdict {
    if (this.inline) return Verdict.Head;
    const r = w.reader;
    while (this.length < wanted && this.length < MAX_ARGUMENTS) {
      const verdict = this.readLength(w);
      if (verdict != Verdict.Head) return verdict;
      const end = this.next;
      if (end > r.size) {
        this.length--;
        this.next = this.previous;
        return end > MAX_HEAD ? Verdict.Head : w.wants(end);
      }
    }
    return Verdict.Head;
  }

  /** Finds the `size` of the request, as far as the lengths that are there tell it. Reads no further argument. */
  measure(w: Wire): Verdict {
    if (this.size < this.next) {
      this.size = this.next;
      this.sizeLeft = this.count - this.length;
    }
    while (this.sizeLeft > 0 && !this.inline) {
      const verdict = this.readLine(w, this.size);
      if (verdict != Verdict.Head) return verdict;
      this.size = this.stringAt + this.stringLength + 2;
      this.sizeLeft--;
    }
    return Verdict.Head;
  }

  /** Reads the line before an argument and takes the argument as read, whether its bytes are there or not. */
  private readLength(w: Wire): Verdict {
    const at = this.next, verdict = this.readLine(w, at);
    if (verdict != Verdict.Head) return verdict;
    this.add(this.stringAt, this.stringLength);
    this.previous = at;
    this.next = this.stringAt + this.stringLength + 2;
    return Verdict.Head;
  }

  /** Reads the line before a string: where that begins, and its length. */
  private readLine(w: Wire, at: i32): Verdict {
    const r = w.reader, type = r.peek(at);
    if (type < 0) return w.wants(r.size + 1);
    if (type != Type.BULK) return w.bad(unexpected(type), at);
    const end = lineEnd(r, at);
    if (end < 0) return r.size - at > MAX_NUMBER_LINE ? w.bad("invalid bulk length", at) : w.wants(r.size + 1);
    const length = number(r, at + 1, end);
    if (length < 0 || length > MAX_BULK) return w.bad("invalid bulk length", at + 1);
    this.stringAt = end;
    this.stringLength = <i32>length;
    return Verdict.Head;
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

  /** A line of words, split as sdssplitargs in the servers' sds.c does. */
  private beginInline(w: Wire): Verdict {
    const r = w.reader;
    let line = this.scanned;
    while (line < r.size && load<u8>(r.base + line) != LF) {
      // A server finds no line feed behind a NUL and waits for ever.
      if (load<u8>(r.base + line) == NUL) return w.bad("NUL in inline request", line);
      line++;
    }
    if (line > MAX_LINE) return w.bad("too big inline request", MAX_LINE);
    if (line == r.size) {
      this.scanned = line;
      return w.wants(line + 1);
    }
    this.inline = true;
    this.begun = true;
    this.next = line + 1;
    for (let at = skipBlanks(r, 0, line); at < line; at = skipBlanks(r, at, line)) {
      at = this.word(r, at, line);
      if (at == UNBALANCED) return w.bad("unbalanced quotes in request", 0);
    }
    return Verdict.Head;
  }

  /** One word of an inline command; returns the offset behind it. */
  private word(r: Reader, from: i32, end: i32): i32 {
    let at = from, quote = 0, quotes = 0, escaped = false;
    for (; at < end; at++) {
      const byte = r.peek(at);
      if (quote) {
        if (byte == quote) quote = 0;
        else if (byte == BACKSLASH && (quote == QUOTE || r.peek(at + 1) == APOSTROPHE)) {
          escaped = true;
          at++;
        }
      } else if (byte == QUOTE || byte == APOSTROPHE) {
        quote = byte;
        quotes++;
        if (at > from) escaped = true;
      } else if (byte == SPACE || byte == TAB || byte == CR) {
        break;
      } else if (byte == VERTICAL_TAB || byte == FORM_FEED) {
        // Some servers end a word there, some refuse the line.
        if (quotes > 0) return UNBALANCED;
      } else if (quotes > 0) {
        escaped = true;
      }
    }
    if (quote) return UNBALANCED;
    if (escaped && this.escapedAt > this.count) this.escapedAt = this.count;
    if (this.length < MAX_ARGUMENTS) this.add(from + quotes, at - from - 2 * quotes);
    this.count++;
    return at;
  }
}

/** Offset of the next byte that is none of those that isspace knows. */
function skipBlanks(r: Reader, from: i32, end: i32): i32 {
  let at = from;
  while (at < end && (r.peek(at) == SPACE || <u32>(r.peek(at) - TAB) <= <u32>(CR - TAB))) at++;
  return at;
}

/** Why bytes are no string, in the servers' words. */
export function unexpected(byte: i32): string { return "expected '$', got '" + String.fromCharCode(byte) + "'"; }

/** What `number` returns for what is none: larger than any. */
export const NO_NUMBER: i64 = i64.MAX_VALUE;

/** A decimal number that fills a line, CR LF at its end, as string2ll in the servers' util.c reads it. */
export function number(r: Reader, from: i32, end: i32): i64 {
  let at = from, value: i64 = 0;
  const negative = r.peek(at) == Type.ERROR;
  if (negative) at++;
  const last = end - 2, digits = last - at;
  if (digits <= 0 || digits > 12 || r.peek(last) != CR) return NO_NUMBER;
  if (r.peek(at) == ZERO && (digits > 1 || negative)) return NO_NUMBER;
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

function doubled(old: StaticArray<i32>): StaticArray<i32> {
  const fresh = new StaticArray<i32>(old.length * 2);
  memory.copy(changetype<usize>(fresh), changetype<usize>(old), <usize>old.length << 2);
  return fresh;
}
