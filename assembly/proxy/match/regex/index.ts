/**
 * Regular expressions of RE2's syntax, compiled at configure time to a table and matched in linear time. As in RE2,
 * `.` and classes stand for whole characters, so that what is not UTF-8 is matched by none of them.
 */
import { Dfa, START } from "./dfa";
import { Nfa } from "./nfa";
import { PatternParser } from "./parse";

/** A compiled pattern. */
@final
export class Regex {
  private columns: StaticArray<u8>;
  private width: i32;
  private table: StaticArray<u16>;
  private accepting: StaticArray<u8>;

  constructor(dfa: Dfa) {
    this.columns = dfa.columns;
    this.width = dfa.width;
    this.table = StaticArray.fromArray(dfa.table);
    this.accepting = StaticArray.fromArray(dfa.accepting);
  }

  /** True if the whole value matches. One transition a byte, nothing allocated. */
  matches(at: usize, length: i32): bool {
    const columns = changetype<usize>(this.columns), table = changetype<usize>(this.table);
    const width = this.width, end = at + length;
    let state = START;
    while (at < end) {
      const column = <i32>load<u8>(columns + load<u8>(at++));
      state = <i32>load<u16>(table + (<usize>(state * width + column) << 1));
      if (!state) return false;
    }
    return unchecked(this.accepting[state]) != 0;
  }

  /** States of the table, the dead one included. */
  get states(): i32 { return this.accepting.length; }
  /** Bytes of the table. */
  get size(): i32 { return this.table.length << 1; }
}

/** Either `regex`, or `error`: what is wrong with the pattern, in one line. */
@final
export class RegexResult {
  constructor(public regex: Regex | null, public error: string) {}
}

/** Compiles a pattern. Configure time only: it allocates. */
export function compileRegex(pattern: string): RegexResult {
  const parser = new PatternParser(pattern);
  const node = parser.pattern();
  if (parser.error.length) return new RegexResult(null, parser.error);
  const nfa = new Nfa(node);
  if (nfa.tooLarge) return new RegexResult(null, "the pattern is too large");
  const dfa = new Dfa(nfa);
  if (dfa.error.length) return new RegexResult(null, "the pattern " + dfa.error);
  return new RegexResult(new Regex(dfa), "");
}
