import { parseCidr } from "./cidr.ts";
import { compileRegex, type Regex } from "./regex.ts";

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
  /** Ranges of IP addresses. */
  cidr?: string[];
  invert?: boolean;
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

const regexes = new WeakMap<Matcher, Regex>();

/** Compiled once: a question has many values. */
function regexOf(matcher: Matcher, pattern: string): Regex {
  let regex = regexes.get(matcher);
  if (regex === undefined) regexes.set(matcher, regex = compileRegex(pattern));
  return regex;
}

function test(matcher: Matcher, value: string): boolean {
  if (matcher.exact !== undefined) return value === matcher.exact;
  if (matcher.prefix !== undefined) return value.startsWith(matcher.prefix);
  if (matcher.suffix !== undefined) return value.endsWith(matcher.suffix);
  if (matcher.contains !== undefined) return value.includes(matcher.contains);
  if (matcher.regex !== undefined) return regexOf(matcher, matcher.regex).test(value);
  if (matcher.cidr !== undefined) return matcher.cidr.some((range) => parseCidr(range)?.(value) ?? false);
  const range = matcher.range;
  if (range === undefined || !/^[+-]?\d+$/.test(value)) return false;
  return BigInt(value.replace("+", "")) >= BigInt(range.from) && BigInt(value.replace("+", "")) < BigInt(range.to);
}
