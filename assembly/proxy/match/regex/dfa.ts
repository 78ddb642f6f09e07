import { Nfa, Step } from "./nfa";

/** States of a table, at most. */
export const MAX_STATES: i32 = 10000;
/** Bytes of a table, at most. */
export const MAX_TABLE: i32 = 512 << 10;
/** Steps followed while a table is made, at most: what bounds the time. */
export const MAX_WORK: i32 = 50000000;
/** Steps of all states together, at most: what bounds the memory. */
export const MAX_MEMBERS: i32 = 2000000;

/** The state that no byte leads out of, and that is not accepting. */
export const DEAD: i32 = 0;
export const START: i32 = 1;

/** A nondeterministic automaton made deterministic (subset construction). */
@final
export class Dfa {
  /** Column of each byte: bytes that no step tells apart share one. */
  columns: StaticArray<u8> = new StaticArray<u8>(256);
  /** Columns of a row. */
  width: i32 = 0;
  /** Rows of next states, one for each state. */
  table: u16[] = [];
  /** By state: 1 if the value may end there. */
  accepting: u8[] = [];
  /** Empty, or which limit the pattern needs more than. */
  error: string = "";

  /** A byte of each column. */
  private samples: i32[] = [];
  /** The steps of all states, one state after the other; `bounds` has where each begins. */
  private members: i32[] = [];
  private bounds: i32[] = [];
  /** Last state of each hash, and by state the one before with the same hash. */
  private heads: Map<u32, i32> = new Map<u32, i32>();
  private chain: i32[] = [];
  /** Generation in which a step was last reached. */
  private stamps: StaticArray<i32>;
  private generation: i32 = 0;
  /** Steps still to follow; each is followed once in a generation and leads to two at most. */
  private pending: StaticArray<i32>;
  private work: i32 = 0;
  private kinds: StaticArray<u8>;
  private lows: StaticArray<u8>;
  private highs: StaticArray<u8>;
  private nexts: StaticArray<i32>;
  private others: StaticArray<i32>;

  constructor(nfa: Nfa) {
    const steps = nfa.kinds.length;
    this.stamps = new StaticArray<i32>(steps);
    this.pending = new StaticArray<i32>(2 * steps + 1);
    this.kinds = StaticArray.fromArray(nfa.kinds);
    this.lows = StaticArray.fromArray(nfa.lows);
    this.highs = StaticArray.fromArray(nfa.highs);
    this.nexts = StaticArray.fromArray(nfa.nexts);
    this.others = StaticArray.fromArray(nfa.others);
    this.divide();
    this.bounds.push(0);
    this.intern(); // the dead state has no steps
    this.clear();
    this.reach(nfa.start, true, false);
    this.append(true);
    for (let state = START; state < this.accepting.length && !this.error.length; state++) this.expand(state);
  }

  /** Divides the 256 bytes into columns: a new one begins wherever a step's range begins or has ended. */
  private divide(): void {
    const cuts = new StaticArray<u8>(257);
    for (let i = 0; i < this.kinds.length; i++) {
      if (this.kinds[i] != <u8>Step.Byte) continue;
      cuts[this.lows[i]] = 1;
      cuts[<i32>this.highs[i] + 1] = 1;
    }
    for (let byte = 0; byte < 256; byte++) {
      if (byte == 0 || cuts[byte]) this.samples.push(byte);
      this.columns[byte] = <u8>(this.samples.length - 1);
    }
    this.width = this.samples.length;
  }

  /** Fills the row of a state. */
  private expand(state: i32): void {
    const from = this.bounds[state], to = this.bounds[state + 1];
    for (let column = 0; column < this.width; column++) {
      const byte = <u8>this.samples[column];
      this.clear();
      for (let i = from; i < to; i++) {
        const step = unchecked(this.members[i]);
        if (byte < unchecked(this.lows[step]) || byte > unchecked(this.highs[step])) continue;
        if (unchecked(this.kinds[step]) == <u8>Step.Byte) this.reach(unchecked(this.nexts[step]), false, false);
      }
      this.work += to - from;
      const next = this.intern();
      if (this.error.length) return;
      this.table[state * this.width + column] = <u16>next;
    }
  }

  private clear(): void {
    this.generation++;
    this.members.length = this.bounds[this.bounds.length - 1];
  }

  /** Adds a step and all that follow from it without a byte to the state in work, which is the tail of `members`. */
  private reach(first: i32, begin: bool, end: bool): void {
    const pending = this.pending, stamps = this.stamps, generation = this.generation;
    let count = 1;
    unchecked(pending[0] = first);
    while (count > 0) {
      this.work++;
      const step = unchecked(pending[--count]);
      if (unchecked(stamps[step]) == generation) continue;
      unchecked(stamps[step] = generation);
      const kind = unchecked(this.kinds[step]);
      if (kind == <u8>Step.Split) {
        unchecked(pending[count++] = unchecked(this.others[step]));
        unchecked(pending[count++] = unchecked(this.nexts[step]));
      } else if (kind == <u8>Step.Begin) {
        if (begin) unchecked(pending[count++] = unchecked(this.nexts[step]));
      } else {
        this.members.push(step);
        if (kind == <u8>Step.End && end) unchecked(pending[count++] = unchecked(this.nexts[step]));
      }
    }
  }

  /** Number of the state in work: one made before with the same steps, or a new one. */
  private intern(): i32 {
    const from = this.bounds[this.bounds.length - 1];
    const count = this.members.length - from;
    let hash: u32 = count;
    for (let i = 0; i < count; i++) hash += <u32>(this.members[from + i] + 1) * 0x9e3779b1;
    let state = this.heads.has(hash) ? this.heads.get(hash) : -1;
    while (state >= 0 && !this.same(state, count)) state = this.chain[state];
    if (state >= 0) return state;
    const made = this.append(false);
    this.chain[made] = this.heads.has(hash) ? this.heads.get(hash) : -1;
    this.heads.set(hash, made);
    return made;
  }

  /** Steps of one state differ, so equal counts and all of them reached just now make equal sets. */
  private same(state: i32, count: i32): bool {
    const from = this.bounds[state], to = this.bounds[state + 1];
    if (to - from != count) return false;
    this.work += count;
    for (let i = from; i < to; i++) if (unchecked(this.stamps[unchecked(this.members[i])]) != this.generation) return false;
    return true;
  }

  /** Makes the state in work a state of its own. The start is never shared: only there ^ holds. */
  private append(start: bool): i32 {
    const from = this.bounds[this.bounds.length - 1], to = this.members.length;
    const state = this.accepting.push(this.accepts(from, to, start) ? 1 : 0) - 1;
    this.members.length = to;
    this.bounds.push(to);
    this.chain.push(-1);
    for (let i = 0; i < this.width; i++) this.table.push(<u16>DEAD);
    if (state >= MAX_STATES) this.error = "needs more than " + MAX_STATES.toString() + " states";
    else if (this.table.length > MAX_TABLE >> 1) this.error = "needs a table of more than " + MAX_TABLE.toString() + " bytes";
    else if (this.work > MAX_WORK || to > MAX_MEMBERS) this.error = "is too complicated";
    return state;
  }

  /** True if the value may end in the state with these members. */
  private accepts(from: i32, to: i32, start: bool): bool {
    this.generation++;
    for (let i = from; i < to; i++) this.reach(this.members[i], start, true);
    for (let i = to; i < this.members.length; i++) if (this.kinds[this.members[i]] == <u8>Step.Match) return true;
    return false;
  }
}
