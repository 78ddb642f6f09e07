/** Messages and what they mean. What real clients and servers said goes into recorded/PEER.jsonl, one vector a line. */
const origin = "made by hand, after assembly/constants.ts";
const hex = (text) => Buffer.from(text).toString("hex");

export const made = () => [
  { name: "request", origin, direction: "request", hex: hex("call 7 greet world\n"),
    expect: { kind: "call", size: 19, id: "0x7", metadata: { method: "greet" } } },
  { name: "request-without-body", origin, direction: "request", hex: hex("call 8 greet\n"),
    expect: { kind: "call", size: 13, id: "0x8", metadata: { method: "greet" } } },
  { name: "reply", origin, direction: "response", answers: "request", hex: hex("ok 7 hello world\n"),
    expect: { kind: "call", size: 17, id: "0x7", outcome: "ok", metadata: {} } },
  { name: "error", origin, direction: "response", answers: "request", hex: hex("error 7 no\n"),
    expect: { kind: "call", size: 11, id: "0x7", outcome: "server", metadata: {} } },
  { name: "no-call", bad: true, why: "another protocol", direction: "request", hex: hex("GET / HTTP/1.1\r\n\r\n") },
  { name: "id-no-number", bad: true, why: "an id that is no number", direction: "request", hex: hex("call x greet\n") },
  { name: "no-method", bad: true, why: "a call without a method", direction: "request", hex: hex("call 7 \n") },
  { name: "too-long", bad: true, why: "a line that does not end", direction: "request", hex: hex(`call 7 ${"x".repeat(1 << 16)}`) },
];
