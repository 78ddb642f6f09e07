/** Bad vectors: what no server reads, or servers read in different ways. */
import type { BadVector, Cost } from "../../../tests/contract/vectors.ts";
import { bytes, chunked, END, frame, int, join, map, NULL, openMap, raw, repeat, RESPONSE, short, type FrameFields } from "./bytes.ts";

const USER = "attachment.user";
const SERVED = "attachment.served-by";
const LATIN = (text: string): Buffer => Buffer.from(text, "latin1");

/** The parts of an ordinary request, each of which a vector can replace. */
interface Parts {
  protocol?: Buffer;
  path?: Buffer;
  version?: Buffer;
  method?: Buffer;
  types?: Buffer;
  args?: Buffer;
  attachments?: Buffer;
  after?: Buffer;
}

function body(parts: Parts = {}): Buffer {
  return join(
    parts.protocol ?? short("2.0.2"), parts.path ?? short("org.meltemi.demo.Demo"), parts.version ?? short("1.0.0"),
    parts.method ?? short("hello"), parts.types ?? short("Ljava/lang/String;"), parts.args ?? short("ann"),
    parts.attachments ?? map([short("user"), short("test")]), parts.after ?? Buffer.alloc(0),
  );
}

const request = (parts: Parts, fields?: FrameFields): Buffer => frame(body(parts), fields);
const reply = (content: Buffer): Buffer => frame(content, { flags: RESPONSE, status: 20 });
const generic = (types: string, args: Buffer): Parts => ({ method: short("$invoke"), types: raw(types.length, LATIN(types)), args });
const GENERIC_TYPES = "Ljava/lang/String;[Ljava/lang/String;[Ljava/lang/Object;";
const EMPTY_LIST = bytes(0x78);

const vectors: BadVector[] = [];

function add(costs: Cost, name: string, why: string, content: Buffer, hidden?: string[], direction: "request" | "response" = "request"): void {
  vectors.push({ name, bad: true, why, direction, costs, ...(hidden ? { hidden } : {}), hex: content.toString("hex") });
}

function framing(): void {
  const http = LATIN("GET / HTTP/1.1\r\nHost: x\r\n\r\n");
  const ordinary = request({});
  add("connection", "magic-http", "HTTP instead of Dubbo", http);
  add("connection", "magic-tls", "a TLS hello instead of Dubbo", bytes(0x16, 3, 1, 2, 0, 1, 0, 1, 0xfc, 3, 3, 0, 0, 0, 0, 0, 0));
  add("connection", "magic-second-byte", "only the first byte of the magic is right", join(bytes(0xda, 0xbc), ordinary.subarray(2)));
  add("connection", "length-negative", "the header's length is -1", request({}, { length: -1 }));
  add("connection", "length-minimum", "the header's length is -2^31", request({}, { length: -0x8000_0000 }));
  add("connection", "length-maximum", "the header's length is 2^31-1, with the header more than an i32 holds", request({}, { length: 0x7fff_ffff }));
  add("connection", "reply-magic", "a server that answers in HTTP", LATIN("HTTP/1.1 400 Bad Request\r\n\r\n"), undefined, "response");
  add("connection", "reply-length-negative", "the length of a reply is -1", frame(NULL, { flags: RESPONSE, status: 20, length: -1 }), undefined, "response");
  add("time", "cut-in-header", "15 of the 16 bytes of a header", ordinary.subarray(0, 15));
  add("time", "cut-in-body", "the last byte never comes", ordinary.subarray(0, -1));
}

/** Wrong where every rule looks: the five strings at the body's start. */
function fields(): void {
  add("message", "body-empty", "a request without a body", frame(Buffer.alloc(0)));
  add("message", "body-complete-but-cut", "the header counts the bytes that are there, but the body ends inside the method", frame(body().subarray(0, 36)));
  add("message", "protocol-is-map", "a map where the protocol version should stand", request({ protocol: map([short("a"), short("b")]) }));
  add("message", "path-is-list", "a list where the interface should stand", request({ path: EMPTY_LIST }));
  add("message", "method-is-object", "a class definition where the method should stand",
    request({ method: join(bytes(0x43), short("X"), bytes(0x90, 0x60)) }));
  add("message", "method-beyond-frame", "the method says that it has 65,535 characters", request({ method: raw(0xffff, LATIN("hello")) }));
  add("message", "method-bad-lead-byte", "0xff begins no character", request({ method: raw(2, bytes(0x68, 0xff)) }));
  add("message", "method-four-byte-character", "Hessian knows one to three bytes for a character", request({ method: raw(1, bytes(0xf0, 0x9f, 0x98, 0x80)) }));
  add("message", "method-chunk-without-end", "a chunk that says more follows, then a number", request({ method: join(bytes(0x52, 0, 1), LATIN("h"), bytes(0x90)) }));
  add("message", "types-cut-in-character", "the last character of the body has one byte of its three", frame(join(
    short("2.0.2"), short("org.meltemi.demo.Demo"), short("1.0.0"), short("hello"), bytes(1, 0xe6))));
  add("any", "method-null", "no method at all", request({ method: NULL }));
  add("any", "protocol-absurd", "a protocol version that is no version", request({ protocol: short("9999999999999.-1..x") }));
}

/** Readable for some server, but not as one run of plain UTF-8: a rule must not be led astray. */
function spellings(): void {
  add("keys", "method-chunked", "servers read hello, cut into two chunks", request({ method: chunked("he", "llo") }), ["method"]);
  add("keys", "method-overlong", "Java reads 0xc1 0xa8 as h", request({ method: raw(5, join(bytes(0xc1, 0xa8), LATIN("ello"))) }), ["method"]);
  add("keys", "method-number", "Java's readString takes the int 5 for the text 5", request({ method: bytes(0x95) }), ["method"]);
  add("keys", "path-chunked", "servers read the interface, cut into two chunks", request({ path: chunked("org.meltemi.", "demo.Demo") }), ["interface"]);
  add("keys", "attachment-key-chunked", "servers read the key user, cut into two chunks",
    request({ attachments: map([chunked("us", "er"), short("evil")]) }), [USER]);
  add("keys", "attachment-key-overlong", "Java reads 0xc1 0xb5 as u",
    request({ attachments: map([raw(4, join(bytes(0xc1, 0xb5), LATIN("ser"))), short("evil")]) }), [USER]);
  add("keys", "attachment-value-chunked", "servers read evil, cut into two chunks", request({ attachments: map([short("user"), chunked("ev", "il")]) }), [USER]);
  add("keys", "attachment-value-lone-surrogate", "half a surrogate pair is no character",
    request({ attachments: map([short("user"), raw(2, bytes(0x61, 0xed, 0xa0, 0xbd))]) }), [USER]);
  add("keys", "attachment-value-number", "an int as value", request({ attachments: map([short("user"), bytes(0x95)]) }), [USER]);
  add("keys", "attachment-value-map", "a map as value", request({ attachments: map([short("user"), map([short("user"), short("evil")])]) }), [USER]);
  add("keys", "serialization-unknown", "serialization 31: nobody can read the body", request({}, { flags: 0xdf }),
    ["interface", "version", "group", "method", "parameters", "protocol", USER]);
}

function genericCalls(): void {
  const rest = join(EMPTY_LIST, EMPTY_LIST);
  add("keys", "generic-without-arguments", "$invoke without parameters", request(generic("", Buffer.alloc(0))), ["method"]);
  add("keys", "generic-method-number", "the method of a generic call is an int", request(generic(GENERIC_TYPES, join(bytes(0x95), rest))), ["method"]);
  add("keys", "generic-method-chunked", "the method of a generic call is cut into two chunks",
    request(generic(GENERIC_TYPES, join(chunked("he", "llo"), rest))), ["method"]);
  add("keys", "generic-method-reference", "the method of a generic call refers to an object",
    request(generic(GENERIC_TYPES, join(bytes(0x51, 0x90), rest))), ["method"]);
  add("keys", "generic-method-map", "the method of a generic call is a map",
    request(generic(GENERIC_TYPES, join(map([short("a"), short("b")]), rest))), ["method"]);
  add("message", "generic-method-beyond-frame", "the method of a generic call says that it has 65,535 characters",
    request(generic(GENERIC_TYPES, raw(0xffff, LATIN("hello")))));
}

/** Wrong inside an argument, which has to be walked over to find the attachments. */
function args(): void {
  add("message", "argument-unknown-tag", "0x40 begins no value", request({ args: bytes(0x40) }));
  add("message", "argument-bytes-beyond-frame", "a byte array says that it has 65,535 bytes", request({ args: join(bytes(0x42, 0xff, 0xff), LATIN("x")) }));
  add("message", "argument-list-huge", "a list says that it has 2^31-1 values", request({ args: join(bytes(0x58), int(0x7fff_ffff)) }));
  add("message", "argument-list-negative", "a list says that it has -1 values", request({ args: join(bytes(0x58), int(-1)) }));
  add("message", "argument-list-without-end", "a list of unknown length never ends", request({ args: join(bytes(0x57), short("a")) }));
  add("message", "argument-class-missing", "an object of a class that was never defined", request({ args: bytes(0x65) }));
  add("message", "argument-class-negative", "an object of class number -1", request({ args: join(bytes(0x4f), int(-1)) }));
  add("message", "argument-class-huge", "a class says that it has 2^31-1 fields", request({ args: join(bytes(0x43), short("X"), int(0x7fff_ffff)) }));
  add("message", "argument-end-mark", "an end mark where a value should stand", request({ args: END }));
  add("keys", "argument-deep", "20,000 lists in one another, each with more to come", request({ args: join(repeat(bytes(0x7a), 20_000), repeat(NULL, 20_001)) }), [USER]);
  add("any", "argument-deep-chain", "20,000 lists in one another, each holding one value", request({ args: join(repeat(bytes(0x79), 20_000), NULL) }));
  add("any", "argument-reference-missing", "a reference to object number 9 of none", request({ args: bytes(0x51, 0x99) }));
  add("any", "arguments-too-few", "two parameter types, one value: the attachments are taken for the second", request({ types: short("Ljava/lang/String;I") }));
  add("keys", "arguments-too-many", "no parameter types, one value: it stands where the attachments should", request({ types: short("") }), [USER]);
  add("keys", "types-not-a-descriptor", "Q is no type: how many arguments follow cannot be told", request({ types: short("Qx;") }), [USER]);
}

function attachments(): void {
  add("message", "attachments-without-end", "the map never ends", request({ attachments: openMap([short("user"), short("test")]) }));
  add("message", "attachments-without-value", "the map ends after a key", request({ attachments: join(openMap(), short("user"), END) }));
  add("message", "attachments-value-beyond-frame", "a value says that it has 65,535 characters",
    request({ attachments: openMap([short("user"), raw(0xffff, LATIN("test"))]) }));
  add("keys", "attachments-reference", "servers take the argument, a map, for the attachments",
    request({ types: short("Ljava/util/Map;"), args: map([short("user"), short("evil")]), attachments: bytes(0x51, 0x90) }), [USER]);
  add("any", "attachments-key-number", "an int as key", request({ attachments: map([bytes(0x91), short("x")], [short("user"), short("test")]) }));
}

function events(): void {
  add("message", "event-long", "an event of 5,000 bytes", frame(raw(4997, Buffer.alloc(4997, 0x52)), { flags: 0xe2 }));
  add("any", "event-of-client", "a client that says READONLY", frame(short("R"), { flags: 0xa2 }));
  add("any", "reply-from-client", "a reply to nothing, from a client", frame(bytes(0x92), { flags: RESPONSE, status: 20 }));
  add("message", "reply-event-long", "an event of 5,000 bytes from a server", frame(raw(4997, Buffer.alloc(4997, 0x52)), { flags: 0xa2 }), undefined, "response");
}

function replies(): void {
  const served = map([short("served-by"), short("v1")]);
  const add1 = (name: string, why: string, content: Buffer): void => add("keys", name, why, reply(content), [SERVED], "response");
  add1("reply-type-unknown", "result type 9", join(bytes(0x99), short("x"), served));
  add1("reply-body-empty", "status 20 without a body", Buffer.alloc(0));
  add1("reply-value-missing", "a value with attachments that ends after the type", bytes(0x94));
  add1("reply-attachments-without-end", "the map never ends", join(bytes(0x94), short("x"), openMap([short("served-by"), short("v1")])));
  add1("reply-value-unknown-tag", "0x40 begins no value", join(bytes(0x94, 0x40), served));
  add1("reply-attachments-string", "a text where the attachments should stand", join(bytes(0x94), short("x"), short("served-by")));
}

/** Behind filters that guard: what one server reads in one way and another in another. */
function doubts(): void {
  const told = { path: "org.meltemi.demo.Demo", version: "1.0.0" };
  const said = (more: Record<string, string>): Buffer => map(...Object.entries({ ...told, user: "ann", ...more }).map(([name, value]): [Buffer, Buffer] => [short(name), short(value)]));
  const guard = (costs: "message" | "keys", name: string, why: string, parts: Parts, hidden?: string[]): void => {
    vectors.push({ name, bad: true, why, direction: "request", guarded: true, costs, ...(hidden ? { hidden } : {}), hex: request(parts).toString("hex") });
  };
  guard("message", "doubt-path-with-version", "servers look for path:version", { attachments: said({ path: "p.Sec:2.0.0", version: "" }) });
  guard("message", "doubt-path-with-group", "servers look for group/path", { attachments: said({ path: "admin/p.Pub" }) });
  guard("message", "doubt-group-with-slash", "the same from the group's side", { attachments: said({ group: "a/b" }) });
  guard("message", "doubt-types-without-end", "Lx is one type for a reader, and none for another", { types: short("Lx"), args: Buffer.alloc(0), attachments: said({}) });
  guard("message", "doubt-behind-the-attachments", "a second map", { attachments: join(said({}), said({ user: "evil" })) });
  guard("keys", "doubt-surrogate", "dubbo-go takes the bytes behind half a pair for the other half", { protocol: raw(2, join(bytes(0xed, 0xa0, 0x80), LATIN("a"))), attachments: said({}) }, ["interface", "version", "method", USER]);
  guard("keys", "doubt-surrogate-in-argument", "the same in an argument", { args: raw(1, bytes(0xed, 0xa0, 0x80)), attachments: said({}) }, ["interface", "version", USER]);
  guard("keys", "doubt-version-of-the-head", "dubbo-go reads no version at the head", { attachments: map([short("path"), short("org.meltemi.demo.Demo")]) }, ["version"]);
  guard("keys", "doubt-path-chunked", "the attachment path in two chunks", { attachments: map([short("path"), chunked("p.", "Sec")], [short("version"), short("1.0.0")]) }, ["interface", "version"]);
  guard("keys", "doubt-method-of-another-script", "dubbo-go knows a method by either case of its first letter", { method: raw(2, join(bytes(0xc3, 0xa9), LATIN("x"))), attachments: said({}) }, ["method"]);
}

/** All made vectors, in the order of their making. */
export function made(): BadVector[] {
  vectors.length = 0;
  for (const part of [framing, fields, spellings, genericCalls, args, attachments, events, replies, doubts]) part();
  return [...vectors];
}
