import { CodePoints } from "./codepoints";
import { Node, Op, UNBOUNDED } from "./syntax";

/** Steps of an automaton, at most. */
export const MAX_STEPS: i32 = 50000;

export enum Step {
  /** Takes a byte of low..high, then goes on at `next`. */
  Byte = 0,
  /** Goes on at both `next` and `other`. */
  Split = 1,
  /** Goes on at `next` at the start (end) of the value only. */
  Begin = 2,
  End = 3,
  Match = 4,
}

/**
 * A pattern as a nondeterministic automaton over bytes (Thompson's construction). It is built from its end: each part
 * is made knowing the step that follows it.
 */
@final
export class Nfa {
  kinds: u8[] = [];
  lows: u8[] = [];
  highs: u8[] = [];
  nexts: i32[] = [];
  others: i32[] = [];
  start: i32 = 0;
  /** True if the pattern needs more than MAX_STEPS. */
  tooLarge: bool = false;
  /** Byte steps by low, high and next: code points that end alike share their last bytes. */
  private shared: Map<u64, i32> = new Map<u64, i32>();
  private work: i32 = 0;

  constructor(pattern: Node) {
    this.start = this.build(pattern, this.step(Step.Match, 0, 0));
  }

  private step(kind: Step, next: i32, other: i32): i32 {
    if (this.kinds.length >= MAX_STEPS) this.tooLarge = true;
    if (this.tooLarge) return 0;
    this.lows.push(0);
    this.highs.push(0);
    this.nexts.push(next);
    this.others.push(other);
    return this.kinds.push(<u8>kind) - 1;
  }

  private byte(low: i32, high: i32, next: i32): i32 {
    const key = <u64>next << 16 | <u64>low << 8 | <u64>high;
    if (this.shared.has(key)) return this.shared.get(key);
    const made = this.step(Step.Byte, next, 0);
    if (this.tooLarge) return 0;
    this.lows[made] = <u8>low;
    this.highs[made] = <u8>high;
    this.shared.set(key, made);
    return made;
  }

  /** Makes the steps of a part before the step `next`; returns the first of them. */
  private build(node: Node, next: i32): i32 {
    // Repetitions of nothing make no steps, so visits are counted as well.
    if (++this.work > MAX_STEPS) this.tooLarge = true;
    if (this.tooLarge) return 0;
    switch (node.op) {
      case Op.Set: return this.set(node.set, next);
      case Op.Begin: return this.step(Step.Begin, next, 0);
      case Op.End: return this.step(Step.End, next, 0);
      case Op.Repeat: return this.repeat(node, next);
      case Op.Sequence: {
        let first = next;
        for (let i = node.nodes.length - 1; i >= 0; i--) first = this.build(node.nodes[i], first);
        return first;
      }
      case Op.Either: {
        let first = this.build(node.nodes[0], next);
        for (let i = 1; i < node.nodes.length; i++) first = this.step(Step.Split, first, this.build(node.nodes[i], next));
        return first;
      }
      default: return next;
    }
  }

  private repeat(node: Node, next: i32): i32 {
    const body = node.nodes[0];
    let first = next;
    if (node.most == UNBOUNDED) {
      first = this.step(Step.Split, next, next);
      const again = this.build(body, first);
      if (!this.tooLarge) this.others[first] = again;
    }
    for (let i = node.least; i < node.most && !this.tooLarge; i++) {
      first = this.step(Step.Split, this.build(body, first), next);
    }
    for (let i = 0; i < node.least && !this.tooLarge; i++) first = this.build(body, first);
    return first;
  }

  private set(points: CodePoints | null, next: i32): i32 {
    this.first = -1;
    if (points) {
      for (let i = 0; i < points.lows.length; i++) this.range(points.lows[i], points.highs[i], next);
    }
    // An empty set matches nothing: a byte step that no byte takes.
    return this.first < 0 ? this.byte(1, 0, next) : this.first;
  }

  /** The alternatives of the set in work so far, -1 if none. */
  private first: i32 = -1;

  /**
   * Splits a range of code points until all bytes of its UTF-8 forms are ranges of their own; surrogates have none.
   */
  private range(low: i32, high: i32, next: i32): void {
    if (low > high || this.tooLarge) return;
    if (low <= 0xdfff && high >= 0xd800) {
      this.range(low, 0xd7ff, next);
      return this.range(0xe000, high, next);
    }
    const cut = lengthCut(low, high);
    if (cut >= 0) {
      this.range(low, cut, next);
      return this.range(cut + 1, high, next);
    }
    for (let mask = 0x3f; high > 0x7f && mask < 0x40000; mask = mask << 6 | 0x3f) {
      if ((low & ~mask) == (high & ~mask)) break;
      if (low & mask) {
        this.range(low, low | mask, next);
        return this.range((low | mask) + 1, high, next);
      }
      if ((high & mask) != mask) {
        this.range(low, (high & ~mask) - 1, next);
        return this.range(high & ~mask, high, next);
      }
    }
    const made = this.bytes(low, high, next);
    this.first = this.first < 0 ? made : this.step(Step.Split, this.first, made);
  }

  /** The bytes of one form, last one first. */
  private bytes(low: i32, high: i32, next: i32): i32 {
    if (high < 0x80) return this.byte(low, high, next);
    const more = high < 0x800 ? 1 : high < 0x10000 ? 2 : 3;
    for (let i = 0; i < more; i++) {
      next = this.byte(0x80 | (low & 0x3f), 0x80 | (high & 0x3f), next);
      low >>= 6;
      high >>= 6;
    }
    const lead = more == 1 ? 0xc0 : more == 2 ? 0xe0 : 0xf0;
    return this.byte(lead | low, lead | high, next);
  }
}

/** The last code point of a range whose UTF-8 form has the length of the first one's; -1 if all have. */
function lengthCut(low: i32, high: i32): i32 {
  if (low <= 0x7f) return high > 0x7f ? 0x7f : -1;
  if (low <= 0x7ff) return high > 0x7ff ? 0x7ff : -1;
  return low <= 0xffff && high > 0xffff ? 0xffff : -1;
}
