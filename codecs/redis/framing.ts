import { Reader } from "../../assembly/bytes/reader";
import { MAX_BULK, MAX_NUMBER_LINE, Type } from "./constants";

const LF: i32 = 0x0a, CR: i32 = 0x0d, MINUS: i32 = 0x2d, ZERO: i32 = 0x30;

/**
 * Finds the end of RESP values without a length, however their bytes are cut: looks at each byte of a line once, passes
 * over strings by their length, and needs no stack, since nested values only add to the number still to come.
 */
@final
export class Scanner {
  /** Values still to come; 0: the end was found. */
  pending: i64 = 1;
  /** Bytes of a string, its CR LF included, still to come. */
  skip: i64 = 0;
  /** This is no RESP. */
  bad: bool = false;
  /** The byte where a value should have begun. */
  found: i32 = 0;
  /** Arguments of a request: strings, and nothing else. */
  private stringsOnly: bool = false;
  private type: i32 = 0;
  private value: i64 = 0;
  private negative: bool = false;
  /** Bytes of the current line, and the last of them. */
  private line: i32 = 0;
  private last: i32 = 0;

  start(values: i64, stringsOnly: bool): void {
    this.pending = values;
    this.skip = 0;
    this.bad = false;
    this.found = 0;
    this.stringsOnly = stringsOnly;
    this.type = 0;
    this.line = 0;
  }

  /** Goes on at an offset; returns the offset behind the last value, -1 if more is to come (or `bad`). */
  scan(r: Reader, from: i32): i32 {
    let at = from;
    while (this.pending > 0 && at < r.size && !this.bad) {
      if (this.skip > 0) {
        const part = <i32>min(this.skip, <i64>(r.size - at));
        at += part;
        this.skip -= part;
        if (this.skip == 0) this.pending--;
      } else {
        this.take(<i32>load<u8>(r.base + at));
        at++;
      }
    }
    return this.pending == 0 && !this.bad ? at : -1;
  }

  /** One byte of a line. */
  private take(byte: i32): void {
    if (this.type == 0) {
      this.type = byte;
      this.value = 0;
      this.negative = false;
      this.line = 0;
      this.last = 0;
      this.bad = this.stringsOnly ? byte != Type.BULK : !isType(byte);
      if (this.bad) this.found = byte;
      return;
    }
    if (byte == LF) return this.endLine();
    const last = this.last;
    this.last = byte;
    if (!hasCount(this.type)) return;
    const digit = byte - ZERO;
    if (last == CR) this.bad = true;
    else if (<u32>digit < 10) this.value = this.value * 10 + digit;
    else if (byte == MINUS && this.line == 0) this.negative = true;
    else if (byte != CR || last == 0 || last == MINUS) this.bad = true;
    if (++this.line > MAX_NUMBER_LINE || this.value > MAX_BULK) this.bad = true;
  }

  private endLine(): void {
    const type = this.type;
    this.type = 0;
    if (hasCount(type) && this.last != CR) this.bad = true;
    if (this.negative && (this.stringsOnly || this.value != 1 || (type != Type.BULK && type != Type.ARRAY))) this.bad = true;
    if (isString(type) && !this.negative) {
      this.skip = this.value + 2;
      return;
    }
    this.pending--;
    if (this.negative) return;
    if (type == Type.ARRAY || type == Type.SET || type == Type.PUSH) this.pending += this.value;
    else if (type == Type.MAP) this.pending += this.value * 2;
    else if (type == Type.ATTRIBUTE) this.pending += this.value * 2 + 1;
  }
}

export function isString(type: i32): bool { return type == Type.BULK || type == Type.BULK_ERROR || type == Type.VERBATIM; }

function hasCount(type: i32): bool {
  return isString(type) || type == Type.ARRAY || type == Type.SET || type == Type.PUSH || type == Type.MAP || type == Type.ATTRIBUTE;
}

function isType(type: i32): bool {
  return hasCount(type) || type == Type.SIMPLE || type == Type.ERROR || type == Type.NUMBER || type == Type.NULL
    || type == Type.BOOLEAN || type == Type.DOUBLE || type == Type.BIG_NUMBER;
}
