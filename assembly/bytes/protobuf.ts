/** The little of Protocol Buffers (protobuf.dev/programming-guides/encoding) that Envoy's foreign functions and gRPC services need. */
import { Reader } from "./reader";
import { Writer } from "./writer";

export enum WireType { Varint = 0, Fixed64 = 1, Bytes = 2, Fixed32 = 5 }

export function writeVarint(out: Writer, value: u64): void {
  let rest = value;
  for (; rest > 0x7f; rest >>= 7) out.u8(<i32>(rest & 0x7f) | 0x80);
  out.u8(<i32>rest);
}

export function writeTag(out: Writer, field: i32, type: WireType): void { writeVarint(out, <u64>(field << 3 | type)); }

/** A number or truth value; zero is left out, as proto3 does. */
export function writeNumber(out: Writer, field: i32, value: u64): void {
  if (value == 0) return;
  writeTag(out, field, WireType.Varint);
  writeVarint(out, value);
}

/** Bytes, or a message that was written before. */
export function writeBytes(out: Writer, field: i32, at: usize, length: i32): void {
  if (length == 0) return;
  writeTag(out, field, WireType.Bytes);
  writeVarint(out, length);
  out.bytes(at, length);
}

export function writeText(out: Writer, field: i32, text: string): void {
  const length = String.UTF8.byteLength(text);
  if (length == 0) return;
  writeTag(out, field, WireType.Bytes);
  writeVarint(out, length);
  out.text(text);
}

/** Walks the fields of a message, in place. Bytes that are none end the walk and set `reader.bad`. */
@final
export class FieldReader {
  field: i32 = 0;
  type: WireType = WireType.Varint;
  /** Of a number. */
  value: u64 = 0;
  /** Of bytes. */
  at: usize = 0;
  length: i32 = 0;

  constructor(public reader: Reader = new Reader()) {}

  reset(at: usize, size: i32): this {
    this.reader.reset(at, size);
    return this;
  }

  /** Moves to the next field; false behind the last. */
  next(): bool {
    const r = this.reader;
    if (r.left == 0 || r.bad) return false;
    const tag = readVarint(r);
    // A tag is 32 bits, and no field has number 0: readers refuse what else there is, and so nothing is taken for another field.
    if (tag > <u64>u32.MAX_VALUE || tag < 8) r.fail();
    this.field = <i32>(tag >> 3);
    this.type = <WireType>(tag & 7);
    this.length = 0;
    switch (this.type) {
      case WireType.Varint: this.value = readVarint(r); break;
      case WireType.Fixed64: this.value = r.u64le(); break;
      case WireType.Fixed32: this.value = <u64>r.u32le(); break;
      case WireType.Bytes: {
        const length = readVarint(r);
        this.at = r.base + r.at;
        this.length = length > <u64>i32.MAX_VALUE ? -1 : <i32>length;
        r.skip(this.length);
        break;
      }
      default: r.fail();
    }
    return !r.bad;
  }

  /** Bytes as text; allocates. */
  text(): string { return String.UTF8.decodeUnsafe(this.at, this.length); }
}

export function readVarint(r: Reader): u64 {
  let value: u64 = 0;
  for (let shift: u64 = 0; shift < 70; shift += 7) {
    const byte = r.u8();
    if (shift < 64) value |= <u64>(byte & 0x7f) << shift;
    if (byte < 0x80) return value;
  }
  r.fail();
  return 0;
}
