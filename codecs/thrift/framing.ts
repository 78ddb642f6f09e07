import { Reader } from "../../assembly/bytes/reader";
import { Verdict } from "../../assembly/codec/index";
import { COMPACT_FIRST, COMPACT_VERSION, COMPACT_VERSION_MASK, Header, MAX_FRAME, STRICT_FIRST, STRICT_SECOND } from "./constants";
import { Framing, ThriftWire } from "./wire";

/** Bytes that tell: a length, and the first two of what it is the length of. */
const ENOUGH: i32 = 6;

/**
 * Says by the first bytes of a connection how its messages are told apart: `wire.framing` where two magic bytes show it.
 * Old binary messages have no magic: it stays unknown until one of them has been read to its end.
 */
export function detect(w: ThriftWire): Verdict {
  const r = w.reader, first = r.peek(0);
  if (first == STRICT_FIRST || first == COMPACT_FIRST) {
    if (r.size < 2) return w.wants(2);
    if (!isMagic(r, 0)) return w.bad("unknown thrift version", 1);
    w.framing = Framing.None;
    return Verdict.Head;
  }
  if (first > MAX_FRAME >> 24) return w.bad("not thrift", 0);
  if (r.size < ENOUGH) return w.wants(ENOUGH);
  if (isMagic(r, 4) || isHeader(r)) w.framing = Framing.Length;
  else if (guess(r) == Framing.Unknown) return w.bad("not thrift", 4);
  return Verdict.Head;
}

/** Of a connection that begins with an old binary message: a name's length and the name, or a frame's length before them. */
export function guess(r: Reader): Framing {
  const fifth = r.peek(4);
  if (fifth == 0) return Framing.Length;
  return fifth >= 0x20 && fifth < 0x7f ? Framing.None : Framing.Unknown;
}

/** True if a frame is a THeader message; its first six bytes must be there. */
export function isHeader(r: Reader): bool { return ((r.peek(4) << 8) | r.peek(5)) == Header.MAGIC; }

function isMagic(r: Reader, at: i32): bool {
  const first = r.peek(at), second = r.peek(at + 1);
  if (first == STRICT_FIRST) return second == STRICT_SECOND;
  return first == COMPACT_FIRST && (second & COMPACT_VERSION_MASK) == COMPACT_VERSION;
}
