/** Messages and what they mean. What real clients and servers said goes into recorded/PEER.jsonl, one vector a line. */
const origin = "made by hand, after assembly/constants.ts";
const text = (value) => Buffer.from(value).toString("hex");

export const made = () => [
  { name: "request", origin, direction: "request", hex: `00000010 00000007 00 05 ${text("greet")} ${text("world")}`,
    expect: { kind: "call", size: 20, id: "0x7", metadata: { method: "greet" } } },
  { name: "request-without-body", origin, direction: "request", hex: `0000000b ffffffff 00 05 ${text("greet")}`,
    expect: { kind: "call", size: 15, id: "0xffffffff", metadata: { method: "greet" } } },
  { name: "reply", origin, direction: "response", answers: "request", hex: `00000016 00000007 01 05 ${text("greet")} ${text("hello world")}`,
    expect: { kind: "call", size: 26, id: "0x7", outcome: "ok", metadata: { method: "greet" } } },
  { name: "error", origin, direction: "response", answers: "request", hex: `00000008 00000007 02 00 ${text("no")}`,
    expect: { kind: "call", size: 12, id: "0x7", outcome: "server", metadata: { method: "" } } },
  { name: "too-long", bad: true, why: "a frame of 4 GiB", direction: "request", hex: "ffffffff 00000007 00 00" },
  { name: "method-beyond-frame", bad: true, why: "a method longer than its frame", direction: "request", hex: "00000006 00000007 00 05" },
  { name: "type-unknown", bad: true, why: "a reply from a client", direction: "request", hex: `0000000b 00000007 01 05 ${text("greet")}` },
];
