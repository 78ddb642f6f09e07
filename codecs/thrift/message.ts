import { Reader } from "../../assembly/bytes/reader";
import {
  COMPACT_FIRST, COMPACT_VERSION, COMPACT_VERSION_MASK, MAX_NAME, Protocol, STRICT_FIRST, STRICT_SECOND, Type,
} from "./constants";

/** What became of reading a message's beginning. */
export enum Read { Done = 0, Need = 1, Bad = 2 }

/** The beginning of a message: protocol, type, sequence id and name. One reader of it serves a whole codec. */
@final
export class Message {
  protocol: i32 = 0;
  type: i32 = 0;
  /** 0 until it was read, and the name with it. */
  seqid: u32 = 0;
  /** Both are known, even if the message is bad. */
  named: bool = false;
  /** Offset of the name. */
  nameAt: i32 = 0;
  nameLength: i32 = 0;
  /** Offsets of its first byte, and of its struct. */
  from: i32 = 0;
  end: i32 = 0;
  /** With Read.Need: bytes of the reader that are needed to go on. */
  need: i32 = 0;
  why: string = "";
  /** Where it is bad. */
  badAt: i32 = 0;

  /** Reads from where the reader stands and leaves it at the struct behind the name. */
  read(r: Reader): Read {
    const from = r.at, first = r.peek(from), second = r.peek(from + 1);
    this.from = from;
    this.seqid = 0;
    this.named = false;
    this.protocol = first == COMPACT_FIRST ? Protocol.COMPACT : first < STRICT_FIRST ? Protocol.OLD_BINARY : Protocol.BINARY;
    if (first < 0) return this.needs(from + 1);
    if (first < STRICT_FIRST) return this.old(r, from);
    if (first == STRICT_FIRST) {
      if (second < 0) return this.needs(from + 2);
      return second == STRICT_SECOND ? this.strict(r, from) : this.bad("unknown binary version", from + 1);
    }
    if (first != COMPACT_FIRST) return this.bad("not a thrift message", from);
    if (second < 0) return this.needs(from + 2);
    return (second & COMPACT_VERSION_MASK) == COMPACT_VERSION ? this.compact(r, from) : this.bad("unknown compact version", from + 1);
  }

  private strict(r: Reader, from: i32): Read {
    if (r.size - from < 8) return this.needs(from + 8);
    this.type = r.peek(from + 3);
    r.seek(from + 4);
    const length = r.i32();
    if (<u32>length > <u32>MAX_NAME) return this.bad("name too long", from + 4);
    if (r.left < length + 4) return this.needs(from + 12 + length);
    this.name(r, length);
    this.seqid = r.u32();
    return this.checked(r, from + 3);
  }

  private old(r: Reader, from: i32): Read {
    if (r.size - from < 4) return this.needs(from + 4);
    r.seek(from);
    const length = r.i32();
    if (<u32>length > <u32>MAX_NAME) return this.bad("name too long", from);
    if (r.left < length + 5) return this.needs(from + 9 + length);
    this.name(r, length);
    this.type = r.u8();
    this.seqid = r.u32();
    return this.checked(r, from + 4 + length);
  }

  private compact(r: Reader, from: i32): Read {
    this.type = (r.peek(from + 1) >> 5) & 7;
    r.seek(from + 2);
    const seqid = varint32(r), lengthAt = r.at, length = r.bad ? 0 : varint32(r);
    if (seqid < 0 || length < 0 || length > MAX_NAME) return this.bad(seqid < 0 ? "bad sequence id" : "name too long", seqid < 0 ? from + 2 : lengthAt);
    if (r.bad) return this.needs(r.size + 1);
    if (r.left < <i32>length) return this.needs(r.at + <i32>length);
    this.seqid = <u32>seqid;
    this.name(r, <i32>length);
    return this.checked(r, from + 1);
  }

  private name(r: Reader, length: i32): void {
    this.nameAt = r.at;
    this.nameLength = length;
    r.skip(length);
  }

  private checked(r: Reader, typeAt: i32): Read {
    this.end = r.at;
    this.named = true;
    return <u32>(this.type - Type.CALL) <= <u32>(Type.ONEWAY - Type.CALL) ? Read.Done : this.bad("unknown message type", typeAt);
  }

  private needs(bytes: i32): Read {
    this.need = bytes;
    return Read.Need;
  }

  /** Says that it cannot be taken for one, and where. */
  bad(why: string, at: i32): Read {
    this.why = why;
    this.badAt = at;
    return Read.Bad;
  }
}

/** A number of 32 bits in 7-bit groups, lowest first; -1 if it has more. The reader is bad if the bytes end in it. */
export function varint32(r: Reader): i64 {
  let value: u64 = 0;
  for (let i = 0; i < 5; i++) {
    const byte = r.u8();
    if (r.bad) return 0;
    value |= <u64>(byte & 0x7f) << (7 * i);
    if (byte & 0x80) continue;
    return value > <u64>u32.MAX_VALUE ? -1 : <i64>value;
  }
  return -1;
}
