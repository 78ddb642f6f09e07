/**
 * OTLP's messages in protobuf (opentelemetry-proto v1, common.proto, trace.proto, logs.proto), the parts that spans and log
 * records need. Names are bytes made at configure time; nothing here allocates.
 */
import { WireType, writeTag, writeVarint } from "../../bytes/protobuf";
import { cutUtf8, utf8Length } from "../../bytes/utf8";
import { Writer } from "../../bytes/writer";

/** AnyValue: its fields. */
const STRING = 1, INT = 3;
/** KeyValue: its fields. */
const KEY = 1, VALUE = 2;

/** Longest text value of an attribute, in bytes; what is longer is cut. */
export const MAX_VALUE: i32 = 256;

/** Bytes that a number takes as varint. */
export function varintSize(value: u64): i32 {
  let size = 1;
  for (let rest = value >> 7; rest; rest >>= 7) size++;
  return size;
}

/** Bytes of a length-delimited field with a field number below 16. */
@inline function fieldSize(length: i32): i32 { return 1 + varintSize(length) + length; }

/** A fixed64 field; zero is left out. */
export function writeFixed64(out: Writer, field: i32, value: u64): void {
  if (value == 0) return;
  writeTag(out, field, WireType.Fixed64);
  out.u64le(value);
}

/** Tag and length of a length-delimited field; its bytes follow. */
export function writeHead(out: Writer, field: i32, length: i32): void {
  writeTag(out, field, WireType.Bytes);
  writeVarint(out, length);
}

/** An attribute (KeyValue in this field) with a text value: at most MAX_VALUE bytes, and what is no UTF-8 becomes `?`. */
export function writeTextAttribute(out: Writer, field: i32, key: StaticArray<u8>, at: usize, length: i32): void {
  const kept = cutUtf8(at, length, MAX_VALUE);
  writeKey(out, field, key, fieldSize(kept));
  writeTextField(out, STRING, at, kept);
}

export function writeIntAttribute(out: Writer, field: i32, key: StaticArray<u8>, value: i64): void {
  writeKey(out, field, key, 1 + varintSize(<u64>value));
  writeTag(out, INT, WireType.Varint);
  writeVarint(out, <u64>value);
}

/** An AnyValue in this field that is a text. */
export function writeTextValue(out: Writer, field: i32, at: usize, length: i32): void {
  writeHead(out, field, fieldSize(length));
  writeTextField(out, STRING, at, length);
}

/** A text field, also an empty one; what is no UTF-8 becomes `?`, since one bad byte makes a collector refuse a whole batch. */
export function writeTextField(out: Writer, field: i32, at: usize, length: i32): void {
  writeHead(out, field, length);
  const start = out.length;
  out.bytes(at, length);
  for (let i = 0; i < length;) {
    const n = utf8Length(at + i, length - i);
    if (n == 0) out.patch8(start + i, 0x3f);
    i += max(n, 1);
  }
}

/** A KeyValue up to its value, whose AnyValue takes so many bytes. */
function writeKey(out: Writer, field: i32, key: StaticArray<u8>, valueSize: i32): void {
  writeHead(out, field, fieldSize(key.length) + fieldSize(valueSize));
  writeHead(out, KEY, key.length);
  out.bytes(changetype<usize>(key), key.length);
  writeHead(out, VALUE, valueSize);
}

/**
 * What stands before the items in an export request, for traces and logs alike: request.1 { 1: resource, 2: { 1: scope,
 * 2: items... } }. `resource` and `scope` are fields 1, with their tags; `items` bytes of fields 2 follow.
 */
export function writeEnvelope(out: Writer, resource: Writer, scope: Writer, items: i32): void {
  const scoped = scope.length + items;
  writeHead(out, 1, resource.length + fieldSize(scoped));
  out.bytes(resource.base, resource.length);
  writeHead(out, 2, scoped);
  out.bytes(scope.base, scope.length);
}
