import { Reader } from "../../assembly/bytes/reader";
import { Writer } from "../../assembly/bytes/writer";
import { Expect, Frame, Verdict, Wire } from "../../assembly/codec/index";
import { EVENT, HEADER, MAGIC, MAX_FRAME, REQUEST, SERIALIZATION, TWO_WAY } from "./constants";

/** Reads the 16 bytes that every frame begins with: Head once `f.size`, `f.key` and `f.expect` are known. */
export function readHeader(w: Wire, f: Frame): Verdict {
  const r = w.reader;
  if (r.size > 0 && r.peek(0) != MAGIC >> 8) return w.bad("not a dubbo frame", 0);
  if (r.size > 1 && r.peek(1) != (MAGIC & 0xff)) return w.bad("not a dubbo frame", 1);
  if (r.size < HEADER) return w.wants(HEADER);
  r.seek(4);
  f.key = r.u64();
  const length = r.i32();
  if (<u32>length > <u32>(MAX_FRAME - HEADER)) return w.bad("frame too long", 12);
  f.size = HEADER + length;
  f.head = HEADER;
  const flags = flagsOf(r);
  f.expect = flags & REQUEST && flags & TWO_WAY ? Expect.Some : Expect.None;
  return Verdict.Head;
}

export function flagsOf(r: Reader): i32 { return r.peek(2); }
export function statusOf(r: Reader): i32 { return r.peek(3); }
export function serializationOf(r: Reader): i32 { return flagsOf(r) & SERIALIZATION; }
export function isRequest(r: Reader): bool { return (flagsOf(r) & REQUEST) != 0; }
export function isTwoWay(r: Reader): bool { return (flagsOf(r) & TWO_WAY) != 0; }
export function isEvent(r: Reader): bool { return (flagsOf(r) & EVENT) != 0; }

/** Writes a header whose length is not known yet and returns where it begins, for `endFrame`. */
export function beginFrame(out: Writer, flags: i32, status: i32, id: u64): i32 {
  const start = out.length;
  out.u16(MAGIC);
  out.u8(flags);
  out.u8(status);
  out.u64(id);
  out.u32(0);
  return start;
}

/** Fills in the length of a frame that ends at the writer's end. */
export function endFrame(out: Writer, start: i32): void {
  out.patch32(start + 12, out.length - start - HEADER);
}
