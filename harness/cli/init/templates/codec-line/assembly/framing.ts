/** Lines, and the words in them. */
import { Frame, Reader, Verdict, Wire } from "meltemi/assembly";
import { LF, MAX_LINE, SPACE } from "./constants";

export class LineWire extends Wire {
  /** Bytes of a line without its end that were looked at: each is looked at once, however the line is cut. */
  searched: i32 = 0;
}

/** Finds the line's end: Verdict.Head with `f.size` and `f.head`, or why not. */
export function readLine(w: LineWire, f: Frame): Verdict {
  const r = w.reader, end = r.find(LF, w.searched);
  w.searched = 0;
  if (end >= MAX_LINE || (end < 0 && r.size >= MAX_LINE)) return w.bad("line of more than 64 KiB", 0);
  if (end < 0) {
    w.searched = r.size;
    return w.wants(r.size + 1);
  }
  f.head = f.size = end + 1;
  return Verdict.Head;
}

/** Offset of the space or line feed behind the word at an offset; of the line feed if that is further on. */
export function wordEnd(r: Reader, from: i32, lineFeed: i32): i32 {
  for (let at = from; at < lineFeed; at++) if (r.peek(at) == SPACE) return at;
  return lineFeed;
}

/** A decimal number of at most 18 digits; -1 if the bytes are none. */
export function decimal(r: Reader, from: i32, to: i32): i64 {
  if (to <= from || to - from > 18) return -1;
  let value: i64 = 0;
  for (let at = from; at < to; at++) {
    const digit = r.peek(at) - 0x30;
    if (<u32>digit > 9) return -1;
    value = value * 10 + digit;
  }
  return value;
}
