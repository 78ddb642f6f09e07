import { Codec } from "./codec";
import { Frame } from "./frame";
import { Wire } from "./wire";

/** A walked frame up to this size is waited for: what turns out bad then costs its message only. */
const WHOLE: i32 = 64 << 10;

/** True if none of a walked frame may go on before all of it is there; `most`: bytes that may be waited for. */
export function isWaitedFor(f: Frame, have: i32, most: i32): bool { return have < f.size && f.size <= min(WHOLE, most); }

/**
 * Shows the codec bytes of a walked frame that follow those it has read; `rest`: how many are still to come behind them. False:
 * the message does not end where its frame does, and `wire` says so.
 */
export function walks(codec: Codec, w: Wire, f: Frame, at: usize, length: i32, rest: i32): bool {
  w.reader.reset(at, length);
  const end = codec.tail(w, f);
  if (rest ? end == -1 : end == length) return true;
  w.badWhy = end >= 0 ? "bytes after the end of the message" : end == -1 ? "the frame ends inside the message" : "the message cannot be read to its end";
  w.badAt = max(end, 0);
  return false;
}

/** The same of all bytes behind the head, of which `have` are there, counted from the frame's start. */
export function walksFrame(codec: Codec, w: Wire, f: Frame, base: usize, have: i32): bool {
  const here = min(have, f.size);
  const good = walks(codec, w, f, base + f.head, here - f.head, f.size - here);
  w.badAt += f.head;
  w.reader.reset(base, have);
  return good;
}
