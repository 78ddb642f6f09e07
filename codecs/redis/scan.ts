/** SCAN cursors are known to the server that gave them. */
import { Reader } from "../../assembly/bytes/reader";
import { Frame } from "../../assembly/codec/index";
import { lineEnd, number } from "./arguments";
import { CURSOR, Type } from "./constants";

/** Digits of a cursor, 64 bits without sign. */
const MAX_DIGITS: i32 = 20;

/** The pin of a cursor, decimal digits; 0: it is none, or the first. */
export function cursorPin(r: Reader, at: i32, length: i32): u64 {
  if (length <= 0 || length > MAX_DIGITS || (length == 1 && r.peek(at) == 0x30)) return 0;
  let value: u64 = 0;
  for (let i = 0; i < length; i++) value = value * 10 + (r.peek(at + i) & 15);
  return CURSOR | (value ^ (value >> 62)) & (CURSOR - 1);
}

/** The cursor in an answer to SCAN: its server must get the next one. */
export function bindCursor(r: Reader, f: Frame): void {
  const array = lineEnd(r, 0), text = array < 0 ? -1 : lineEnd(r, array);
  if (text < 0 || r.peek(array) != Type.BULK) return;
  const length = <i32>number(r, array + 1, text);
  if (length > 0 && length <= r.size - text) f.pin = cursorPin(r, text, length);
}
