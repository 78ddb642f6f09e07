/**
 * Regular expressions in RE2's syntax, of whole values. They are matched in linear time, as the filter does it: neither who writes a pattern nor who
 * writes a value can stop the control plane.
 */
import { RE2JS } from "re2js";

/** As in assembly/proxy/match/regex: characters of a pattern, at most. */
const MAX_PATTERN = 8192;
/** What can hold an escape or a flag: a quotation, an escape, a class, the head of a group. Every part is taken at the first try. */
const PIECE = /\\Q[^]*?(?:\\E|$)|\\[^]|\[\^?\]?(?:\[:\^?\w+:\]|\\[^]|[^\]\\])*\]?|\(\?[-a-zA-Z]*(?:\)(?:[*+?]|\{\d+(?:,\d*)?\}))?/gu;

/** A compiled expression. */
export interface Regex { test(value: string): boolean }

/** Throws an Error that says what is wrong with the pattern: what RE2 does not take, and what the filter does not. */
export function compileRegex(pattern: string): Regex {
  if (pattern.length > MAX_PATTERN) throw new Error(`longer than ${MAX_PATTERN} characters`);
  for (const [piece] of pattern.matchAll(PIECE)) refuse(piece);
  let compiled: RE2JS;
  try {
    compiled = RE2JS.compile(pattern);
  } catch (error) {
    throw new Error((error as Error).message.replace(/^error parsing regexp: /, ""));
  }
  return { test: (value) => compiled.testExact(value) };
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

/** Throws for what RE2 takes and the filter refuses. */
function refuse(piece: string): void {
  if (piece.startsWith("\\Q")) return;
  if (piece.startsWith("(?")) {
    if (/^\(\?[-a-zA-Z]*m/.test(piece)) throw new Error("flag m is not supported: a value is matched as a whole");
    if (piece.includes(")")) throw new Error(`nothing to repeat before ${piece.slice(piece.indexOf(")") + 1)}`);
    return;
  }
  for (const [, letter] of piece.matchAll(/\\([^])/gu)) {
    if (letter === "b" || letter === "B") throw new Error("word boundaries are not supported: a value is matched as a whole");
    if (letter === "p" || letter === "P") throw new Error("Unicode classes (\\p) are not supported, write the range");
    if (letter === "_") throw new Error("unknown escape \\_");
  }
}
