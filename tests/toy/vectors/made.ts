/** Vectors of the toy protocol, written after the grammar at the top of ../codec.ts: one example of each of its features. */
import type { Direction } from "../../../harness/emulator/inspector.ts";
import type { BadVector, Cost, Expected, GoodVector, Vector } from "../../contract/vectors.ts";

const ORIGIN = "written by hand after the grammar in tests/toy/codec.ts";
const hex = (content: string | Buffer): string => (typeof content === "string" ? Buffer.from(content) : content).toString("hex");

/** `expect`: a call of the content's size, where it does not say otherwise. */
function good(direction: Direction, name: string, content: string, expect: Partial<Expected>, more: Pick<GoodVector, "answers" | "options"> = {}): GoodVector {
  return { name, origin: ORIGIN, direction, ...more, expect: { kind: "call", size: content.length, ...expect }, hex: hex(content) };
}

const bad = (direction: Direction, name: string, why: string, costs: Cost, content: string | Buffer): BadVector =>
  ({ name, bad: true, why, direction, costs, hex: hex(content) });

export const made = (): Vector[] => [
  good("request", "call", "call 1 5 user=ann Trace=7\nhello",
    { key: "0x1", expect: "some", order: "free", metadata: { verb: "call", id: "1", body: "hello", user: "ann", trace: "7" }, absent: ["none"] }),
  good("response", "bye", "bye 0 0\n", { kind: "drop", key: "0x0", draining: true, metadata: {} }),
  good("request", "call-hidden", "call 3 0 user=ann user=? safe=1 wait=250\n", { key: "0x3", safe: true, wait: 250, hidden: ["user"] }),
  good("request", "call-in-order", "call 6 0\n", { key: "0x0", order: "strict", metadata: { id: "6" } }, { options: { order: "strict", ids: false } }),
  good("request", "call-offer", "call 5 2 offer=tls user=ann\nhi", { key: "0x5", metadata: { user: "ann", body: "hi" } }),
  good("request", "call-open-end", "call 4 * user=ann\nline\n..\n.\n", { key: "0x4", metadata: { user: "ann" }, hidden: ["body"], size: -1 }),
  good("request", "call-three-replies", "call 7 0 replies=3\n", { key: "0x7", expect: "some", metadata: {} }),
  good("request", "call-two-values", "call 2 0 user=ann user=bob\n", { key: "0x2", expect: "some", metadata: { user: ["ann", "bob"], body: "" } }),
  good("request", "end", "end 7 0 pin=12\n", { kind: "part", key: "0x7", pin: "0xc", unpin: true, metadata: {} }),
  good("response", "error", "error 1 4 code=5\ndown", { key: "0x1", last: true, outcome: "server", code: 5, metadata: { body: "down" } }, { answers: "call" }),
  good("response", "fail", "fail 1 0 code=4\n", { key: "0x1", last: true, outcome: "caller", code: 4, metadata: {} }, { answers: "call" }),
  good("request", "local", "local 11 0\n", { kind: "local", key: "0xb", metadata: {} }),
  good("request", "maybe", "maybe 9 0\n", { key: "0x9", expect: "maybe", metadata: {} }),
  good("response", "more", "more 1 0 pin=3\n", { key: "0x1", pin: "0x3", last: false, outcome: "ok", metadata: {} }, { answers: "call" }),
  good("response", "ok-first-of-three", "ok 7 0\n", { key: "0x7", last: false, outcome: "ok", metadata: {} }, { answers: "call-three-replies" }),
  good("response", "ok", "ok 1 5 served=v1\nworld",
    { key: "0x1", last: true, outcome: "ok", code: 0, metadata: { served: "v1", body: "world" } }, { answers: "call" }),
  good("request", "part", "part 7 4 pin=12\nmore", { kind: "part", key: "0x7", pin: "0xc", expect: "none", metadata: { body: "more" } }),
  good("request", "ping", "ping 12 0\n", { kind: "ping", key: "0xc", metadata: {} }),
  good("response", "pong", "pong 0 0\n", { kind: "drop", key: "0x0", metadata: {} }),
  good("response", "push", "push 0 2\nhi", { kind: "push", key: "0x0", metadata: { body: "hi" } }),
  good("request", "setup", "setup 10 0 user=ann\n", { kind: "setup", key: "0xa", expect: "some", metadata: { user: "ann" } }),
  good("request", "tell", "tell 8 3 user=ann\nabc", { key: "0x8", expect: "none", metadata: { user: "ann" } }),
  bad("response", "binary", "no text at all", "time", Buffer.from(Array.from({ length: 32 }, (_, at) => 0x80 + at))),
  bad("request", "cut", "the body is shorter than said", "time", "call 1 10\nabc"),
  bad("request", "id-no-number", "the id is no number", "connection", "call one 0\n"),
  bad("response", "length-negative", "the length is no number", "connection", "ok 1 -1\n"),
  bad("request", "length-too-long", "a frame above maxFrame", "connection", "call 1 999999999\n"),
  bad("request", "line-without-end", "a line that does not end", "connection", `call ${"1".repeat(5000)}`),
  bad("request", "unknown-verb", "no such verb", "message", "shout 1 3\nabc"),
];
