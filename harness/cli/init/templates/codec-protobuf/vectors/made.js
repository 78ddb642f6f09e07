/** Messages and what they mean. What real clients and servers said goes into recorded/PEER.jsonl, one vector a line. */
const origin = "made by hand, after assembly/constants.ts";
/** A string or bytes of less than 128 bytes. */
const text = (field, value) => `${hex(field << 3 | 2)} ${hex(value.length)} ${Buffer.from(value).toString("hex")}`;
const number = (field, value) => `${hex(field << 3)} ${hex(value)}`;
const hex = (value) => value.toString(16).padStart(2, "0");
const [ID, TYPE, METHOD, BODY, UNKNOWN] = [1, 2, 3, 4, 9];

export const made = () => [
  { name: "request", origin, direction: "request", hex: `10 ${number(ID, 7)} ${text(METHOD, "greet")} ${text(BODY, "world")}`,
    expect: { kind: "call", size: 17, id: "0x7", metadata: { method: "greet" } } },
  { name: "request-in-another-order", origin, direction: "request", hex: `13 ${text(BODY, "world")} ${text(METHOD, "greet")} ${text(UNKNOWN, "x")} ${number(ID, 7)}`,
    expect: { kind: "call", size: 20, id: "0x7", metadata: { method: "greet" } } },
  { name: "reply", origin, direction: "response", answers: "request", hex: `11 ${number(ID, 7)} ${number(TYPE, 1)} ${text(BODY, "hello world")}`,
    expect: { kind: "call", size: 18, id: "0x7", outcome: "ok", metadata: {} } },
  { name: "error", origin, direction: "response", answers: "request", hex: `08 ${number(ID, 7)} ${number(TYPE, 2)} ${text(BODY, "no")}`,
    expect: { kind: "call", size: 9, id: "0x7", outcome: "server", metadata: {} } },
  { name: "too-long", bad: true, why: "a message of 4 GiB", direction: "request", hex: "ff ff ff ff 0f" },
  { name: "no-length", bad: true, why: "a length that does not end", direction: "request", hex: "80 80 80 80 80 80 80 80 80 80" },
  { name: "field-beyond-message", bad: true, why: "a method longer than its message", direction: "request", hex: "04 08 07 1a 05 67 72 65 65 74" },
  { name: "type-unknown", bad: true, why: "a reply from a client", direction: "request", hex: `04 ${number(ID, 7)} ${number(TYPE, 1)}` },
];
