import { HASH_START, hashBytes } from "../cluster/hash";
import { Metadata, Presence, View } from "../../codec/metadata";
import { Condition } from "../match/condition";
import { Exact, Matcher } from "../match/matcher";

/** Fewer rules are looked at one by one. */
const WORTH: i32 = 8;

const value: View = new View();

/**
 * Rules in a row that all ask for a text of the same key, found by the key's value: those that ask for another do not hold. A rule
 * of several alternatives stands under the text of each.
 */
@final
class Index {
  /** By bucket: the first entry and, while it is built, the last; -1: none. */
  private heads: StaticArray<i32>;
  private tails: StaticArray<i32>;
  /** By entry: its rule, and the next entry of its bucket. Rules keep their order there. */
  private rules: i32[] = [];
  private nexts: i32[] = [];

  constructor(private slot: i32, count: i32) {
    let size = 16;
    while (size < count << 1) size <<= 1;
    this.heads = new StaticArray<i32>(size).fill(-1);
    this.tails = new StaticArray<i32>(size).fill(-1);
  }

  add(rule: i32, condition: Condition): void {
    for (let i = 0; i < condition.alternatives.length; i++) {
      const text = exactOf(condition.alternatives[i], this.slot)!.text, bucket = this.bucket(changetype<usize>(text), text.length);
      const tail = this.tails[bucket], entry = this.rules.length;
      if (tail >= 0 && this.rules[tail] == rule) continue;
      if (tail < 0) this.heads[bucket] = entry;
      else this.nexts[tail] = entry;
      this.tails[bucket] = entry;
      this.rules.push(rule);
      this.nexts.push(-1);
    }
  }

  private bucket(at: usize, length: i32): i32 {
    const hash = hashBytes(HASH_START, at, length);
    return <i32>((hash ^ hash >> 32) & <u64>(this.heads.length - 1));
  }

  first(value: View): i32 { return unchecked(this.heads[this.bucket(value.at, value.length)]); }
  rule(entry: i32): i32 { return unchecked(this.rules[entry]); }
  next(entry: i32): i32 { return unchecked(this.nexts[entry]); }
}

/** Rules `from` to `to` (not included) of a table, and the way to those that may hold for a request. */
@final
export class RuleRun {
  /** Null: all of them. */
  private index: Index | null = null;
  private entry: i32 = -1;

  constructor(private from: i32, private to: i32, private slot: i32, conditions: Condition[]) {
    if (slot >= 0) this.index = indexOf(from, to, slot, conditions);
  }

  /** The first rule that may hold, -1 if there is none; further ones by `next`. */
  begin(metadata: Metadata): i32 {
    const index = this.index;
    this.entry = -1;
    if (index === null) return this.from;
    // What is hidden or not there has no text.
    if (metadata.presence(this.slot) != Presence.Present) return -1;
    const place = metadata.first(this.slot);
    if (metadata.next(place) >= 0) return this.from;
    const entry = index.first(metadata.view(place, value));
    if (entry < 0) return -1;
    this.entry = entry;
    return index.rule(entry);
  }

  next(rule: i32): i32 {
    const index = this.index;
    if (index === null || this.entry < 0) return rule + 1 < this.to ? rule + 1 : -1;
    const entry = index.next(this.entry);
    if (entry < 0) return -1;
    this.entry = entry;
    return index.rule(entry);
  }
}

function indexOf(from: i32, to: i32, slot: i32, conditions: Condition[]): Index {
  const index = new Index(slot, to - from);
  for (let i = from; i < to; i++) index.add(i, conditions[i]);
  return index;
}

/** All rules of a table, in order: those in a row that share a key of exact texts together. */
export function runsOf(conditions: Condition[]): RuleRun[] {
  const runs: RuleRun[] = [];
  let plain = 0;
  for (let from = 0; from < conditions.length; ) {
    const slots = exactSlots(conditions[from]);
    let best = from + 1, slot = -1;
    for (let i = 0; i < slots.length; i++) {
      let to = from + 1;
      while (to < conditions.length && asksFor(conditions[to], slots[i])) to++;
      if (to - from < WORTH || to <= best) continue;
      best = to;
      slot = slots[i];
    }
    if (slot >= 0) {
      if (plain < from) runs.push(new RuleRun(plain, from, -1, conditions));
      runs.push(new RuleRun(from, best, slot, conditions));
      plain = best;
    }
    from = best;
  }
  if (plain < conditions.length) runs.push(new RuleRun(plain, conditions.length, -1, conditions));
  return runs;
}

/** Keys of which each alternative asks for a text. */
function exactSlots(condition: Condition): i32[] {
  const slots: i32[] = [];
  if (condition.alternatives.length == 0) return slots;
  const matchers = condition.alternatives[0];
  for (let i = 0; i < matchers.length; i++) {
    const slot = matchers[i].slot;
    if (!slots.includes(slot) && asksFor(condition, slot)) slots.push(slot);
  }
  return slots;
}

function asksFor(condition: Condition, slot: i32): bool {
  for (let i = 0; i < condition.alternatives.length; i++) if (exactOf(condition.alternatives[i], slot) === null) return false;
  return condition.alternatives.length > 0;
}

function exactOf(matchers: Matcher[], slot: i32): Exact | null {
  for (let i = 0; i < matchers.length; i++) {
    const matcher = matchers[i];
    if (matcher.slot == slot && !matcher.invert && matcher instanceof Exact) return <Exact>matcher;
  }
  return null;
}
