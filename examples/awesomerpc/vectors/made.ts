/** The example's vectors: bytes of ../peer/protocol.ts, which knows nothing of the codec, and broken ones. */
import type { Cost, Vector } from "../../../tests/contract/vectors.ts";
import { encode, type Frame, FrameType } from "../peer/protocol.ts";

const ORIGIN = "peer/protocol.ts of this example";
const frame = (type: FrameType, more: Partial<Frame> = {}): Frame => ({ type, status: 0, id: 7, headers: [], body: Buffer.alloc(0), ...more });

interface Good { direction: "request" | "response"; frame: Frame; kind: string; expect?: string; metadata?: Record<string, string | string[]>; outcome?: string }

const GOOD: Record<string, Good> = {
  "request": { direction: "request", kind: "Call", expect: "Some", metadata: { cmd: "greet", user: "test" },
    frame: frame(FrameType.Request, { headers: [["cmd", "greet"], ["user", "test"]], body: Buffer.from("hello") }) },
  "request-empty": { direction: "request", kind: "Call", expect: "Some", frame: frame(FrameType.Request, { id: 0xffffffff }) },
  "request-equals-in-value": { direction: "request", kind: "Call", metadata: { query: "a=b&c=d" }, frame: frame(FrameType.Request, { headers: [["query", "a=b&c=d"]] }) },
  "request-several-values": { direction: "request", kind: "Call", metadata: { key: ["a", "", "c"] },
    frame: frame(FrameType.Request, { headers: [["key", "a"], ["key", ""], ["key", "c"]] }) },
  "oneway": { direction: "request", kind: "Call", expect: "None", metadata: { cmd: "fire" }, frame: frame(FrameType.Oneway, { headers: [["cmd", "fire"]] }) },
  "ping": { direction: "request", kind: "Ping", frame: frame(FrameType.Ping) },
  "reply": { direction: "response", kind: "Call", outcome: "Ok", metadata: { server: "v1" }, frame: frame(FrameType.Reply, { headers: [["server", "v1"]], body: Buffer.from("hi") }) },
  "reply-error": { direction: "response", kind: "Call", outcome: "Server", frame: frame(FrameType.Reply, { status: 2, body: Buffer.from("broken") }) },
  "pong": { direction: "response", kind: "Drop", frame: frame(FrameType.Pong) },
};

interface Bad { why: string; costs: Cost; hex: string }

const BAD: Record<string, Bad> = {
  "wrong-magic": { why: "another protocol", costs: "connection", hex: Buffer.from("GET / HTTP/1.1\r\n\r\n").toString("hex") },
  "body-negative": { why: "a body of 2^32-1 bytes", costs: "connection", hex: "4157000000000007" + "0000" + "ffffffff" },
  "body-too-long": { why: "head and body together overflow 32 bits", costs: "connection", hex: "4157000000000007" + "ffff" + "7fffffff" },
  "header-without-equals": { why: "a header line without =", costs: "message", hex: "4157000000000007" + "0004" + "00000000" + Buffer.from("abc\n").toString("hex") },
  "header-without-end": { why: "a header line that the headers' end cuts", costs: "message", hex: "4157000000000007" + "0003" + "00000001" + Buffer.from("a=b\n").toString("hex") },
  "cut": { why: "a body that never comes whole", costs: "time", hex: "4157000000000007" + "0000" + "00000010" + "00" },
  "headers-cut": { why: "headers that never come whole", costs: "time", hex: "4157000000000007" + "ffff" + "00000000" + "613d" },
  "type-unknown": { why: "a type of no meaning passes as a request", costs: "keys", hex: "41570900" + "00000007" + "0000" + "00000000" },
};

export function made(): Vector[] {
  const good = Object.entries(GOOD).map(([name, { direction, frame, ...expect }]): Vector => {
    const bytes = encode(frame);
    return { name, origin: ORIGIN, direction, expect: { ...expect, size: bytes.length, key: `0x${frame.id.toString(16)}` }, hex: bytes.toString("hex") };
  });
  return [...good, ...Object.entries(BAD).map(([name, bad]): Vector => ({ name, bad: true, direction: "request", ...bad }))];
}
