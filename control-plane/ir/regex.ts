/** Regular expressions in RE2's syntax as the filter takes them, rewritten for this machine's engine. */

const POSIX: Record<string, string> = {
  alnum: "0-9A-Za-z", alpha: "A-Za-z", ascii: "\\x00-\\x7f", blank: "\\t ", cntrl: "\\x00-\\x1f\\x7f", digit: "0-9",
  graph: "!-~", lower: "a-z", print: " -~", punct: "!-\\/:-@\\[-`{-~", space: "\\t\\n\\v\\f\\r ", upper: "A-Z",
  word: "0-9A-Za-z_", xdigit: "0-9A-Fa-f",
};
/** ASCII, as in RE2. */
const PERL: Record<string, string> = { d: "0-9", s: "\\t\\n\\f\\r ", w: "0-9A-Za-z_" };
const CONTROL: Record<string, string> = { a: "\\x07", f: "\\f", n: "\\n", r: "\\r", t: "\\t", v: "\\v" };
const MAX_COUNT = 1000;

interface Flags { i: boolean; s: boolean }

/** The expression for whole values. Throws an Error that says what is wrong with it. */
export function compileRegex(pattern: string): RegExp {
  const source = new Translator(pattern).translate();
  try {
    return new RegExp(`^(?:${source})$`, "u");
  } catch (error) {
    throw new Error((error as Error).message.split(": ").at(-1)!.toLowerCase());
  }
}

/** What is wrong with an expression, or undefined. */
export function regexMistake(pattern: string): string | undefined {
  try {
    compileRegex(pattern);
    return undefined;
  } catch (error) {
    return `no regular expression in RE2 syntax: ${(error as Error).message}`;
  }
}

class Translator {
  private rest: string;
  private flags: Flags = { i: false, s: false };
  private readonly outer: Flags[] = [];

  constructor(pattern: string) { this.rest = pattern; }

  translate(): string {
    let out = "";
    while (this.rest !== "") out += this.part();
    return out;
  }

  private take(expression: RegExp): RegExpMatchArray | null {
    const match = expression.exec(this.rest);
    if (match) this.rest = this.rest.slice(match[0].length);
    return match;
  }

  private part(): string {
    const quoted = this.take(/^\\Q(.*?)(?:\\E|$)/s);
    if (quoted) return [...quoted[1]!].map((c) => this.literal(c)).join("");
    if (this.take(/^\(\?/)) return this.special();
    if (this.take(/^\(/)) return this.open("(?:");
    if (this.take(/^\)/)) {
      this.flags = this.outer.pop() ?? this.flags;
      return ")";
    }
    if (this.take(/^\[/)) return this.bracket();
    if (this.take(/^\./)) return this.flags.s ? "[^]" : "[^\\n]";
    const count = this.take(/^\{(\d+)(?:,(\d*))?\}/);
    if (count) return this.count(count);
    const operator = this.take(/^[*+?|^$]/);
    if (operator) return operator[0];
    if (this.take(/^\\/)) return this.escape();
    return this.literal(this.take(/^./su)![0]);
  }

  private open(text: string, flags = this.flags): string {
    this.outer.push(this.flags);
    this.flags = flags;
    return text;
  }

  /** After `(?`. */
  private special(): string {
    if (this.take(/^<?[=!]/)) throw new Error("look-around cannot be matched in linear time");
    if (this.take(/^P?<\w+>/)) return this.open("(?:");
    const group = this.take(/^([a-zA-Z]*)(?:-([a-zA-Z]+))?([:)])/);
    if (group === null) throw new Error("unknown group");
    const flags = { ...this.flags };
    for (const [letters, value] of [[group[1]!, true], [group[2] ?? "", false]] as const) {
      for (const letter of letters) {
        if (letter !== "i" && letter !== "s") throw new Error(`unknown flag ${letter}, allowed are i and s`);
        flags[letter] = value;
      }
    }
    if (group[3] === ":") return this.open("(?:", flags);
    this.flags = flags;
    return "";
  }

  private count(match: RegExpMatchArray): string {
    if (Number(match[1]) > MAX_COUNT || Number(match[2] || 0) > MAX_COUNT) throw new Error(`more than ${MAX_COUNT} repetitions`);
    return match[0];
  }

  /** After a backslash, outside of brackets. */
  private escape(): string {
    const perl = this.take(/^[dswDSW]/);
    if (perl) return `[${perl[0] === perl[0].toLowerCase() ? "" : "^"}${PERL[perl[0].toLowerCase()]}]`;
    const edge = this.take(/^[Az]/);
    if (edge) return edge[0] === "A" ? "^" : "$";
    if (this.take(/^[bB]/)) throw new Error("word boundaries are not supported: a value is matched as a whole");
    return this.literal(this.escaped());
  }

  /** After a backslash: the character that is meant. */
  private escaped(): string {
    const hex = this.take(/^x(?:([0-9a-fA-F]{2})|\{([0-9a-fA-F]{1,6})\})/);
    if (hex) return String.fromCodePoint(parseInt(hex[1] ?? hex[2]!, 16));
    const octal = this.take(/^(?:0[0-7]{0,2}|[1-7][0-7]{1,2})/);
    if (octal) return String.fromCodePoint(parseInt(octal[0], 8));
    const control = this.take(/^[afnrtv]/);
    if (control) return JSON.parse(`"${{ a: "\\u0007", v: "\\u000b" }[control[0]] ?? CONTROL[control[0]]}"`) as string;
    if (this.take(/^[1-9]/)) throw new Error("back references cannot be matched in linear time");
    if (this.take(/^[pP]/)) throw new Error("Unicode classes (\\p) are not supported, write the range");
    const plain = this.take(/^[\x00-\x7f]/);
    if (plain && !/\w/.test(plain[0])) return plain[0];
    throw new Error(plain ? `unknown escape \\${plain[0]}` : "a backslash at the end");
  }

  private literal(c: string): string {
    const [lower, upper] = [c.toLowerCase(), c.toUpperCase()];
    return this.flags.i && lower !== upper && lower.length === upper.length ? `[${code(lower)}${code(upper)}]` : code(c);
  }

  /** After `[`. */
  private bracket(): string {
    let out = this.take(/^\^/) ? "[^" : "[";
    for (let first = true; first || !this.take(/^\]/); first = false) {
      if (this.rest === "") throw new Error("[ without ]");
      const posix = this.take(/^\[:(\^?)(\w+):\]/);
      const perl = posix ? null : this.take(/^\\([dswDSW])/);
      if (posix) out += this.named(posix[2]!, posix[1] === "^");
      else if (perl) out += perl[1] === perl[1]!.toLowerCase() ? PERL[perl[1]!]! : `\\${perl[1]}`;
      else out += this.range();
    }
    return `${out}]`;
  }

  private named(name: string, negated: boolean): string {
    const set = Object.hasOwn(POSIX, name) ? POSIX[name] : undefined;
    if (set === undefined || negated) throw new Error(`unknown class [:${negated ? "^" : ""}${name}:]`);
    return this.flags.i && (name === "lower" || name === "upper") ? "A-Za-z" : set;
  }

  private range(): string {
    const one = () => (this.take(/^\\/) ? this.escaped() : this.take(/^./su)![0]);
    const from = one();
    const to = /^-[^\]]/.test(this.rest) && this.take(/^-/) ? one() : from;
    const text = (a: string, b: string) => (a === b ? code(a) : `${code(a)}-${code(b)}`);
    const letters = /^[a-z]{2}$|^[A-Z]{2}$/.test(from + to);
    if (!this.flags.i || !letters) return text(from, to);
    return text(from.toLowerCase(), to.toLowerCase()) + text(from.toUpperCase(), to.toUpperCase());
  }
}

function code(c: string): string { return /^\w$/.test(c) ? c : `\\u{${c.codePointAt(0)!.toString(16)}}`; }
