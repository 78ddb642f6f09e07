/** What the comparison with JavaScript's RegExp calls: one pattern at a time, texts through memory. */
import { compileRegex, Regex } from "..";

let regex: Regex | null = null;
let buffer: ArrayBuffer = new ArrayBuffer(0);

/** Address of at least this many bytes, for the next call. */
export function room(bytes: i32): usize {
  if (buffer.byteLength < bytes) buffer = new ArrayBuffer(bytes);
  return changetype<usize>(buffer);
}

/** Compiles the pattern in the room; 0, or the length of the error that is then in the room. */
export function compile(length: i32): i32 {
  const result = compileRegex(String.UTF8.decodeUnsafe(changetype<usize>(buffer), length));
  regex = result.regex;
  if (!result.error.length) return 0;
  buffer = String.UTF8.encode(result.error);
  return buffer.byteLength;
}

export function matches(length: i32): bool {
  const compiled = regex;
  return compiled ? compiled.matches(changetype<usize>(buffer), length) : false;
}
