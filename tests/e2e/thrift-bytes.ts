/** Thrift messages as bytes, for peers that do what no library does: read slowly, stop half way, lie. */
import { deflateSync } from "node:zlib";
import { noises } from "./noise.ts";

export const CALL = 1, REPLY = 2, ONEWAY = 4;
/** How messages begin: nothing, binary, compact, framed, THeader. */
const STARTS = ["", "80010001000000046563686f00000001", "822101046563686f", "00000ffc80010001000000046563686f00000001", "00000ffc0fff00000000000000020000"].map((hex) => Buffer.from(hex, "hex"));
const STRING = 0x0b, STRUCT = 0x0c, LIST = 0x0f, STOP = 0;

const u32 = (value: number): Buffer => { const bytes = Buffer.alloc(4); bytes.writeUInt32BE(value >>> 0); return bytes; };

/** A binary message with one field that holds bytes: `blob` asked for, or answered. */
export function message(type: number, method: string, data: Buffer, seqid = 0): Buffer {
  const field = Buffer.from([STRING, 0, type === REPLY ? 0 : 1]);
  return Buffer.concat([begin(type, method, seqid), field, u32(data.length), data, Buffer.from([STOP])]);
}

/** How a compact call begins; its sequence id follows, a varint. */
export const COMPACT_CALL = Buffer.from("8221", "hex");

/** A compact reply with bytes as its result, for the sequence id as the request wrote it. */
export function compactReply(method: string, data: Buffer, seqid: Buffer): Buffer {
  const head = [Buffer.from("8241", "hex"), seqid, Buffer.from([method.length]), Buffer.from(method)];
  return Buffer.concat([...head, Buffer.from([0x08, 0]), varint(data.length), data, Buffer.from([STOP])]);
}

function varint(value: number): Buffer {
  const bytes: number[] = [];
  for (; value > 0x7f; value >>>= 7) bytes.push(value & 0x7f | 0x80);
  return Buffer.from([...bytes, value]);
}

export const framed = (payload: Buffer, length = payload.length): Buffer => Buffer.concat([u32(length), payload]);

/** A THeader frame; `infos` is what follows the protocol and the transforms. */
export function theader(payload: Buffer, { transforms = [] as number[], infos = Buffer.alloc(0), words = -1 } = {}): Buffer {
  const header = Buffer.concat([Buffer.from([0, transforms.length, ...transforms]), infos]);
  const padded = Buffer.concat([header, Buffer.alloc((4 - header.length % 4) % 4)]);
  const size = Buffer.alloc(2);
  size.writeUInt16BE(words < 0 ? padded.length / 4 : words);
  return framed(Buffer.concat([Buffer.from("0fff0000", "hex"), u32(0), size, padded, payload]));
}

function begin(type: number, method: string, seqid: number): Buffer {
  return Buffer.concat([u32(0x80010000 | type), u32(method.length), Buffer.from(method), u32(seqid)]);
}

/** What no peer of good will sends, each for a connection of its own. */
export function hostile(): Buffer[] {
  const open = begin(CALL, "echo", 1), echo = message(CALL, "echo", Buffer.from("x"));
  const nested = (levels: number): Buffer => Buffer.concat([open, ...Array.from({ length: levels }, () => Buffer.from([STRUCT, 0, 1]))]);
  const many = (of: number, count: number): Buffer => Buffer.concat([open, Buffer.from([LIST, 0, 1, of]), u32(count)]);
  const crooked = [
    u32(0x80010001), Buffer.from("80010001ffffffff", "hex"), Buffer.from("800100017fffffff", "hex"), Buffer.from("80010005000000016100000000", "hex"),
    Buffer.from("8221ffffffffffffffffff", "hex"), Buffer.from("822100ffffffff7f61", "hex"), Buffer.from("82fe0004", "hex"),
    nested(100), nested(100_000), many(STRUCT, 0x7fffffff), many(STRING, 0xffffffff), many(0x63, 10), many(2, 0x7fffffff),
  ];
  const bomb = theader(deflateSync(Buffer.alloc(64 << 20)), { transforms: [1] });
  const headers = [
    theader(echo, { words: 0xffff }), theader(echo, { words: 0 }), theader(echo, { infos: Buffer.from("01ffffffff7f", "hex") }),
    theader(echo, { infos: Buffer.from("0101ffffff7f61", "hex") }), theader(echo, { transforms: [99] }), theader(Buffer.from("zz"), { transforms: [1] }), bomb,
  ];
  return [
    Buffer.from("GET / HTTP/1.1\r\nHost: x\r\n\r\n"), Buffer.from("160301", "hex"), u32(0), u32(0xffffffff), Buffer.concat([u32(0x3fffffff), echo]),
    Buffer.concat([u32(4), echo]), ...crooked, ...crooked.map((bytes) => framed(bytes)), ...headers, ...noises(60, 4096, STARTS),
  ];
}
