/** Smuggling cases. Those that need an IDL are in idl.jsonl, one a line. */
import { readFileSync } from "node:fs";
import { join as path } from "node:path";
import { deflateSync } from "node:zlib";
import type { Kind, SmugglingCase } from "../../../tests/contract/smuggling.ts";
import { ascii, bytes, CALL, compact, EXCEPTION, framed, hex, join, old, PROBE, REPLY, STOP, strict, theader, u32, varint } from "../vectors/bytes.ts";

type Spoken = [transports: string[], protocols: string[]];

const NO_DROP = [{ name: "no-drop", action: "deny", match: [[{ key: "method", exact: "drop" }]] }];
const ONLY_ECHO = [{ name: "echo", action: "allow", match: [[{ key: "method", exact: "echo" }]] }];
const NO_CALLS = [{ name: "no-drop-calls", action: "deny", match: [[{ key: "method", exact: "drop" }, { key: "type", exact: "call" }]] }];
const FRAMED: Spoken = [["framed"], ["binary"]], COMPACT: Spoken = [["framed"], ["compact"]], HEADER: Spoken = [["header"], ["binary"]];
const UNFRAMED: Spoken = [["unframed"], ["binary"]];
const RUNS_BOTH = "Servers read the next message from what is left of a frame: Python's TFramedTransport, Java's TThreadPoolServer, Go and Node run both.";
const NODE = "Node's MultiplexedProcessor splits at every colon and runs the second part.";
const TYPE = "Generated processors do not look at the type of a message: Python's, Go's, Java's and Node's run it.";

const text = (value: string | Buffer, id = 1): Buffer => join(hex(`0b 000${id}`), u32(value.length), Buffer.from(value), STOP);
const compactText = (value: string): Buffer => join(hex("18"), varint(value.length), ascii(value), STOP);
const cases: SmugglingCase[] = [];

function add(kind: Kind, name: string, why: string, [transports, protocols]: Spoken, content: Buffer, more: Partial<SmugglingCase> = {}): void {
  cases.push({ name, why, kind, options: { transports, protocols }, rules: NO_DROP, default: "allow", hex: content.toString("hex"), forbidden: ["drop"], ...more });
}

function twoInOne(): void {
  const echo = strict("echo", text("hi")), drop = strict("drop", text("x"), CALL, 8), good = framed(strict("echo", text("honest"), CALL, 9));
  const small = compact("echo", compactText("hi")), smallDrop = compact("drop", compactText("x"), CALL, 8);
  const only = { rules: ONLY_ECHO, default: "deny" } as const, after = { passes: ["honest"] };
  add("two-in-one", "framed binary: a second message behind the end of the first", RUNS_BOTH, FRAMED, join(framed(join(echo, drop)), good), after);
  add("two-in-one", "the same past a list of what is allowed", RUNS_BOTH, FRAMED, join(framed(join(echo, drop)), good), { ...only, ...after });
  add("two-in-one", "framed compact: the same", RUNS_BOTH, COMPACT, framed(join(small, smallDrop)));
  add("two-in-one", "framed binary without versions: the same", RUNS_BOTH, FRAMED, framed(join(old("echo", text("hi")), old("drop", text("x")))));
  add("two-in-one", "THeader: the same", "Go's THeader server runs both.", HEADER, theader(join(echo, drop)));
  add("two-in-one", "THeader, deflated: the same", "Go's THeader server runs both.", HEADER, theader(deflateSync(join(echo, drop)), { transforms: [1] }), { forbidden: ["drop", { hex: deflateSync(join(echo, drop)).toString("hex") }] });
  const far = deflateSync(join(strict("echo", text(Buffer.alloc(100_000, 0x61))), drop));
  add("two-in-one", "THeader, deflated: the second message stands behind more than is inflated", "Go's THeader server runs both.", HEADER, theader(far, { transforms: [1] }), { ...only, forbidden: [{ hex: far.toString("hex") }] });
  add("two-in-one", "THeader: a message behind the deflated one", "A reader that goes on where the deflated stream ends finds it; none of ours does.", HEADER, theader(join(deflateSync(echo), drop), { transforms: [1] }));
  add("two-in-one", "framed binary: behind a one-way call, that has no answer", RUNS_BOTH, FRAMED, framed(join(strict("echo", text("hi"), 4), drop)));
}

function lengths(): void {
  const drop = strict("drop", text("x"), CALL, 8);
  // What a server reads on in the next frame, which is a call of its own for who believes the first length.
  const carrier = strict("echo", text(join(ascii("tail"), STOP, drop)), CALL, 9), taken = carrier.length - drop.length - 1 - 1;
  const bait = join(hex("80010001"), u32(4), ascii("echo"), u32(7), hex("0b0001"), u32(taken + 4), ascii("BAIT"));
  const onward = "Python's and Go's TFramedTransport read on in the next frame when one ends inside a message.";
  add("length", "framed binary: a frame that ends inside its message, which goes on in the next", onward, FRAMED, join(framed(bait), framed(carrier)), { forbidden: ["BAIT"], passes: ["tail"] });
  add("length", "framed binary: a text that is longer than its frame", onward, FRAMED, framed(strict("echo", join(hex("0b 0001"), u32(1000), ascii("BAIT")))), { forbidden: ["BAIT"] });
  add("length", "framed binary: a list of 2^31-1 values", onward, FRAMED, framed(strict("echo", join(hex("0f 0001 0b 7fffffff"), u32(4), ascii("BAIT")))), { forbidden: ["BAIT"] });
  add("length", "a frame of -1 bytes before a call", "Servers close: a length below 0 is none.", FRAMED, join(u32(-1), drop));
  add("length", "a frame of no bytes before a call", "Servers wait for the next frame, or close.", FRAMED, join(u32(0), drop));
  add("length", "framed binary: a name that ends in the next frame", onward, FRAMED, join(framed(join(hex("80010001"), u32(8), ascii("BAIT"))), framed(join(ascii("drop"), u32(7), STOP))), { forbidden: ["BAIT", "drop"] });
  add("length", "THeader: a header that covers its message", "Servers read the message behind the header that they were told of.", HEADER, theader(drop, { words: 4 }));
  add("length", "unframed binary: more levels than are counted", "Servers have other limits, or none.", UNFRAMED, join(strict("echo", join(Buffer.alloc(1100 * 3, hex("0c0001")), Buffer.alloc(1101))), drop));
}

function modes(): void {
  const drop = strict("drop", text("x"), CALL, 8);
  // Unframed: the end of a sequence id, STOP, a name of 256 bytes from the text's length on, type 1, sequence id 9, STOP, drop.
  const behind = join(Buffer.alloc(246, 0x41), bytes(1), u32(9), STOP, drop), realigned = join(u32(0), bytes(1), u32(0), hex("0b0001"), u32(behind.length), behind, STOP);
  add("mode", "framed bytes where servers read unframed ones", "Python's, Go's, Java's and Node's unframed servers, which take messages without a version, read a frame's length as that of a name.", UNFRAMED, join(framed(old("echo", text("hi"))), framed(realigned)), { forbidden: ["drop", "hi"] });
  add("mode", "unframed bytes where servers read framed ones", "A framed server reads a length where an unframed message has its version.", FRAMED, join(strict("echo", text("hi")), framed(drop)), { forbidden: ["drop", "hi"] });
  add("mode", "an unframed message behind a framed one", "THeader servers look at each message anew: Python's runs both.", [["framed", "header"], ["binary"]], join(framed(strict("echo", text("honest"))), drop), { passes: ["honest"] });
  add("mode", "a framed message behind an unframed one", "THeader servers look at each message anew.", [["unframed"], ["binary"]], join(strict("echo", text("honest")), framed(drop)), { passes: ["honest"] });
  add("mode", "a compact message where servers speak binary", "A binary server reads another message in the same bytes, or none.", FRAMED, framed(compact("echo", compactText("drop"))));
  add("mode", "a binary message without a version where both framings are named", "Its first bytes are a frame's length as well.", [["unframed", "framed"], ["binary"]], old("echo", text("drop")));
  add("mode", "THeader: the header says compact, the message is binary", "A server that believes the message runs it.", [["header"], ["binary", "compact"]], theader(drop, { protocol: 2 }));
  add("mode", "THeader: a protocol that nobody here reads", "A server that knows it runs it.", HEADER, theader(drop, { protocol: 1 }));
}

/** Behind Finagle's probe, which a server may agree to. */
function upgrades(): void {
  const probe = strict(PROBE, STOP, CALL, 0), drop = strict("drop", text("x"), CALL, 8), good = strict("echo", text("honest"), CALL, 9);
  const forbidden = ["drop", PROBE], passes = ["honest"], only = { rules: ONLY_ECHO, default: "deny", forbidden, passes } as const;
  const header = join(hex("0a 0001"), u32(1), u32(2), STOP);
  const why = "From its own reply to the probe on, a Finagle server reads a struct of headers before each message.";
  add("mode", "framed binary: a message behind Finagle's empty header", why, FRAMED, join(framed(probe), framed(join(STOP, drop)), framed(good)), { forbidden, passes });
  add("mode", "framed binary: a message behind Finagle's headers, past a list of what is allowed", why, FRAMED, join(framed(probe), framed(join(header, drop)), framed(good)), only);
  add("mode", "framed binary: Finagle's header is the beginning of another message's name", why, FRAMED, join(framed(probe), framed(join(STOP, old("drop", text("x")))), framed(good)), only);
  add("mode", "unframed binary: a call behind Finagle's probe", why, UNFRAMED, join(probe, good, drop), { forbidden, passes });
  add("mode", "unframed binary: a call inside Finagle's probe", why, UNFRAMED, join(strict(PROBE, text(drop), CALL, 0), good), only);
  add("mode", "framed compact: a message behind Finagle's probe", why, COMPACT, join(framed(compact(PROBE, STOP, CALL, 0)), framed(compact("drop", compactText("x"))), framed(compact("echo", compactText("honest")))), { forbidden, passes });
  add("two-in-one", "framed binary: a call behind Finagle's probe, in one frame", RUNS_BOTH, FRAMED, join(framed(join(probe, drop)), framed(good)), { forbidden, passes });
  add("client-kind", "Finagle's probe as a one-way call", TYPE, FRAMED, join(framed(strict(PROBE, STOP, 4, 0)), framed(good)), { forbidden, passes });
  add("client-kind", "Finagle's probe as a reply", TYPE, FRAMED, join(framed(strict(PROBE, STOP, REPLY, 0)), framed(good)), { forbidden, passes });
}

function clientKinds(): void {
  for (const [type, what] of [[REPLY, "a reply"], [EXCEPTION, "an exception"], [0, "type 0"], [5, "type 5"], [0x81, "type 129"]] as const) {
    add("client-kind", `framed binary: ${what} from a client`, TYPE, FRAMED, framed(strict("drop", text("x"), type)), { rules: NO_CALLS });
    if (type < 8) add("client-kind", `unframed binary: ${what} from a client`, TYPE, UNFRAMED, strict("drop", text("x"), type), { rules: NO_CALLS });
    if (type < 8) add("client-kind", `framed compact: ${what} from a client`, TYPE, COMPACT, framed(compact("drop", compactText("x"), type)), { rules: NO_CALLS });
  }
  add("client-kind", "THeader: a reply from a client", TYPE, HEADER, theader(strict("drop", text("x"), REPLY)), { rules: NO_CALLS });
}

function readers(): void {
  const names: [string, string][] = [
    ["Demo:drop:x", NODE], ["drop:", "C++'s TMultiplexedProcessor leaves empty parts out: a name of one part is for its default processor."],
    [":drop", "The same."], ["Demo::drop", "The same."], ["drop\0x", "Servers of c_glib end names at a zero byte."],
  ];
  for (const [name, why] of names) {
    add("reader", `a name that readers split in different ways: ${JSON.stringify(name)}`, why, FRAMED, framed(strict(name, text("x"))));
    add("reader", `the same, unframed, past a list of what is allowed: ${JSON.stringify(name)}`, why, UNFRAMED, strict(name, text("x")), { rules: ONLY_ECHO, default: "deny" });
  }
}

const withIdl = readFileSync(path(import.meta.dirname, "idl.jsonl"), "utf8").trimEnd().split("\n").map((line) => JSON.parse(line) as SmugglingCase);

/** All cases. */
export function made(): SmugglingCase[] {
  cases.length = 0;
  for (const part of [twoInOne, lengths, modes, upgrades, clientKinds, readers]) part();
  return [...cases, ...withIdl];
}
