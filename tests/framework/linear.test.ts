/**
 * Decoding n bytes is work for n bytes, however they are cut, in requests and in replies. The work is counted, not timed:
 * functions entered, turns of loops, bytes copied. Three sizes, each twice the one before: the second step must take about
 * twice the work of the first. Where all is looked at again with each piece it takes four times.
 */
import assert from "node:assert/strict";
import { join } from "node:path";
import { before, test } from "node:test";
import { deflateSync } from "node:zlib";
import * as dubbo from "../../codecs/dubbo/vectors/bytes.ts";
import * as thrift from "../../codecs/thrift/vectors/bytes.ts";
import { buildAll } from "../../harness/build/all.ts";
import { countedWasm, workOf } from "../../harness/build/counted.ts";
import { FakeHcm } from "../../harness/emulator/http2.ts";
import { type Connection, Emulator } from "../../harness/emulator/index.ts";
import { ROOT } from "../../harness/tools/paths.ts";

const KIB = 1 << 10, MIB = 1 << 20;
/** Work of the second step by that of the first, where pieces are many; and of the largest by that of the smallest. */
const STEPS = 2.3, ENDS = 6;
const MODULES = ["meltemi", "awesomerpc"];

interface Messages {
  codec: string;
  options?: object;
  routes: object[];
  /** Of about so many bytes. */
  request: (size: number) => Buffer;
  reply: (size: number) => Buffer;
  /** Bytes of the longest, where a head may not be longer. */
  most?: number;
}

const { ascii, bytes, hex, join: all, repeat } = thrift;
const to = (key: string, more: object = {}): object[] => [{ match: [[{ key, present: true }]], cluster: "a", ...more }];
const changed = (key: string): object => ({ request: { set: { [key]: "x" } }, response: { set: { [key]: "x" } } });
/** Bytes that look like chance, always the same; with fewer bits they can be deflated. */
function noise(size: number, bits = 8): Buffer {
  const out = Buffer.alloc(size);
  for (let i = 0, state = 1; i < size; i++) out[i] = (state = (Math.imul(state, 1664525) + 1013904223) | 0) >>> (32 - bits);
  return out;
}

const binary = (data: Buffer, id: number): Buffer => all(bytes(0x0b, 0, id), thrift.u32(data.length), data, thrift.STOP);
const strings = (size: number, id: number): Buffer => all(bytes(0x0f, 0, id, 0x0b), thrift.u32(size >> 3), repeat(hex("00000004 61626364"), size >> 3), thrift.STOP);
const compactText = (data: Buffer, id: number): Buffer => all(bytes(0x08, id << 1), thrift.varint(data.length), data, thrift.STOP);
const structs = (size: number, id: number): Buffer => all(bytes(0x09, id << 1, 0xfc), thrift.varint(size >> 2), repeat(hex("15 8001 00"), size >> 2), thrift.STOP);

type Wrap = (message: Buffer) => Buffer;
const thriftMessages = (write: typeof thrift.strict, wrap: Wrap, struct: (size: number, id: number) => Buffer): Messages => ({
  codec: "thrift", routes: to("method"),
  request: (size) => wrap(write("echo", struct(size, 1))), reply: (size) => wrap(write("echo", struct(size, 0), thrift.REPLY)),
});
const keyed = (infos: Buffer): Wrap => (message) => thrift.theader(message, { infos });
const keys = (size: number): Buffer => all(bytes(1), thrift.varint(size >> 4), repeat(all(thrift.text("name-01"), thrift.text("value-1")), size >> 4));

const STRING = dubbo.short("Ljava/lang/String;"), START = all(...["2.0.2", "org.demo.Demo", "1.0"].map(dubbo.short));
const USER = dubbo.map([dubbo.short("user"), dubbo.short("test")]);
/** A string of many chunks. */
const long = (size: number): Buffer => all(repeat(all(bytes(0x52, 4, 0), Buffer.alloc(KIB, 0x61)), size >> 10), dubbo.short("end"));
const list = (size: number): Buffer => all(bytes(0x58), dubbo.int(size), Buffer.alloc(size, 0x91));
const dubboMessages = (value: (size: number) => Buffer, types: Buffer, routes: object[]): Messages => ({
  codec: "dubbo", routes,
  request: (size) => dubbo.frame(all(START, dubbo.short("echo"), types, value(size), USER)),
  reply: (size) => dubbo.frame(all(bytes(0x94), value(size), USER), { flags: dubbo.RESPONSE, status: 20 }),
});

const bulk = (data: Buffer | string): Buffer => all(ascii(`$${data.length}\r\n`), Buffer.from(data), ascii("\r\n"));
const array = (items: Buffer[]): Buffer => Buffer.concat([ascii(`*${items.length}\r\n`), ...items]);
const command = (parts: (Buffer | string)[]): Buffer => array(parts.map(bulk));
const redisMessages = (request: (size: number) => Buffer, reply: (size: number) => Buffer, most?: number): Messages =>
  ({ codec: "redis", routes: to("key"), request, reply, ...(most ? { most } : {}) });
/** Arrays of two, one in another. */
const nested = (size: number): Buffer => all(repeat(ascii("*2\r\n:1\r\n"), size >> 3), ascii(":1\r\n"));

const awesome = (type: number, headers: Buffer, body: Buffer): Buffer => {
  const start = Buffer.alloc(14);
  start.writeUInt16BE(0x4157, 0);
  start[2] = type;
  start.writeUInt32BE(1, 4);
  start.writeUInt16BE(headers.length, 8);
  start.writeUInt32BE(body.length, 10);
  return all(start, headers, body);
};
const lines = (size: number): Buffer => repeat(ascii("name-01=value-1\n"), size >> 4);

const CASES: Record<string, Messages> = {
  "dubbo, routed by the method": dubboMessages(long, STRING, to("method")),
  "dubbo, a string of chunks, attachments read and set": dubboMessages(long, STRING, to("user", changed("tracing"))),
  "dubbo, a list of numbers, attachments read and set": dubboMessages(list, dubbo.short("Ljava/util/List;"), to("user", changed("tracing"))),
  "thrift, framed binary": thriftMessages(thrift.strict, thrift.framed, (size, id) => binary(noise(size), id)),
  "thrift, framed compact": thriftMessages(thrift.compact, thrift.framed, (size, id) => compactText(noise(size), id)),
  "thrift, unframed binary, one string": thriftMessages(thrift.strict, (message) => message, (size, id) => binary(noise(size), id)),
  "thrift, unframed binary, a list of strings": thriftMessages(thrift.strict, (message) => message, strings),
  "thrift, unframed compact, a list of structs": thriftMessages(thrift.compact, (message) => message, structs),
  "thrift, an argument of an IDL, a list of strings": {
    ...thriftMessages(thrift.strict, (message) => message, strings), routes: to("args.words"), most: 60 * KIB,
    options: { idl: { types: [[15, 11]], structs: [[1, 32, 0, "words"]], calls: { echo: 0 } } },
  },
  "thrift, THeader, deflated noise, keys set": {
    ...thriftMessages(thrift.strict, thrift.zlibbed, (size, id) => binary(noise(size), id)), routes: to("method", changed("header.x")),
  },
  "thrift, THeader, deflated": thriftMessages(
    thrift.compact, (message) => thrift.theader(deflateSync(message), { protocol: 2, transforms: [1] }), (size, id) => compactText(noise(size * 2, 4), id)),
  "thrift, THeader, many keys, keys set": { codec: "thrift", routes: to("header.name-01", changed("header.x")), most: 128 * KIB,
    request: (size) => keyed(keys(size))(thrift.strict("echo")), reply: (size) => keyed(keys(size))(thrift.strict("echo", thrift.STOP, thrift.REPLY)) },
  "redis, a large value": redisMessages((size) => command(["SET", "k", noise(size)]), (size) => bulk(noise(size))),
  "redis, many keys, many values": redisMessages(
    (size) => command(["MGET", ...Array.from({ length: size >> 4 }, (_, i) => `key-${100_000 + i}`)]),
    (size) => array(Array.from({ length: size >> 4 }, () => bulk("value-1234"))), 64 * KIB),
  "redis, values of many fields, arrays in one another": redisMessages(
    (size) => command(["HSET", "k", ...Array.from({ length: size >> 4 }, () => "field-1234")]), nested),
  "redis, a line": redisMessages(
    (size) => all(ascii("MGET"), repeat(ascii(" k123456"), size >> 3), ascii("\r\n")), (size) => all(ascii("+"), Buffer.alloc(size, 0x61), ascii("\r\n")), 32 * KIB),
  "awesomerpc, headers read and set": { codec: "awesomerpc", routes: to("name-01", changed("x")), most: 32 * KIB,
    request: (size) => awesome(0, lines(size), Buffer.alloc(0)), reply: (size) => awesome(1, lines(size), Buffer.alloc(0)) },
  "awesomerpc, a large body": { codec: "awesomerpc", routes: to("name-01"),
    request: (size) => awesome(0, lines(16), noise(size)), reply: (size) => awesome(1, lines(16), noise(size)) },
};

const wasm: Record<string, string> = {};

before(async () => {
  await buildAll(MODULES);
  for (const name of MODULES) wasm[name] = await countedWasm(join(ROOT, "build", `${name}.wasm`), name);
});

/** One client with one server, and the work that bytes from either of them make. */
class Pair {
  private readonly emulator: Emulator;
  private readonly root: ReturnType<Emulator["createRoot"]>;
  private readonly hcm = new FakeHcm({ maxFrame: MIB, onLane: (lane) => lane.accept() });
  private readonly connection: Connection;

  constructor({ codec, options, routes }: Messages) {
    this.emulator = Emulator.load(wasm[codec] ?? wasm.meltemi!);
    this.root = this.emulator.createRoot(JSON.stringify({ codec, options, routes, defaultCluster: "a" }));
    this.connection = this.emulator.newConnection(this.root, this.hcm);
  }

  /** What a server gets of a request. */
  asks(request: Buffer, piece: number): number {
    const work = this.work(request, piece, (bytes) => this.connection.downstream(bytes));
    endsAs(this.hcm.lanes[0]!.received, request);
    return work;
  }

  /** A part of a request that none can get yet. */
  takes(part: Buffer, piece: number): number { return this.work(part, piece, (bytes) => this.connection.downstream(bytes)); }

  /** What a client gets of a reply. */
  answers(reply: Buffer, piece: number): number {
    const work = this.work(reply, piece, (bytes) => this.hcm.lanes[0]!.send(bytes));
    endsAs(this.connection.takeWritten(), reply);
    return work;
  }

  /** A call and its answer. */
  exchanges(request: Buffer, reply: Buffer): number {
    const before = this.hcm.lanes[0]!.received.length, work = this.work(request, request.length, (bytes) => this.connection.downstream(bytes));
    assert.equal(this.hcm.lanes[0]!.received.length, before + request.length);
    return work + this.answers(reply, reply.length);
  }

  private work(bytes: Buffer, piece: number, send: (bytes: Buffer) => void): number {
    const start = workOf(this.emulator, this.root);
    for (let at = 0; at < bytes.length; at += piece) {
      send(bytes.subarray(at, at + piece));
      this.emulator.drainQueues();
    }
    return workOf(this.emulator, this.root) - start;
  }
}

/** All has arrived; a head may have been changed on the way. */
function endsAs(arrived: Buffer, sent: Buffer): void {
  assert.ok(arrived.length >= sent.length, `${arrived.length} of ${sent.length} bytes have arrived`);
  if (arrived.length === sent.length) assert.ok(arrived.equals(sent));
}

function isLinear(what: string, work: number[], steps: boolean): void {
  const [small, middle, large] = work as [number, number, number];
  assert.ok(small > 0 && large < ENDS * small, `${what}: ${work.join(", ")}`);
  if (steps) assert.ok(large - middle < STEPS * (middle - small), `${what}: ${work.join(", ")}`);
}

for (const [name, messages] of Object.entries(CASES)) {
  for (const [most, largest] of [[1, 16 * KIB], [16 * KIB, Math.min(messages.most ?? Infinity, 2 * MIB)]] as const) {
    // the smallest comes in two pieces at least: what comes in one is not copied at all
    const piece = Math.min(most, largest / 8), sizes = [largest / 4, largest / 2, largest], many = largest >= 128 * piece;

    test(`${name}: pieces of ${piece} bytes`, () => {
      isLinear("requests", sizes.map((size) => new Pair(messages).asks(messages.request(size), piece)), many);
      isLinear("replies", sizes.map((size) => {
        const pair = new Pair(messages);
        pair.asks(messages.request(64), 16 * KIB);
        return pair.answers(messages.reply(size), piece);
      }), many);
    });
  }
}

test("redis, 1 MiB of 4,000 keys, byte by byte: the work for a byte is that of its callback, wherever it stands", () => {
  const keys = Array.from({ length: 4000 }, (_, i) => `key-${100_000 + i}`.padEnd(MIB / 4000 - 9, "k")), request = command(["MGET", ...keys]);
  assert.ok(request.length > 0.98 * MIB && request.length < MIB, `${request.length}`);
  const messages = redisMessages(() => request, () => request), small = messages.request(0).subarray(0, 4 * KIB);
  assert.ok(new Pair(messages).asks(request, 16 * KIB) < 5 * request.length);
  const start = new Pair(messages).takes(small, 1) / small.length;
  assert.ok(new Pair(messages).asks(request, 1) / request.length < 1.5 * start);
});

test("a call and its answer cost the same however many others are open", () => {
  const flags = 1, free = (seqid: number): Buffer => thrift.theader(thrift.strict("slow", thrift.STOP, thrift.CALL, seqid), { flags, seqid });
  const last: [string, Buffer, Buffer][] = [
    ["one more that may be overtaken", free(1 << 20), thrift.theader(thrift.strict("slow", thrift.STOP, thrift.REPLY, 1 << 20), { flags, seqid: 1 << 20 })],
    ["one whose answer has a turn", thrift.framed(thrift.strict("echo")), thrift.framed(thrift.strict("echo", thrift.STOP, thrift.REPLY))],
  ];
  for (const [what, request, reply] of last) {
    const work = [100, 20_000].map((open) => {
      const pair = new Pair({ codec: "thrift", routes: to("method"), request: free, reply: free });
      pair.asks(Buffer.concat(Array.from({ length: open }, (_, i) => free(i + 1))), 16 * KIB);
      return pair.exchanges(request, reply);
    });
    assert.ok(work[1]! < 1.1 * work[0]!, `${what}: ${work.join(", ")}`);
  }
});
