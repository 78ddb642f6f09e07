import { Reader } from "../../assembly/bytes/reader";

export const LF: u8 = 0x0a;
export const SPACE: u8 = 0x20;
const EQUALS = 0x3d;

/** Offset of the space or line feed that ends the word at an offset of a line. */
export function wordEnd(r: Reader, from: i32, line: i32): i32 {
  for (let at = from; at < line; at++) if (r.peek(at) == <i32>SPACE || r.peek(at) == <i32>LF) return at;
  return line;
}

/** Offset of the equals sign that ends the name at an offset, or of the word's end. */
export function nameEnd(r: Reader, from: i32, line: i32): i32 {
  const end = wordEnd(r, from, line);
  for (let at = from; at < end; at++) if (r.peek(at) == EQUALS) return at;
  return end;
}

/** A decimal number of at most 9 digits, -1 if the bytes are none. */
export function decimal(r: Reader, from: i32, end: i32): i64 {
  if (end <= from || end - from > 9) return -1;
  let value: i64 = 0;
  for (let at = from; at < end; at++) {
    const digit = r.peek(at) - 0x30;
    if (digit < 0 || digit > 9) return -1;
    value = value * 10 + digit;
  }
  return value;
}

/** True if the bytes are this text, ignoring the case of ASCII letters in the bytes. */
export function is(r: Reader, from: i32, end: i32, text: string): bool {
  if (end - from != text.length) return false;
  for (let i = 0; i < text.length; i++) {
    const byte = r.peek(from + i), lower = byte >= 0x41 && byte <= 0x5a ? byte | 0x20 : byte;
    if (lower != text.charCodeAt(i)) return false;
  }
  return true;
}
