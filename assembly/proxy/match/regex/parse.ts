import { CodePoints, LAST, perlClass, posixClass } from "./codepoints";
import { END, isDigit, isUpper, PatternCursor } from "./cursor";
import { listNode, MAX_COUNT, MAX_NESTING, MAX_PATTERN, Node, Op, setNode, UNBOUNDED } from "./syntax";


/**
 * Reads a pattern in the syntax of RE2 (Perl flavour). Sticky: after the first mistake, kept in `error` with the place
 * of its character, every step returns at once.
 */
@final
export class PatternParser extends PatternCursor {
  private ignoreCase: bool = false;
  private dotAll: bool = false;

  constructor(source: string) { super(source); }

  pattern(): Node {
    if (this.source.length > MAX_PATTERN) {
      this.wrong(0, "longer than " + MAX_PATTERN.toString() + " characters");
      return new Node(Op.Empty);
    }
    const node = this.either(0);
    if (this.peek() == 0x29) this.wrong(this.at, "unmatched )");
    return node;
  }

  private either(depth: i32): Node {
    const nodes: Node[] = [];
    do nodes.push(this.sequence(depth)); while (this.take(0x7c));
    return listNode(Op.Either, nodes);
  }

  private sequence(depth: i32): Node {
    const nodes: Node[] = [];
    while (!this.error.length) {
      const next = this.peek();
      if (next == END || next == 0x7c || next == 0x29) break;
      if (this.source.startsWith("\\Q", this.at)) {
        this.quotation(nodes);
        continue;
      }
      const atom = this.atom(depth);
      if (atom) nodes.push(this.repeated(atom));
    }
    return listNode(Op.Sequence, nodes);
  }

  /** One thing that can be repeated; null for flags, which stand for nothing. */
  private atom(depth: i32): Node | null {
    const start = this.at;
    const c = this.next();
    switch (c) {
      case 0x28: return this.group(depth + 1);
      case 0x5b: return this.bracket();
      case 0x2e: return setNode(this.dotAll ? new CodePoints().add(0, LAST) : new CodePoints().add(10, 10).negate());
      case 0x5e: return new Node(Op.Begin);
      case 0x24: return new Node(Op.End);
      case 0x2a: case 0x2b: case 0x3f:
        this.wrong(start, "nothing before " + this.source.charAt(start) + " to repeat");
        return null;
      case 0x7b: // a { that begins no count stands for itself, as in RE2
        if (this.counts(start)) this.wrong(start, "nothing before { to repeat");
        return this.literal(c);
      case 0x5c: return this.escaped(start);
      default: return this.literal(c);
    }
  }

  /** A set with both cases of its letters, where the flags ask for it. */
  private cased(set: CodePoints): CodePoints { return this.ignoreCase ? set.fold() : set; }

  private literal(c: i32): Node {
    return setNode(this.cased(new CodePoints().add(c, c)));
  }

  /** \Q...\E: every character stands for itself. */
  private quotation(nodes: Node[]): void {
    this.at += 2;
    const end = this.source.indexOf("\\E", this.at);
    const stop = end < 0 ? this.source.length : end;
    let last: Node | null = null;
    while (this.at < stop && !this.error.length) {
      if (last) nodes.push(last);
      last = this.literal(this.next());
    }
    if (end >= 0) this.at += 2;
    if (last) nodes.push(this.repeated(last));
  }

  private group(depth: i32): Node | null {
    const start = this.at - 1;
    const ignoreCase = this.ignoreCase, dotAll = this.dotAll;
    if (depth > MAX_NESTING) {
      this.wrong(start, "more than " + MAX_NESTING.toString() + " groups inside each other");
      return null;
    }
    if (this.take(0x3f) && !this.special(start)) {
      const next = this.peek();
      if (next == 0x2a || next == 0x2b || next == 0x3f) this.wrong(this.at, "nothing before it to repeat");
      return null;
    }
    const node = this.either(depth);
    if (!this.take(0x29)) this.wrong(start, "unmatched (");
    this.ignoreCase = ignoreCase;
    this.dotAll = dotAll;
    return node;
  }

  /** What follows `(?`: a name, or flags. False for flags without a group: they hold for what follows. */
  private special(start: i32): bool {
    const source = this.source;
    if (source.startsWith("=", this.at) || source.startsWith("!", this.at) ||
        source.startsWith("<=", this.at) || source.startsWith("<!", this.at)) {
      this.wrong(start, "lookaround is not supported: matching takes linear time");
      return false;
    }
    if (source.startsWith("P<", this.at) || source.startsWith("<", this.at)) {
      const close = source.indexOf(">", this.at);
      if (close < 0) this.wrong(start, "unmatched (?<");
      else this.at = close + 1;
      return true;
    }
    return this.flags(start);
  }

  private flags(start: i32): bool {
    let on = true;
    while (true) {
      const flag = this.next();
      if (flag == 0x3a) return true;
      if (flag == 0x29) return false;
      if (flag == 0x69) this.ignoreCase = on;
      else if (flag == 0x73) this.dotAll = on;
      else if (flag == 0x2d && on) on = false;
      else if (flag != 0x55) { // U only changes which match is found, not whether there is one
        this.wrong(start, flag == 0x6d ? "flag m is not supported: a value is matched as a whole" : "unknown flag, allowed: i, s");
        return false;
      }
    }
  }

  private repeated(node: Node): Node {
    const start = this.at;
    let least = 0, most = UNBOUNDED;
    switch (this.peek()) {
      case 0x2a: this.at++; break;
      case 0x2b: this.at++; least = 1; break;
      case 0x3f: this.at++; most = 1; break;
      case 0x7b:
        this.at++;
        if (!this.counts(start)) {
          this.at = start;
          return node;
        }
        least = this.countLeast;
        most = this.countMost;
        break;
      default: return node;
    }
    this.take(0x3f); // lazy: another way to the same match
    const next = this.peek();
    if (next == 0x2a || next == 0x2b || next == 0x3f || (next == 0x7b && this.countFollows())) {
      this.wrong(start, "a repetition of a repetition, write (?:...) around the first");
    }
    const repeat = new Node(Op.Repeat);
    repeat.nodes.push(node);
    repeat.least = least;
    repeat.most = most;
    return repeat;
  }

  private countLeast: i32 = 0;
  private countMost: i32 = 0;

  /** After a {: m}, m,} or m,n}. False, without moving, if it is none of these. */
  private counts(start: i32): bool {
    const from = this.at;
    this.countLeast = this.count();
    this.countMost = this.countLeast;
    if (this.countLeast >= 0 && this.take(0x2c)) this.countMost = this.peek() == 0x7d ? UNBOUNDED : this.count();
    const open = this.source.charCodeAt(this.at - 1) == 0x2c;
    if (this.countLeast < 0 || (this.countMost < 0 && !open) || !this.take(0x7d)) {
      this.at = from;
      return false;
    }
    if (this.countLeast > MAX_COUNT || this.countMost > MAX_COUNT) this.wrong(start, "more than " + MAX_COUNT.toString() + " repetitions");
    else if (this.countMost >= 0 && this.countMost < this.countLeast) this.wrong(start, "the second count is smaller than the first");
    return true;
  }

  private countFollows(): bool {
    const at = this.at++;
    const follows = this.counts(at);
    this.at = at;
    return follows;
  }

  /** A decimal number, -1 if there is none; far too large ones stay too large. */
  private count(): i32 {
    let value = -1;
    while (isDigit(this.peek())) value = min(max(value, 0) * 10 + (this.next() - 0x30), MAX_COUNT + 1);
    return value;
  }

  private escaped(start: i32): Node | null {
    const c = this.peek();
    const named = perlClass(c);
    if (named) {
      this.at++;
      this.cased(named);
      return setNode(isUpper(c) ? named.negate() : named);
    }
    switch (c) {
      case 0x41: this.at++; return new Node(Op.Begin); // \A
      case 0x7a: this.at++; return new Node(Op.End); // \z
      case 0x62: case 0x42:
        this.wrong(start, "word boundaries (\\b, \\B) are not supported: a value is matched as a whole");
        return null;
    }
    return this.literal(this.escape(start));
  }

  private bracket(): Node | null {
    const start = this.at - 1;
    const set = new CodePoints();
    const negated = this.take(0x5e);
    let first = true;
    while (first || this.peek() != 0x5d) {
      if (this.peek() == END) this.wrong(start, "unmatched [");
      if (this.error.length) return null;
      if (!this.named(set)) this.range(set);
      first = false;
    }
    this.at++;
    return setNode(negated ? set.negate() : set);
  }

  /** \d and the like, or [:alpha:]. */
  private named(set: CodePoints): bool {
    const start = this.at;
    if (this.peek() == 0x5c) {
      const letter = this.unit(start + 1);
      const found = perlClass(letter);
      if (!found) return false;
      this.cased(found);
      set.addAll(isUpper(letter) ? found.negate() : found);
      this.at += 2;
      return true;
    }
    if (!this.source.startsWith("[:", start)) return false;
    const end = this.source.indexOf(":]", start + 2);
    if (end < 0) return false;
    const negated = this.unit(start + 2) == 0x5e;
    const found = posixClass(this.source.slice(start + (negated ? 3 : 2), end));
    if (found) set.addAll(negated ? this.cased(found).negate() : this.cased(found));
    else this.wrong(start, "unknown class " + this.source.slice(start, min(end + 2, start + 20)));
    this.at = end + 2;
    return true;
  }

  private range(set: CodePoints): void {
    const start = this.at;
    const low = this.member();
    if (this.peek() != 0x2d || this.unit(this.at + 1) == 0x5d) {
      set.addAll(this.cased(new CodePoints().add(low, low)));
      return;
    }
    this.at++;
    const high = this.member();
    if (high < low) this.wrong(start, "a range whose end comes before its start");
    else set.addAll(this.cased(new CodePoints().add(low, high)));
  }

  private member(): i32 {
    const start = this.at;
    const c = this.next();
    if (c == END) this.wrong(start, "unmatched [");
    return c == 0x5c ? this.escape(start) : c;
  }
}
