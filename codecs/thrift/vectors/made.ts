/** Vectors that are put together by hand: what breaks, and what the libraries read and none of them writes. */
import { deflateRawSync, deflateSync } from "node:zlib";
import type { BadVector, Cost, GoodVector, Vector } from "../../../tests/contract/vectors.ts";
import {
  ascii, ARGUMENT, bytes, CALL, compact, EXCEPTION, framed, hex, join, old, ONEWAY, pairs, PROBE, repeat, REPLY, STOP, strict, text, theader, u32, varint, zlibbed,
} from "./bytes.ts";

const INSIDE = ["service", "method", "type", "seqid"];
const BINARY_SPEC = "by hand, thrift-binary-protocol.md", HEADER_SPEC = "by hand, HeaderFormat.md";
const FINAGLE = "by hand, twitter/finagle TTwitterClientFilter";
const UNREADABLE = "the payload cannot be read";

const bad: BadVector[] = [];

function add(costs: Cost, name: string, why: string, content: Buffer, hidden?: string[], direction: "request" | "response" = "request"): void {
  bad.push({ name, bad: true, why, direction, costs, ...(hidden ? { hidden } : {}), hex: content.toString("hex") });
}

/** What is no Thrift, or so at a connection's beginning. */
function beginnings(): void {
  add("connection", "http", "HTTP instead of Thrift", ascii("GET / HTTP/1.1\r\nHost: x\r\n\r\n"));
  add("connection", "tls", "a TLS hello instead of Thrift", hex("16 03 01 02 00 01 00 01 fc 03 03 00 00 00 00 00 00"));
  add("connection", "http2", "an HTTP/2 preface instead of Thrift", ascii("PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n"));
  add("connection", "ttheader", "Kitex's TTHeader, magic 0x1000", framed(hex("1000 0000 00000007 0001 00 00 00 00")));
  add("connection", "binary-version", "version 2 of the binary protocol", join(hex("8002"), strict("echo").subarray(2)));
  add("connection", "compact-version", "version 2 of the compact protocol", join(hex("8222"), compact("echo").subarray(2)));
  add("connection", "frame-negative", "the frame's length is -1", framed(strict("echo"), -1));
  add("connection", "frame-minimum", "the frame's length is -2^31", framed(strict("echo"), -0x8000_0000));
  add("connection", "frame-maximum", "the frame's length is 2^31-1", framed(strict("echo"), 0x7fff_ffff));
  add("connection", "frame-empty", "a frame of no bytes", join(framed(Buffer.alloc(0)), framed(strict("echo"))));
  add("connection", "frame-other", "a frame of something else", framed(ascii("\x01hello")));
  add("connection", "old-name-long", "an old binary message whose name has 1 MiB, unframed", join(u32(1 << 20), ascii("echo"), bytes(CALL), u32(1)));
  add("connection", "old-type-unknown", "an old binary message of type 9, unframed", old("echo", ARGUMENT, 9));
  add("connection", "old-framed-type-unknown", "an old binary message of type 9, framed, where nothing has shown yet that this is Thrift", framed(old("echo", ARGUMENT, 9)));
  add("connection", "reply-http", "a server that answers in HTTP", ascii("HTTP/1.1 400 Bad Request\r\n\r\n"), undefined, "response");
  add("connection", "reply-frame-negative", "the length of a reply is -1", framed(strict("echo", STOP, REPLY), -1), undefined, "response");
  add("time", "cut-in-length", "three of the four bytes of a frame's length", u32(20).subarray(0, 3));
  add("time", "cut-in-name", "the last byte of a name never comes", framed(strict("echo")).subarray(0, 15));
  add("time", "cut-in-header", "13 of the 14 bytes that a THeader begins with", theader(strict("echo")).subarray(0, 13));
  add("time", "cut-in-struct", "an unframed struct without its end", strict("echo", ARGUMENT.subarray(0, -1)));
  add("time", "cut-in-frame", "the last byte of a frame never comes", framed(strict("echo")).subarray(0, -1));
}

/** A frame whose message is not one. */
function frames(): void {
  const call = strict("echo");
  add("message", "type-unknown", "message type 9", framed(strict("echo", ARGUMENT, 9)));
  add("message", "type-zero", "message type 0", framed(strict("echo", ARGUMENT, 0)));
  add("message", "type-compact-unknown", "message type 7", framed(compact("echo", STOP, 7)));
  add("message", "type-reply", "a reply from a client", framed(strict("echo", STOP, REPLY)));
  add("message", "type-exception", "an exception from a client", framed(compact("echo", STOP, EXCEPTION)));
  add("message", "name-beyond-frame", "a name of 100 bytes in a frame of 20", framed(join(hex("80010001"), u32(100), ascii("echo"), u32(7), STOP)));
  add("message", "name-negative", "a name of -1 bytes", framed(join(hex("80010001 ffffffff"), ascii("echo"), u32(7), STOP)));
  add("message", "name-minimum", "a name of -2^31 bytes", framed(join(hex("80010001 80000000"), ascii("echo"), u32(7), STOP)));
  add("message", "name-long", "a name of 5,000 bytes", framed(strict("n".repeat(5000))));
  add("message", "name-compact-long", "a name of 2^32-1 bytes", framed(join(hex("8221 07 ffffffff0f"), ascii("echo"), STOP)));
  add("message", "name-compact-overlong", "a name whose length has six bytes", framed(join(hex("8221 07 848080808000"), ascii("echo"), STOP)));
  add("message", "seqid-overlong", "a sequence id of ten bytes", framed(join(hex("8221 ffffffffffffffffff01 04"), ascii("echo"), STOP)));
  add("message", "seqid-33-bits", "a sequence id of more than 32 bits", framed(join(hex("8221 ffffffff1f 04"), ascii("echo"), STOP)));
  add("message", "seqid-missing", "the frame ends before the sequence id", framed(call.subarray(0, 12)));
  add("message", "head-cut", "the frame ends in the first four bytes", framed(hex("8001 00")));
  add("message", "reply-type-call", "a call from a server", framed(strict("echo", STOP, CALL)), undefined, "response");
  add("message", "reply-type-oneway", "a one-way call from a server", framed(compact("echo", STOP, ONEWAY)), undefined, "response");
  for (const name of ["a:b:c", ":echo", "echo:", "a::b", "echo\0x"]) {
    add("keys", `name-${name.replaceAll(":", "-colon-").replace("\0", "-zero-").replaceAll("--", "-").replace(/^-|-$/g, "")}`,
      `a name that servers split in different ways: ${JSON.stringify(name)}`, framed(strict(name)), ["service", "method"]);
  }
  add("connection", "reply-name-beyond-frame", "a name of 100 bytes in a frame of 20", framed(join(hex("80010002"), u32(100), ascii("echo"), u32(7), STOP)), undefined, "response");
}

/** Frames that do not end where their message does: servers read a second message in what is left, or go on in the next frame. */
function ends(): void {
  const call = strict("echo"), drop = strict("drop", ARGUMENT, CALL, 8), small = compact("echo"), zlib = (content: Buffer): Buffer => theader(content, { transforms: [1] });
  add("message", "frame-two-messages", "a second message behind the first, in one frame", framed(join(call, drop)));
  add("message", "frame-two-messages-compact", "the same, compact", framed(join(small, compact("drop", undefined, CALL, 8))));
  add("message", "frame-two-messages-header", "the same behind a THeader", theader(join(call, drop)));
  add("message", "frame-two-messages-deflated", "the same, deflated", zlib(deflateSync(join(call, drop))));
  add("message", "frame-behind-deflated", "a message behind the deflated one", zlib(join(deflateSync(call), drop)));
  add("message", "frame-deflated-twice-over", "two deflated messages, one behind the other", zlib(join(deflateSync(call), deflateSync(drop))));
  add("message", "frame-byte-behind", "one byte behind the message", framed(join(call, STOP)));
  add("message", "frame-ends-in-struct", "the frame ends before the struct does", framed(call.subarray(0, -1)));
  add("message", "frame-ends-in-text", "a text of 100 bytes in a frame of 30", framed(strict("echo", join(hex("0b 0001"), u32(100), ascii("x"), STOP))));
  add("message", "frame-ends-in-deflated", "the deflated bytes end before the struct does", zlib(deflateSync(call.subarray(0, -1))));
  add("message", "frame-ends-behind-name", "a message without a struct", framed(strict("echo", Buffer.alloc(0))));
  add("message", "frame-struct-type-unknown", "a field of type 99", framed(strict("echo", hex("63 0001 00 00 00"))));
  add("message", "frame-struct-deep", "1,025 structs in one another", framed(strict("echo", join(repeat(hex("0c 0001"), 1024), repeat(STOP, 1025)))));
  add("message", "reply-two-messages", "a second reply behind the first, in one frame",
    framed(join(strict("echo", STOP, REPLY), strict("echo", STOP, REPLY, 8))), undefined, "response");
}

/** What Finagle's clients ask, and what they write where a server has agreed: it is not read here. */
function finagle(): void {
  const probe = strict(PROBE, STOP, CALL, 0), header = join(hex("0a 0001"), u32(1), u32(2), STOP);
  add("message", "finagle-oneway", "the probe as a one-way call", framed(strict(PROBE, STOP, ONEWAY, 0)));
  add("message", "finagle-reply", "the probe as a reply", framed(strict(PROBE, STOP, REPLY, 0)));
  add("message", "finagle-two-messages", "a call behind the probe, in one frame", framed(join(probe, strict("drop"))));
  add("message", "finagle-cut", "the probe without its struct", framed(strict(PROBE, Buffer.alloc(0), CALL, 0)));
  add("connection", "finagle-header-empty", "an empty header before a message", framed(join(STOP, strict("echo"))));
  add("connection", "finagle-header", "a header with a trace before a message", framed(join(header, strict("echo"))));
}

/** Unframed: who cannot read the struct cannot find the next message. */
function structs(): void {
  const open = (levels: number): Buffer => repeat(bytes(0x0c, 0, 1), levels);
  add("connection", "struct-type-unknown", "a field of type 99", strict("echo", hex("63 0001 00 00 00")));
  add("connection", "struct-string-negative", "a string of -1 bytes", strict("echo", join(hex("0b 0001 ffffffff"), STOP, STOP)));
  add("connection", "struct-list-negative", "a list of -1 values", strict("echo", join(hex("0f 0001 08 ffffffff"), STOP, STOP)));
  add("connection", "struct-list-type", "a list of a type that is none", strict("echo", join(hex("0f 0001 63 00000002"), STOP, STOP)));
  add("connection", "struct-map-negative", "a map of -1 pairs", strict("echo", join(hex("0d 0001 0b 0b ffffffff"), STOP, STOP)));
  add("connection", "struct-map-type", "a map of a type that is none", strict("echo", join(hex("0d 0001 0b 63 00000001 00000000"), STOP, STOP)));
  add("connection", "struct-deep", "1,025 structs in one another", strict("echo", join(open(1024), repeat(STOP, 1025))));
  add("connection", "struct-deeper", "2,000 structs in one another", strict("echo", join(open(2000), repeat(STOP, 2001))));
  add("connection", "struct-lists-deep", "1,100 lists in one another", strict("echo", join(hex("0f 0001"), repeat(join(bytes(0x0f), u32(1)), 1100), STOP, STOP)));
  add("connection", "compact-type-unknown", "a field of type 14", compact("echo", hex("1e 00 00")));
  add("connection", "compact-list-type", "a list of type 0", compact("echo", hex("19 20 00 00")));
  add("connection", "compact-number-endless", "an integer of 20 bytes", compact("echo", join(hex("15"), repeat(bytes(0xff), 20), STOP)));
  add("connection", "compact-string-long", "a string of 2^32-1 bytes", compact("echo", hex("18 ffffffff0f 00 00")));
  add("connection", "compact-deep", "1,100 structs in one another", compact("echo", join(repeat(bytes(0x1c), 1100), repeat(STOP, 1101))));
  add("connection", "compact-list-numbers-endless", "an integer of 20 bytes in a list", compact("echo", join(hex("19 25"), repeat(bytes(0x80), 20), STOP)));
  add("time", "struct-list-huge", "a list of 2^31-1 empty structs that never come", strict("echo", join(hex("0f 0001 0c 7fffffff"), repeat(STOP, 100))));
  add("time", "struct-string-huge", "a string of 2^31-1 bytes that never come", strict("echo", join(hex("0b 0001 7fffffff"), ascii("x"))));
  add("time", "struct-doubles-huge", "2^31-1 doubles that never come, more bytes than an i32 counts", strict("echo", join(hex("0f 0001 04 7fffffff"), repeat(STOP, 16))));
  add("connection", "reply-struct-type-unknown", "a field of type 99", strict("echo", hex("63 0001 00 00 00"), REPLY), undefined, "response");
  add("connection", "reply-struct-deep", "1,100 structs in one another", strict("echo", join(open(1100), repeat(STOP, 1101)), REPLY), undefined, "response");
}

function headers(): void {
  const call = strict("echo");
  add("message", "header-beyond-frame", "the header says that it has 262,140 bytes", theader(call, { words: 0xffff }));
  add("message", "header-empty", "a header without protocol and transforms", theader(call, { words: 0 }));
  add("message", "header-short", "a frame that ends before the header's length", framed(hex("0fff 0000 00000007")));
  add("message", "header-number-endless", "the protocol's number does not end", framed(join(hex("0fff 0000 00000007 0001 ffffffff"), call)));
  add("message", "header-transforms-many", "2^28 transforms", framed(join(hex("0fff 0000 00000007 0002 00 8080808001 0000"), call)));
  add("message", "header-hmac", "a transform of old whose length nobody knows", theader(call, { transforms: [2] }));
  add("message", "header-key-beyond", "a key that is longer than the header", theader(call, { infos: join(bytes(1, 1), varint(100), ascii("user")) }));
  add("message", "header-key-huge", "a key of 2^32-1 bytes", theader(call, { infos: join(bytes(1, 1), hex("ffffffff0f"), ascii("user")) }));
  add("message", "header-value-beyond", "a value that is longer than the header", theader(call, { infos: join(bytes(1, 1), text("user"), varint(50), ascii("x")) }));
  add("message", "header-pairs-many", "a header of 2^28 pairs", theader(call, { infos: join(hex("01 8080808001"), text("user"), text("test")) }));
  add("message", "header-pairs-missing", "two pairs are promised, one is there", theader(call, { infos: join(bytes(1, 2), text("user"), text("test-")) }));
  add("message", "header-protocol-differs", "the header says compact, the message is binary", theader(call, { protocol: 2 }));
  add("message", "header-protocol-differs-too", "the header says binary, the message is compact", theader(compact("echo")));
  add("message", "header-persistent-many", "1,000 keys that are to hold for all later messages",
    theader(call, { infos: pairs(2, Object.fromEntries(Array.from({ length: 1000 }, (_, n) => [`key${n}`, "x"]))) }));
  add("message", "header-without-message", "nothing behind the header", theader(Buffer.alloc(0)));
  add("message", "reply-header-key-beyond", "a key that is longer than the header",
    theader(strict("echo", STOP, REPLY), { infos: join(bytes(1, 1), varint(100), ascii("user")) }), undefined, "response");
  add("keys", "header-protocol-json", "a protocol that this codec does not know", theader(ascii("[1,\"echo\",1,7,{}]"), { protocol: 1 }), [...INSIDE, "protocol"]);
  add("keys", "header-snappy", "a transform that this codec does not know", theader(call, { transforms: [3] }), INSIDE);
  add("keys", "header-zlib-twice", "deflated twice", theader(deflateSync(deflateSync(call)), { transforms: [1, 1] }), INSIDE);
}

function deflated(): void {
  const call = strict("echo"), zlib = (content: Buffer): Buffer => theader(content, { transforms: [1] });
  add("keys", "zlib-other", "what is said to be deflated is not", zlib(call), INSIDE);
  add("keys", "zlib-raw", "deflated without zlib's own header", zlib(deflateRawSync(call)), INSIDE);
  add("keys", "zlib-cut", "the deflated bytes end too soon", zlib(deflateSync(call).subarray(0, 8)), INSIDE);
  add("keys", "zlib-dictionary", "deflated with a dictionary", zlib(deflateSync(call, { dictionary: ascii("echo") })), INSIDE);
  add("keys", "zlib-block-kind", "a block of a kind that is none", zlib(hex("789c 07 00 00")), INSIDE);
  add("keys", "zlib-distance", "a copy of bytes that are not there", zlib(hex("789c 03 02 00 00 00")), INSIDE);
  add("keys", "zlib-stored-length", "a stored block whose lengths disagree", zlib(hex("7801 01 0400 0000 80010001")), INSIDE);
  add("keys", "zlib-empty-blocks", "33,000 bytes of empty blocks before the message", zlib(join(hex("7801"), repeat(hex("00 0000 ffff"), 6600), deflateRawSync(call))), INSIDE);
  add("message", "zlib-bomb", "8 MiB of zeros, deflated: a message without a name", zlib(deflateSync(Buffer.alloc(8 << 20))));
  add("message", "zlib-name-long", "a name of 5,000 bytes, deflated", zlibbed(strict("n".repeat(5000))));
  add("message", "zlib-type-unknown", "message type 9, deflated", zlibbed(strict("echo", ARGUMENT, 9)));
  add("message", "zlib-http", "HTTP, deflated", zlibbed(ascii("GET / HTTP/1.1\r\n\r\n")));
}

const good: GoodVector[] = [];

function addGood(name: string, origin: string, content: Buffer, expect: Partial<GoodVector["expect"]>, direction: "request" | "response" = "request", options?: object): void {
  // the end of an unframed message is found by reading it
  const size = content[0] === 0 && content.readUInt32BE(0) === content.length - 4 ? content.length : -1;
  good.push({ name, origin, direction, ...(options ? { options } : {}), expect: { kind: "Call", size, ...expect }, hex: content.toString("hex") });
}

/** What the libraries can read and none of ours writes. */
function byHand(): void {
  const metadata = { method: "echo", seqid: "7", protocol: "binary" }, absent = ["service"];
  addGood("framed-old-binary-request", BINARY_SPEC, framed(old("echo")), { expect: "Some", metadata: { ...metadata, transport: "framed" }, absent });
  addGood("framed-old-binary-oneway", BINARY_SPEC, framed(old("echo", ARGUMENT, ONEWAY)), { expect: "None", metadata: { ...metadata, type: "oneway", transport: "framed" } });
  addGood("unframed-old-binary-request", BINARY_SPEC, old("echo"), { expect: "Some", metadata: { ...metadata, transport: "unframed" }, absent });
  addGood("framed-exception-reply", BINARY_SPEC, framed(strict("echo", join(hex("0b 0001"), u32(2), ascii("no"), hex("08 0002 00000007 00")), EXCEPTION)),
    { outcome: "Server", code: 7, metadata: { type: "exception" } }, "response");
  addGood("unframed-old-binary-reply", BINARY_SPEC, old("echo", hex("0b 0000 00000001 78 00"), REPLY), { outcome: "Ok", metadata: { type: "reply" } }, "response");
  addGood("framed-seqid-negative-request", BINARY_SPEC, framed(strict("echo", ARGUMENT, CALL, -1)), { metadata: { ...metadata, seqid: "-1" } });
  addGood("framed-deep-request", BINARY_SPEC, framed(strict("echo", join(repeat(hex("0c 0001"), 200), repeat(STOP, 201)))), { expect: "Some", metadata });
  const headed = { ...metadata, transport: "header", "header.user": "test" };
  addGood("header-out-of-order-request", HEADER_SPEC, theader(strict("echo"), { flags: 1, infos: pairs(1, { user: "test" }) }), { order: "Free", metadata: headed, absent });
  addGood("header-persistent-request", HEADER_SPEC, theader(strict("echo"), { infos: pairs(2, { user: "test" }) }), { order: "Replies", metadata: headed });
  addGood("header-two-values-request", HEADER_SPEC, theader(strict("echo"), { infos: join(pairs(1, { user: "test" }), pairs(2, { user: "evil" })) }),
    { metadata: { ...headed, "header.user": ["test", "evil"] } });
  addGood("header-unknown-info-request", HEADER_SPEC, theader(strict("echo"), { infos: join(pairs(1, { user: "test" }), hex("09 41 42 43")) }), { metadata: headed });
  addGood("header-zlib-stored-request", HEADER_SPEC, theader(deflateSync(strict("Stock:echo"), { level: 0 }), { transforms: [1], infos: pairs(1, { user: "test" }) }),
    { metadata: { ...headed, service: "Stock" } });
  addGood("header-zlib-dynamic-request", HEADER_SPEC, zlibbed(strict(`Stock:${"echo-chamber/".repeat(300)}`), { infos: pairs(1, { user: "test" }) }),
    { metadata: { ...headed, service: "Stock", method: "echo-chamber/".repeat(300) } });
  addGood("header-snappy-request", HEADER_SPEC, theader(strict("echo"), { transforms: [3], infos: pairs(1, { user: "test" }) }),
    { expect: "Maybe", metadata: { "header.user": "test", transport: "header", protocol: "binary" }, hidden: INSIDE, mayHide: { method: UNREADABLE } });
}

function byHandFinagle(): void {
  const probe = { kind: "Local", expect: "Some", metadata: { method: PROBE, seqid: "0", type: "call" }, absent: ["service"] };
  addGood("framed-finagle-request", FINAGLE, framed(strict(PROBE, STOP, CALL, 0)), probe);
  addGood("framed-compact-finagle-request", FINAGLE, framed(compact(PROBE, STOP, CALL, 0)), probe);
  addGood("framed-finagle-asked-request", FINAGLE, framed(strict(PROBE, STOP, CALL, 0)), { ...probe, kind: "Call", pin: "session", order: "Replies" }, "request", { finagle: true });
  addGood("unframed-finagle-request", FINAGLE, strict(PROBE, STOP, CALL, 0), probe);
  addGood("unframed-old-binary-finagle-request", FINAGLE, old(PROBE, STOP, CALL, 0), probe);
  addGood("header-finagle-request", FINAGLE, theader(strict(PROBE, STOP, CALL, 0), { infos: pairs(1, { user: "test" }) }), { ...probe, metadata: { ...probe.metadata, "header.user": "test" } });
  addGood("framed-finagle-options-request", FINAGLE, framed(strict(PROBE, ARGUMENT, CALL, 9)), { ...probe, metadata: { method: PROBE, seqid: "9" } });
}

/** All vectors that are made here. The first good one each way is framed: bad frames are followed by it. */
export function made(): Vector[] {
  bad.length = 0;
  good.length = 0;
  for (const part of [beginnings, frames, ends, finagle, structs, headers, deflated, byHand, byHandFinagle]) part();
  return [...good, ...bad];
}
