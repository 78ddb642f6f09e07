/** The last Unicode code point. */
export const LAST: i32 = 0x10ffff;

/** Beyond ASCII, a range longer than this keeps its case: it is a script, not letters that somebody spelled. */
const LONGEST_FOLD: i32 = 1000;

/** A set of code points as ranges, both ends included; in order and apart after `normalize`. */
@final
export class CodePoints {
  lows: i32[] = [];
  highs: i32[] = [];

  add(low: i32, high: i32): CodePoints {
    this.lows.push(low);
    this.highs.push(high);
    return this;
  }

  addAll(other: CodePoints): void {
    for (let i = 0; i < other.lows.length; i++) this.add(other.lows[i], other.highs[i]);
  }

  /** Sorts the ranges and joins those that touch. */
  normalize(): CodePoints {
    const packed = new Array<u64>(this.lows.length);
    for (let i = 0; i < packed.length; i++) packed[i] = <u64>this.lows[i] << 32 | <u64>this.highs[i];
    packed.sort((a, b) => (a < b ? -1 : a > b ? 1 : 0));
    this.lows = [];
    this.highs = [];
    let end = -1;
    for (let i = 0; i < packed.length; i++) {
      const low = <i32>(packed[i] >> 32), high = <i32>packed[i];
      if (end >= 0 && low <= this.highs[end] + 1) this.highs[end] = max(this.highs[end], high);
      else {
        this.add(low, high);
        end++;
      }
    }
    return this;
  }

  /** All code points that are not in the set. */
  negate(): CodePoints {
    this.normalize();
    const out = new CodePoints();
    let low = 0;
    for (let i = 0; i < this.lows.length; i++) {
      if (this.lows[i] > low) out.add(low, this.lows[i] - 1);
      low = this.highs[i] + 1;
    }
    if (low <= LAST) out.add(low, LAST);
    return out;
  }

  /** Adds the other case of each letter. */
  fold(): CodePoints {
    const count = this.lows.length;
    for (let i = 0; i < count; i++) {
      this.foldAscii(this.lows[i], this.highs[i]);
      const low = max(this.lows[i], 0x80);
      if (this.highs[i] - low > LONGEST_FOLD) continue;
      for (let c = low; c <= this.highs[i]; c++) this.foldOne(c);
    }
    return this;
  }

  private foldAscii(low: i32, high: i32): void {
    this.shift(max(low, 0x41), min(high, 0x5a), 32);
    this.shift(max(low, 0x61), min(high, 0x7a), -32);
    if (covers(low, high, 0x4b) || covers(low, high, 0x6b)) this.add(0x212a, 0x212a); // the Kelvin sign is a k
    if (covers(low, high, 0x53) || covers(low, high, 0x73)) this.add(0x17f, 0x17f); // the long s is an s
  }

  private shift(low: i32, high: i32, by: i32): void { if (low <= high) this.add(low + by, high + by); }

  private foldOne(c: i32): void {
    if (c >= 0xd800 && c <= 0xdfff) return;
    const lower = single(String.fromCodePoint(c).toLowerCase(), c);
    const upper = single(String.fromCodePoint(c).toUpperCase(), c);
    const both = single(String.fromCodePoint(upper).toLowerCase(), c);
    this.add(lower, lower).add(upper, upper).add(both, both);
  }
}

function covers(low: i32, high: i32, c: i32): bool { return low <= c && c <= high; }

/** The only code point of a text, or another if there are more. */
function single(text: string, otherwise: i32): i32 {
  const first = text.codePointAt(0);
  return text.length == (first > 0xffff ? 2 : 1) ? first : otherwise;
}

/** \d, \w, \s (RE2: ASCII only), also for the capital letter that means all others; null for another letter. */
export function perlClass(letter: i32): CodePoints | null {
  const set = new CodePoints();
  switch (letter | 0x20) {
    case 0x64: set.add(0x30, 0x39); break;
    case 0x77: set.add(0x30, 0x39).add(0x41, 0x5a).add(0x5f, 0x5f).add(0x61, 0x7a); break;
    case 0x73: set.add(9, 10).add(12, 13).add(32, 32); break;
    default: return null;
  }
  return set;
}

/** [:name:] of POSIX, ASCII only; null for another name. */
export function posixClass(name: string): CodePoints | null {
  const set = new CodePoints();
  if (name == "alnum") return set.add(0x30, 0x39).add(0x41, 0x5a).add(0x61, 0x7a);
  if (name == "alpha") return set.add(0x41, 0x5a).add(0x61, 0x7a);
  if (name == "ascii") return set.add(0, 0x7f);
  if (name == "blank") return set.add(9, 9).add(32, 32);
  if (name == "cntrl") return set.add(0, 0x1f).add(0x7f, 0x7f);
  if (name == "digit") return set.add(0x30, 0x39);
  if (name == "graph") return set.add(0x21, 0x7e);
  if (name == "lower") return set.add(0x61, 0x7a);
  if (name == "print") return set.add(0x20, 0x7e);
  if (name == "punct") return set.add(0x21, 0x2f).add(0x3a, 0x40).add(0x5b, 0x60).add(0x7b, 0x7e);
  if (name == "space") return set.add(9, 13).add(32, 32);
  if (name == "upper") return set.add(0x41, 0x5a);
  if (name == "word") return set.add(0x30, 0x39).add(0x41, 0x5a).add(0x5f, 0x5f).add(0x61, 0x7a);
  if (name == "xdigit") return set.add(0x30, 0x39).add(0x41, 0x46).add(0x61, 0x66);
  return null;
}
