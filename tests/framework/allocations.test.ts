/**
 * The hot path allocates nothing: each codec with 1,024 requests in flight on one connection, to two clusters, requests and
 * replies changed where the protocol can be. What is counted is every block that the runtime's allocator hands out or makes larger.
 */
import assert from "node:assert/strict";
import { before, test } from "node:test";
import * as dubbo from "../../codecs/dubbo/vectors/bytes.ts";
import * as thrift from "../../codecs/thrift/vectors/bytes.ts";
import { allocationCountingWasm, allocationsOf } from "../../harness/build/counted.ts";
import { FakeHcm, type Lane } from "../../harness/emulator/http2.ts";
import { Emulator } from "../../harness/emulator/index.ts";
import { command } from "../../harness/peers/redis/resp.ts";

const IN_FLIGHT = 1024, WARM_UP = 4, ROUNDS = 4;

interface Messages {
  codec: string;
  /** The first leads to cluster a, the second to b. */
  matches: [object, object];
  /** What rules set, in requests and in replies; null: nothing can be. */
  key: string | null;
  options?: object;
  /** The n-th request, from 1: an odd one is for a, an even one for b. */
  request: (n: number) => Buffer;
  reply: (n: number) => Buffer;
}

const { ascii, bytes, join: all } = thrift;
const side = (n: number): string => (n % 2 ? "a" : "b");

const START = all(...["2.0.2", "org.demo.Demo", "1.0"].map(dubbo.short));
const user = (name: string): Buffer => dubbo.map([dubbo.short("user"), dubbo.short(name)]);
const call = (n: number, name: string): Buffer =>
  dubbo.frame(all(START, dubbo.short(name), dubbo.short("Ljava/lang/String;"), dubbo.short("x"), user(side(n))), { id: BigInt(n) });
const dubboReply = (n: number): Buffer => dubbo.frame(all(bytes(0x94), dubbo.short("y"), user("z")), { flags: dubbo.RESPONSE, status: 20, id: BigInt(n) });

const awesome = (type: number, n: number): Buffer => {
  const headers = ascii(`to=${side(n)}\n`), start = Buffer.alloc(14);
  start.writeUInt16BE(0x4157, 0);
  start[2] = type;
  start.writeUInt32BE(n, 4);
  start.writeUInt16BE(headers.length, 8);
  start.writeUInt32BE(1, 10);
  return all(start, headers, ascii("x"));
};

const header = (message: Buffer, n: number): Buffer => thrift.theader(message, { flags: 1, seqid: n, infos: thrift.pairs(1, { to: side(n) }) });
const exact = (key: string, [a, b]: [string, string] = ["a", "b"]): [object, object] => [{ key, exact: a }, { key, exact: b }];

const CASES: Record<string, Messages> = {
  "dubbo, by a head key": { codec: "dubbo", matches: exact("method", ["one", "two"]), key: null,
    request: (n) => call(n, n % 2 ? "one" : "two"), reply: dubboReply },
  "dubbo, by an attachment, one set": { codec: "dubbo", matches: exact("user"), key: "by", request: (n) => call(n, "echo"), reply: dubboReply },
  "thrift, framed": { codec: "thrift", matches: exact("method"), key: null,
    request: (n) => thrift.framed(thrift.strict(side(n))), reply: (n) => thrift.framed(thrift.strict(side(n), thrift.STOP, thrift.REPLY)) },
  "thrift, compact, unframed": { codec: "thrift", matches: exact("method"), key: null,
    request: (n) => thrift.compact(side(n)), reply: (n) => thrift.compact(side(n), thrift.STOP, thrift.REPLY) },
  "thrift, by an argument of an IDL": { codec: "thrift", matches: exact("args.to"), key: null, options: { idl: { types: [[15, 8]], structs: [[1, 11, 0, "to", 2, 32, 0, "ns"]], calls: { echo: 0 } } },
    request: (n) => thrift.strict("echo", all(bytes(0x0b, 0, 1), thrift.u32(1), ascii(side(n)), bytes(0x0f, 0, 2, 8), thrift.u32(1), thrift.u32(n), thrift.STOP)),
    reply: () => thrift.strict("echo", thrift.STOP, thrift.REPLY) },
  "thrift, THeader, in any order, a key set": { codec: "thrift", matches: exact("header.to"), key: "header.by",
    request: (n) => header(thrift.strict("echo", thrift.ARGUMENT, thrift.CALL, n), n), reply: (n) => header(thrift.strict("echo", thrift.STOP, thrift.REPLY, n), n) },
  "redis": { codec: "redis", matches: [{ key: "key", prefix: "a:" }, { key: "key", prefix: "b:" }], key: null,
    request: (n) => command("GET", `${side(n)}:key`), reply: () => ascii("$5\r\nvalue\r\n") },
  "redis, several keys": { codec: "redis", matches: [{ key: "key", prefix: "a:" }, { key: "key", prefix: "b:" }], key: null,
    request: (n) => command("MGET", `${side(n)}:1`, `${side(n)}:2`), reply: () => ascii("*2\r\n$1\r\n1\r\n$-1\r\n") },
  "awesomerpc, a header set": { codec: "awesomerpc", matches: exact("to"), key: "by", request: (n) => awesome(0, n), reply: (n) => awesome(1, n) },
};

const FILTERS = [
  { name: "metrics" },
  { name: "auth", config: { rules: [{ name: "odd", action: "deny", match: [[{ key: "user", exact: "nobody" }]] }], default: "allow" } },
  { name: "localRateLimit", config: { bucket: { max: 16777216, tokensPerFill: 16777216, fillMs: 1 } } },
];

let wasm = "";

before(async () => { wasm = await allocationCountingWasm("tests/guests/codecs.ts"); });

/** All requests go out before the first reply comes, in pieces as Envoy brings them; returns the allocations of each round. */
function allocations({ codec, matches, key, options, request, reply }: Messages, more: object = {}): number[] {
  const emulator = Emulator.load(wasm), change = { set: { [String(key)]: "m" } };
  const routes = matches.map((match, i) => ({ match: [[match]], cluster: "ab"[i], ...(key === null ? {} : { request: change, response: change }) }));
  const root = emulator.createRoot(JSON.stringify({ codec, options, routes, ...more })), hcm = new FakeHcm({ onLane: (lane) => lane.accept() });
  const connection = emulator.newConnection(root, hcm), numbers = Array.from({ length: IN_FLIGHT }, (_, i) => i + 1);
  const sent = Buffer.concat(numbers.map(request)), replies = ["a", "b"].map((name) => Buffer.concat(numbers.filter((n) => side(n) === name).map(reply)));
  const taken = new Map<Lane, number>();
  return Array.from({ length: WARM_UP + ROUNDS }, () => {
    const start = allocationsOf(emulator, root);
    for (let at = 0; at < sent.length; at += 16384) connection.downstream(sent.subarray(at, at + 16384));
    emulator.drainQueues();
    connection.takeForwarded();
    assert.equal(connection.takeWritten().length, 0, "nothing is answered before a server answers");
    for (const lane of hcm.lanes) {
      assert.ok(lane.received.length - (taken.get(lane) ?? 0) >= sent.length / 2 - 16, "all requests are with their servers");
      taken.set(lane, lane.received.length);
    }
    for (const [i, lane] of hcm.lanes.entries()) lane.send(replies[i]!);
    emulator.drainQueues();
    const got = connection.takeWritten(), expected = Buffer.concat(replies).length;
    if (key === null) assert.equal(got.length, expected);
    else assert.ok(got.length >= expected + IN_FLIGHT * 2, "every reply is changed");
    return allocationsOf(emulator, root) - start;
  });
}

function areNone(counts: number[]): void {
  assert.ok(counts[0]! > 0, "the counter counts");
  assert.deepEqual(counts.slice(WARM_UP), Array.from({ length: ROUNDS }, () => 0), `allocations of each ${IN_FLIGHT} requests: ${counts.join(", ")}`);
}

for (const [name, messages] of Object.entries(CASES)) {
  test(`${name}: ${IN_FLIGHT} in flight, no allocation`, () => areNone(allocations(messages)));
}

test(`dubbo with metrics, auth and a limit: ${IN_FLIGHT} in flight, no allocation`, () => {
  areNone(allocations(CASES["dubbo, by an attachment, one set"]!, { filters: FILTERS }));
});
