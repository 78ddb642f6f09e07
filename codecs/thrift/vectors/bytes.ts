/**
 * Thrift messages put together by hand for the made vectors; shares nothing with the codec.
 * https://github.com/apache/thrift/tree/master/doc/specs
 */
import { deflateSync } from "node:zlib";

export const CALL = 1, REPLY = 2, EXCEPTION = 3, ONEWAY = 4;

export const bytes = (...values: number[]): Buffer => Buffer.from(values);
export const join = (...parts: Buffer[]): Buffer => Buffer.concat(parts);
export const repeat = (part: Buffer, times: number): Buffer => Buffer.concat(Array.from({ length: times }, () => part));
export const hex = (text: string): Buffer => Buffer.from(text.replaceAll(" ", ""), "hex");
export const ascii = (text: string): Buffer => Buffer.from(text, "latin1");

export function u32(value: number): Buffer {
  const out = Buffer.alloc(4);
  out.writeUInt32BE(value >>> 0);
  return out;
}

/** A number in 7-bit groups, lowest first. */
export function varint(value: number): Buffer {
  const out: number[] = [];
  let rest = value;
  for (; rest >= 0x80; rest = Math.floor(rest / 0x80)) out.push((rest % 0x80) | 0x80);
  return bytes(...out, rest);
}

export const STOP = bytes(0);
/** One string field, of a call's first argument. */
export const ARGUMENT = join(bytes(0x0b, 0, 1), u32(1), ascii("x"), STOP);
export const COMPACT_ARGUMENT = hex("18 01 78 00");

export const strict = (name: string, struct: Buffer = ARGUMENT, type = CALL, seqid = 7): Buffer =>
  join(bytes(0x80, 1, 0, type), u32(name.length), ascii(name), u32(seqid), struct);
export const old = (name: string, struct: Buffer = ARGUMENT, type = CALL, seqid = 7): Buffer =>
  join(u32(name.length), ascii(name), bytes(type), u32(seqid), struct);
export const compact = (name: string, struct: Buffer = COMPACT_ARGUMENT, type = CALL, seqid = 7): Buffer =>
  join(bytes(0x82, (type << 5) | 1), varint(seqid), varint(name.length), ascii(name), struct);

/** `length`: what the frame says of itself; the truth if absent. */
export const framed = (content: Buffer, length = content.length): Buffer => join(u32(length), content);

/** What Finagle's clients begin with; its struct is empty. */
export const PROBE = "__can__finagle__trace__v3__";

export const text = (value: string): Buffer => join(varint(Buffer.byteLength(value)), Buffer.from(value));
export const pairs = (id: number, keys: Record<string, string>): Buffer =>
  join(bytes(id), varint(Object.keys(keys).length), ...Object.entries(keys).flat().map(text));

export interface HeaderFields {
  flags?: number;
  seqid?: number;
  /** 0: binary, 2: compact. */
  protocol?: number;
  transforms?: number[];
  infos?: Buffer;
  /** What the header says of its length in words; the truth if absent. */
  words?: number;
}

export function theader(payload: Buffer, { flags = 0, seqid = 7, protocol = 0, transforms = [], infos = Buffer.alloc(0), words }: HeaderFields = {}): Buffer {
  const content = join(varint(protocol), varint(transforms.length), ...transforms.map(varint), infos);
  const padded = join(content, Buffer.alloc((4 - content.length % 4) % 4));
  const fixed = Buffer.alloc(10);
  fixed.writeUInt16BE(0x0fff, 0);
  fixed.writeUInt16BE(flags, 2);
  fixed.writeUInt32BE(seqid, 4);
  fixed.writeUInt16BE(words ?? padded.length / 4, 8);
  return framed(join(fixed, padded, payload));
}

export const zlibbed = (payload: Buffer, fields: HeaderFields = {}): Buffer => theader(deflateSync(payload), { ...fields, transforms: [1] });
