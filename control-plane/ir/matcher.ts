/** One condition on one metadata key; exactly one of the tests. As in docs/config.md. */
export interface Matcher {
  key: string;
  exact?: string;
  prefix?: string;
  suffix?: string;
  contains?: string;
  /** Of the whole value, RE2 syntax. */
  regex?: string;
  present?: boolean;
  /** `to` exclusive. */
  range?: { from: number; to: number };
  invert?: boolean;
}

const POSIX: Record<string, string> = {
  alnum: "0-9A-Za-z", alpha: "A-Za-z", digit: "0-9", lower: "a-z", upper: "A-Z", punct: "!-/:-@\\[-`{-~",
  space: "\\t\\n\\v\\f\\r ", word: "0-9A-Za-z_", xdigit: "0-9A-Fa-f", blank: "\\t ", cntrl: "\\x00-\\x1f\\x7f",
};

/**
 * What is wrong with a regular expression in RE2 syntax, or undefined. RE2 has no back references and no look-around,
 * because they cannot be had in linear time.
 */
export function regexMistake(regex: string): string | undefined {
  const bare = regex.replace(/\\\\/g, "");
  if (/\(\?<?[=!]/.test(bare)) return "look-around is not in RE2 syntax";
  if (/\\[1-9]|\\k</.test(bare)) return "back references are not in RE2 syntax";
  if (/\(\?>|[*+?}]\+/.test(bare)) return "possessive and atomic groups are not in RE2 syntax";
  try {
    compileRegex(regex);
    return undefined;
  } catch (error) {
    return `no regular expression: ${(error as Error).message.split(": ").at(-1)!.toLowerCase()}`;
  }
}

/** The same expression for this machine's engine, matching whole values. Throws if it has none. */
export function compileRegex(regex: string): RegExp {
  let flags = "us";
  let body = regex.replace(/^\(\?([is]+)\)/, (_, letters: string) => {
    if (letters.includes("i")) flags += "i";
    return "";
  });
  body = body.replace(/\(\?P</g, "(?<").replace(/\[:(\w+):\]/g, (whole, name: string) => POSIX[name] ?? whole)
    .replace(/\\A/g, "^").replace(/\\z/g, "$").replace(/\\([^\w\s^$\\.*+?()[\]{}|/-])/gu, "$1");
  return new RegExp(`^(?:${body})$`, flags);
}

/**
 * Whether a matcher holds for the values of its key: absent is [], unknown (there, but unreadable) is null. With
 * several values it must hold for all of them; unknown holds for nothing, inverted or not.
 */
export function holds(matcher: Matcher, values: string[] | null): boolean {
  if (values === null) return false;
  const invert = matcher.invert ?? false;
  if (matcher.present !== undefined) return ((values.length > 0) === matcher.present) !== invert;
  if (values.length === 0) return invert;
  return values.every((value) => test(matcher, value) !== invert);
}

function test(matcher: Matcher, value: string): boolean {
  if (matcher.exact !== undefined) return value === matcher.exact;
  if (matcher.prefix !== undefined) return value.startsWith(matcher.prefix);
  if (matcher.suffix !== undefined) return value.endsWith(matcher.suffix);
  if (matcher.contains !== undefined) return value.includes(matcher.contains);
  if (matcher.regex !== undefined) return compileRegex(matcher.regex).test(value);
  const range = matcher.range;
  if (range === undefined || !/^[+-]?\d+$/.test(value)) return false;
  return BigInt(value.replace("+", "")) >= BigInt(range.from) && BigInt(value.replace("+", "")) < BigInt(range.to);
}
