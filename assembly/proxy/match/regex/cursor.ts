import { LAST } from "./codepoints";

/** The end of a pattern. */
export const END = -1;

/** A pattern's characters one after the other, and what its escapes stand for. Sticky: the first mistake is kept in `error`, with the place of its character. */
export class PatternCursor {
  error: string = "";
  protected at: i32 = 0;

  constructor(protected source: string) {}

  /** The code point that an escape stands for; the backslash has been read. */
  protected escape(start: i32): i32 {
    const c = this.next();
    switch (c) {
      case 0x61: return 7; // a
      case 0x66: return 12; // f
      case 0x6e: return 10; // n
      case 0x72: return 13; // r
      case 0x74: return 9; // t
      case 0x76: return 11; // v
      case 0x78: return this.hex(start); // x
      case 0x70: case 0x50: // p, P
        this.wrong(start, "Unicode classes (\\p) are not supported, write the range");
        return 0;
      case END:
        this.wrong(start, "a \\ at the end");
        return 0;
    }
    if (isOctal(c)) return this.octal(start, c);
    if (c < 0x80 && !isWord(c)) return c;
    this.wrong(start, isDigit(c) ? BACKREFERENCE : "unknown escape " + this.source.slice(start, this.at));
    return 0;
  }

  /** RE2: \0 with up to two more digits, or two or three digits; one digit alone would be a backreference. */
  protected octal(start: i32, first: i32): i32 {
    if (first != 0x30 && !isOctal(this.peek())) {
      this.wrong(start, BACKREFERENCE);
      return 0;
    }
    let value = first - 0x30;
    for (let i = 0; i < 2 && isOctal(this.peek()); i++) value = value << 3 | (this.next() - 0x30);
    return value;
  }

  /** After \x: two digits, or any number in braces. */
  protected hex(start: i32): i32 {
    const braces = this.take(0x7b);
    let value = 0, digits = 0;
    const most = braces ? 8 : 2;
    while (digits < most) {
      const digit = hexDigit(this.peek());
      if (digit < 0) break;
      this.at++;
      value = min(value, LAST) << 4 | digit;
      digits++;
    }
    const whole = braces ? digits > 0 && this.take(0x7d) : digits == 2;
    if (whole && value <= LAST) return value;
    this.wrong(start, "\\x needs two hexadecimal digits, or a code point in braces");
    return 0;
  }

  protected unit(at: i32): i32 { return at < this.source.length ? this.source.charCodeAt(at) : END; }

  protected peek(): i32 { return this.unit(this.at); }

  protected take(unit: i32): bool {
    if (this.peek() != unit) return false;
    this.at++;
    return true;
  }

  /** The next code point, END after the last one. */
  protected next(): i32 {
    if (this.at >= this.source.length) return END;
    const c = this.source.codePointAt(this.at);
    if (c >= 0xd800 && c <= 0xdfff) this.wrong(this.at, "half of a surrogate pair");
    this.at += c > 0xffff ? 2 : 1;
    return c;
  }

  protected wrong(at: i32, why: string): void {
    if (!this.error.length) this.error = why + " (character " + (at + 1).toString() + ")";
  }
}

const BACKREFERENCE = "backreferences are not supported: matching takes linear time";

export function isDigit(c: i32): bool { return <u32>(c - 0x30) < 10; }
function isOctal(c: i32): bool { return <u32>(c - 0x30) < 8; }
function isWord(c: i32): bool { return isDigit(c) || <u32>((c | 0x20) - 0x61) < 26 || c == 0x5f; }

export function isUpper(c: i32): bool { return (c & 0x20) == 0; }

function hexDigit(c: i32): i32 {
  if (isDigit(c)) return c - 0x30;
  const letter = (c | 0x20) - 0x61;
  return c != END && <u32>letter < 6 ? letter + 10 : -1;
}
