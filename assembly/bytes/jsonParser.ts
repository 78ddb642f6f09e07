/**
 * JSON as configuration is written in (RFC 8259, nothing looser), read at configure time only: it allocates. Wrong
 * text is a result with an error, never a trap: depth, text length and number of values are bounded. The error says where,
 * and quotes nothing: whether a secret stands there is not known yet.
 */
import { isDigit, Json, JsonKind, quoted } from "./json";

/** Lists and objects inside each other, at most. */
export const MAX_JSON_DEPTH = 64;
/** UTF-16 units of a text, at most. */
export const MAX_JSON_LENGTH = 8 << 20;
/** Values in one text, at most: what bounds the memory. */
export const MAX_JSON_VALUES = 1 << 20;

/** Either `value`, or `error`: one line that starts with `line:column`, both from 1. */
@final
export class JsonResult {
  constructor(public value: Json | null, public error: string) {}
}

/** Reads one JSON text. */
export function parseJson(text: string): JsonResult {
  const parser = new Parser(text);
  const value = parser.document();
  return parser.error.length ? new JsonResult(null, parser.error) : new JsonResult(value, "");
}

const QUOTE = 0x22;
const BACKSLASH = 0x5c;
const COMMA = 0x2c;
const END = -1;

/** Recursive descent, sticky: after the first error every step returns at once. */
@final
class Parser {
  error: string = "";
  private at: i32 = 0;
  private values: i32 = 0;

  constructor(private source: string) {}

  document(): Json {
    if (this.source.length > MAX_JSON_LENGTH) {
      this.wrong("a text of " + this.source.length.toString() + " characters", "at most " + MAX_JSON_LENGTH.toString());
    }
    const value = new Json(JsonKind.Null);
    this.read(value, 0);
    this.space();
    if (this.peek() != END) this.wrong(this.here(), "the end of the text");
    return value;
  }

  private read(value: Json, depth: i32): void {
    this.space();
    if (this.error.length) return;
    if (++this.values > MAX_JSON_VALUES) this.wrong("too many values", "at most " + MAX_JSON_VALUES.toString());
    else this.fill(value, depth);
  }

  private fill(value: Json, depth: i32): void {
    const unit = this.peek();
    if (depth == MAX_JSON_DEPTH && (unit == 0x7b || unit == 0x5b)) {
      return this.wrong("deeper nesting", "at most " + MAX_JSON_DEPTH.toString() + " levels");
    }
    switch (unit) {
      case 0x7b: this.object(value, depth); break;
      case 0x5b: this.array(value, depth); break;
      case QUOTE:
        value.kind = JsonKind.String;
        value.text = this.string();
        break;
      case 0x74: // t
        value.kind = JsonKind.Bool;
        value.bool = true;
        this.word("true");
        break;
      case 0x66: // f
        value.kind = JsonKind.Bool;
        this.word("false");
        break;
      case 0x6e: // n
        this.word("null");
        break;
      default:
        if (unit == 0x2d || isDigit(unit)) this.number(value);
        else this.wrong(this.here(), "a value");
    }
  }

  private object(value: Json, depth: i32): void {
    value.kind = JsonKind.Object;
    this.at++;
    this.space();
    if (this.take(0x7d)) return;
    while (true) {
      this.space();
      const start = this.at;
      if (this.peek() != QUOTE) return this.wrong(this.here(), "a name in quotes");
      const name = this.string();
      this.space();
      if (!this.take(0x3a)) return this.wrong(this.here(), ":");
      const member = new Json(JsonKind.Null, value, value.names.length);
      if (!value.add(name, member)) {
        this.at = start;
        return this.wrong("a name a second time", "each name once");
      }
      this.read(member, depth + 1);
      if (this.error.length) return;
      this.space();
      if (this.take(0x7d)) return;
      if (!this.take(COMMA)) return this.wrong(this.here(), ", or }");
    }
  }

  private array(value: Json, depth: i32): void {
    value.kind = JsonKind.Array;
    this.at++;
    this.space();
    if (this.take(0x5d)) return;
    while (true) {
      const item = new Json(JsonKind.Null, value, value.items.length);
      value.push(item);
      this.read(item, depth + 1);
      if (this.error.length) return;
      this.space();
      if (this.take(0x5d)) return;
      if (!this.take(COMMA)) return this.wrong(this.here(), ", or ]");
    }
  }

  private word(word: string): void {
    if (this.source.startsWith(word, this.at)) this.at += word.length;
    else this.wrong(this.here(), "a value");
  }

  private number(value: Json): void {
    const start = this.at;
    this.take(0x2d);
    const leading = this.at;
    let whole = this.digits();
    if (whole && this.source.charCodeAt(leading) == 0x30 && this.at > leading + 1) {
      this.at = leading + 1;
      whole = false;
    }
    const end = this.at;
    if (whole && this.take(0x2e)) whole = this.digits();
    if (whole && (this.peek() | 0x20) == 0x65) {
      this.at++;
      if (!this.take(0x2b)) this.take(0x2d);
      whole = this.digits();
    }
    if (!whole) return this.wrong(this.here(), "a digit");
    value.kind = JsonKind.Number;
    value.number = F64.parseFloat(this.source.slice(start, this.at));
    if (!isFinite(value.number)) {
      this.at = start;
      return this.wrong("a number out of range", "a 64-bit floating point number");
    }
    if (end == this.at) this.exact(value, start, end);
    else if (Math.trunc(value.number) == value.number && Math.abs(value.number) <= MAX_EXACT) {
      value.integral = true;
      value.integer = <i64>value.number;
    }
  }

  /** Digits alone are read as i64, so that 64-bit ids keep their last digits. */
  private exact(value: Json, start: i32, end: i32): void {
    const negative = this.source.charCodeAt(start) == 0x2d;
    let sum: u64 = 0;
    for (let i = negative ? start + 1 : start; i < end; i++) {
      const digit = <u64>(this.source.charCodeAt(i) - 0x30);
      if (sum > (<u64>i64.MAX_VALUE + 1 - digit) / 10) return;
      sum = sum * 10 + digit;
    }
    if (!negative && sum > <u64>i64.MAX_VALUE) return;
    value.integral = true;
    value.integer = negative ? <i64>(0 - sum) : <i64>sum;
  }

  private digits(): bool {
    const start = this.at;
    while (isDigit(this.peek())) this.at++;
    return this.at > start;
  }

  private string(): string {
    const start = ++this.at;
    let unit = this.peek();
    while (unit != QUOTE && unit != BACKSLASH && unit >= 0x20 && !isSurrogate(unit)) {
      this.at++;
      unit = this.peek();
    }
    if (unit != QUOTE) return this.unescape(start);
    return this.source.slice(start, this.at++);
  }

  /** The rest of a string with escapes or surrogates; what is before `at` is plain. */
  private unescape(start: i32): string {
    const close = this.closing();
    if (close < 0) return "";
    const units = new StaticArray<u16>(close - start);
    let count = this.at - start;
    memory.copy(changetype<usize>(units), changetype<usize>(this.source) + (<usize>start << 1), <usize>count << 1);
    let high = false;
    while (this.at < close) {
      const place = this.at;
      let unit = this.source.charCodeAt(this.at++);
      if (unit == BACKSLASH) unit = this.escape();
      if (this.error.length) return "";
      if (high != ((unit & 0xfc00) == 0xdc00)) return this.lone(place);
      high = (unit & 0xfc00) == 0xd800;
      units[count++] = <u16>unit;
    }
    if (high) return this.lone(close);
    this.at = close + 1;
    return String.UTF16.decodeUnsafe(changetype<usize>(units), <usize>count << 1);
  }

  /** Offset of the quote that ends the string; -1 with an error if a control character or the end comes first. */
  private closing(): i32 {
    const from = this.at;
    let unit = this.peek();
    while (unit != QUOTE) {
      if (unit < 0x20) {
        this.wrong(this.here(), unit == END ? 'a closing "' : "an escape such as \\n");
        return -1;
      }
      this.at += unit == BACKSLASH ? 2 : 1;
      unit = this.peek();
    }
    const close = this.at;
    this.at = from;
    return close;
  }

  private escape(): i32 {
    const unit = this.source.charCodeAt(this.at++);
    switch (unit) {
      case QUOTE: case BACKSLASH: case 0x2f: return unit;
      case 0x62: return 8; // b
      case 0x66: return 12; // f
      case 0x6e: return 10; // n
      case 0x72: return 13; // r
      case 0x74: return 9; // t
      case 0x75: return this.hex(); // u
    }
    this.at--;
    this.wrong("another escape", 'one of \\" \\\\ \\/ \\b \\f \\n \\r \\t \\u');
    return 0;
  }

  private hex(): i32 {
    let value = 0;
    for (let i = 0; i < 4; i++) {
      const unit = this.peek();
      const letter = unit | 0x20;
      if (isDigit(unit)) value = value << 4 | (unit - 0x30);
      else if (letter >= 0x61 && letter <= 0x66) value = value << 4 | (letter - 0x57);
      else {
        this.wrong(this.here(), "four hexadecimal digits");
        return 0;
      }
      this.at++;
    }
    return value;
  }

  private lone(place: i32): string {
    this.at = place;
    this.wrong("half of a surrogate pair", "whole characters");
    return "";
  }

  private space(): void {
    let unit = this.peek();
    while (unit == 0x20 || unit == 0x0a || unit == 0x0d || unit == 0x09) {
      this.at++;
      unit = this.peek();
    }
  }

  private take(unit: i32): bool {
    if (this.peek() != unit) return false;
    this.at++;
    return true;
  }

  private peek(): i32 { return this.at < this.source.length ? this.source.charCodeAt(this.at) : END; }

  /** Signs of JSON's own as they are, of others only what kind they are of. */
  private here(): string {
    const unit = this.peek();
    if (unit == END) return "the end";
    if (isDigit(unit)) return "a digit";
    if (unit < 0x20) return "a control character";
    return '"{}[]:,'.includes(String.fromCharCode(unit)) ? quoted(this.source.charAt(this.at)) : "a character";
  }

  private wrong(found: string, allowed: string): void {
    if (this.error.length) return;
    let line = 1;
    let start = 0;
    const end = min(this.at, this.source.length);
    for (let i = 0; i < end; i++) {
      if (this.source.charCodeAt(i) != 0x0a) continue;
      line++;
      start = i + 1;
    }
    this.error = line.toString() + ":" + (end - start + 1).toString() + ": found " + found + ", allowed: " + allowed;
  }
}

/** Whole numbers up to here are exact in a double. */
const MAX_EXACT: f64 = 9007199254740992;

function isSurrogate(unit: i32): bool { return (unit & 0xf800) == 0xd800; }
