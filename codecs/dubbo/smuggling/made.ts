/**
 * Smuggling cases. Each calls p.Sec 2.0.0, or `drop`, in a way that the real server in `why` executes when the bytes go to it directly.
 */
import type { SmugglingCase } from "../../../tests/contract/smuggling.ts";
import { bytes, END, frame, join, NULL, raw, short } from "../vectors/bytes.ts";

const STRING = "Ljava/lang/String;";
const PUB = { path: "p.Pub", interface: "p.Pub", version: "1.0.0" };
const SEC = { path: "p.Sec", version: "2.0.0" };

type Real = "java" | "go";

/** What a case says beside what the contract suite reads. */
export interface Case extends SmugglingCase {
  /** Which real servers execute what is forbidden, when the bytes go to them directly, and what they then log. */
  executes?: Partial<Record<Real, string>>;
}

const text = (value: string): Buffer => value.length < 32 ? short(value) : raw(value.length, Buffer.from(value, "latin1"));
const map = (entries: Record<string, string | Buffer>): Buffer =>
  join(bytes(0x48), ...Object.entries(entries).flatMap(([name, value]) => [text(name), typeof value === "string" ? text(value) : value]), END);

interface Call { protocol?: Buffer; path?: string; version?: string; method?: string; types?: string; args?: Buffer[]; attachments?: Buffer; flags?: number }

function call({ protocol = short("2.0.2"), path = "p.Pub", version = "1.0.0", method = "whoami", types = "", args = [], attachments = map(PUB), flags }: Call): Buffer {
  const body = join(protocol, text(path), text(version), text(method), text(types), ...args, attachments);
  return frame(body, flags === undefined ? {} : { flags });
}

const deny = (key: string, exact: string): object => ({ name: `no ${exact}`, action: "deny", match: [[{ key, exact }]] });
const allow = (key: string, exact: string): object => ({ name: `only ${exact}`, action: "allow", match: [[{ key, exact }]] });
const NO_SEC: Pick<Case, "rules" | "default"> = { rules: [deny("interface", "p.Sec")], default: "allow" };
const ONLY_PUB: Pick<Case, "rules" | "default"> = { rules: [allow("interface", "p.Pub")], default: "deny" };
const NO_EVIL: Pick<Case, "rules" | "default"> = { rules: [deny("user", "evil")], default: "allow" };
const NO_DROP: Pick<Case, "rules" | "default"> = { rules: [deny("method", "drop")], default: "allow" };

const cases: Case[] = [];

function add(name: string, one: Omit<Case, "name" | "hex"> & { bytes: Buffer }): void {
  const { bytes: content, ...rest } = one;
  cases.push({ name: name.replaceAll("-", " "), ...rest, hex: content.toString("hex") });
}

const sec = call({ path: "p.Sec", version: "2.0.0", attachments: map(SEC) });

function twoInOne(): void {
  const kind = "two-in-one";
  add("frame-behind-attachments", { kind, why: "Java and Go pass over what is behind the attachments in a frame; no filter has seen it", ...NO_SEC,
    bytes: frame(join(call({}).subarray(16), sec)), forbidden: ["p.Sec"] });
  add("second-map", { kind, why: "Java and Go read the map that comes first; `Lx` stands for one argument for us and for none for them, so what we take for attachments is another map", ...NO_EVIL,
    bytes: call({ types: "Lx", attachments: join(map({ ...PUB, user: "evil" }), map(PUB)) }), forbidden: ["evil"], executes: { go: "ran pub whoami" } });
  add("behind-the-last-type", { kind, why: "Java and Go look for types in the descriptor and pass over what is none", ...NO_EVIL,
    bytes: call({ method: "hello", types: `${STRING}Lx`, args: [short("q")], attachments: join(map({ ...PUB, user: "evil" }), map(PUB)) }), forbidden: ["evil"], executes: { go: "ran pub hello" } });
}

function lengths(): void {
  const kind = "length";
  add("length-negative", { kind, why: "a length of -1: nobody knows where the next frame begins", ...NO_SEC,
    bytes: join(frame(Buffer.alloc(0), { length: -1 }), sec), forbidden: ["p.Sec"] });
  add("length-too-small", { kind, why: "the header's length ends in the middle of the body; what is left of it is no frame, nor is what follows", ...NO_SEC,
    bytes: join(frame(call({}).subarray(16), { length: 20 }), sec), forbidden: ["p.Sec"] });
  add("length-over-the-next-frame", { kind, why: "the header's length covers the next frame, which Java and Go pass over; no filter has seen it", ...NO_SEC,
    bytes: frame(join(call({}).subarray(16), sec), { length: call({}).length - 16 + sec.length }), forbidden: ["p.Sec"] });
  const over = call({ method: "hello", types: "Ljava/lang/Object;", args: [join(bytes(0x42, 0, sec.length), sec)], attachments: Buffer.alloc(0) });
  add("longer-than-the-payload", { kind, why: "Dubbo 2.7.23 throws away the header alone of a frame that is longer than its payload (8 MiB by default; 64 bytes here), looks for the next magic in its body, and runs what it finds there",
    options: { payload: 64 }, ...NO_SEC, bytes: join(over, call({ attachments: NULL })), forbidden: ["p.Sec"] });
  add("string-longer-than-the-body", { kind, why: "a string that says to be longer than the body ends in the next frame for a reader that does not stop at the frame's end", ...NO_SEC,
    bytes: join(frame(join(short("2.0.2"), bytes(0x53, 0, 200), Buffer.from("p.Pub"))), sec), forbidden: ["p.Sec"] });
}

function modes(): void {
  const kind = "mode";
  add("telnet", { kind, why: "a Java provider of 2.x takes lines of text on its port for commands: `invoke p.Sec.whoami()` runs", ...NO_SEC,
    bytes: Buffer.from("invoke p.Sec.whoami()\r\n"), forbidden: ["invoke"] });
  add("telnet-behind-a-request", { kind, why: "the same behind a request that is allowed", ...NO_SEC,
    bytes: join(call({}), Buffer.from("invoke p.Sec.whoami()\r\n")), forbidden: ["invoke"], passes: ["p.Pub"] });
  add("http2-preface", { kind, why: "a Java provider of 3.x takes an HTTP/2 preface on its port for Triple", ...NO_SEC,
    bytes: Buffer.from("PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n\0\0\0\x04\0\0\0\0\0", "latin1"), forbidden: ["PRI", "HTTP/2"] });
}

function clientKinds(): void {
  const kind = "client-kind";
  const gadget = join(...Array.from({ length: 5 }, () => join(bytes(0x43), short("evil.Gadget.Name"), bytes(0x90, 0x60))));
  add("response", { kind, why: "Java deserializes the body of what claims to be an answer, whoever sends it", ...ONLY_PUB,
    bytes: frame(join(bytes(0x91), gadget), { flags: 0x02, status: 20 }), forbidden: ["evil.Gadget"] });
  add("event-with-a-body", { kind, why: "Java deserializes the data of an event", ...ONLY_PUB,
    bytes: frame(gadget, { flags: 0xe2 }), forbidden: ["evil.Gadget"] });
  add("event-one-way", { kind, why: "an event that expects no answer, such as a server's READONLY", ...ONLY_PUB,
    bytes: join(frame(short("R"), { flags: 0xa2 }), call({})), forbidden: [{ hex: "dabba2" }], passes: ["p.Pub"] });
  add("event-flagged-invocation", { kind, why: "an invocation that is said to be an event", ...NO_SEC,
    bytes: call({ path: "p.Sec", version: "2.0.0", attachments: map(SEC), flags: 0xe2 }), forbidden: ["p.Sec"] });
  add("event-answer", { kind, why: "the answer to a heartbeat that the client was never asked for, with a body of its own", ...ONLY_PUB,
    bytes: frame(gadget, { flags: 0x22, status: 20 }), forbidden: ["evil.Gadget"] });
  add("unknown-serialization", { kind, why: "a body in a serialization that we do not read: nothing of it is known, so nothing is granted", ...NO_SEC,
    bytes: call({ path: "p.Sec", version: "2.0.0", attachments: map(SEC), flags: 0xc0 | 23 }), forbidden: ["p.Sec"] });
}

/** Where a server takes the service from. */
function services(): void {
  const kind = "reader", java = "ran secret whoami", go = "ran secret whoami";
  const secret = (name: string, why: string, one: Call, executes?: Case["executes"]): void => {
    for (const [mode, rules] of [["", NO_SEC], ["-allow-list", ONLY_PUB]] as const) add(`${name}${mode}`, { kind, why, ...rules, bytes: call(one), forbidden: ["p.Sec"], ...(executes ? { executes } : {}) });
  };
  secret("attachment-path", "Java and Go take the service from the attachment `path`", { attachments: map(SEC) }, { java, go });
  secret("attachment-interface", "Go takes the service from the attachment `interface`, if there is no `path`, and never looks at the head", { attachments: map({ interface: "p.Sec", version: "2.0.0" }) }, { go });
  secret("path-with-version", "servers look for `group/path:version`, so a path may say the version", { attachments: map({ path: "p.Sec:2.0.0", version: "" }) }, { java, go });
  secret("head-with-version", "the same at the head, for servers that take the service from there; Java 3.2 finds no types for it", { path: "p.Sec:2.0.0", version: "", attachments: map({}) });
  secret("path-with-slash", "Go takes a slash off the path's beginning", { attachments: map({ path: "/p.Sec", version: "2.0.0" }) }, { go });
  add("group-in-path", { kind, why: "Java and Go put the group before the path, with a slash: a path may say the group", rules: [deny("group", "admin")], default: "allow",
    bytes: call({ attachments: map({ ...PUB, path: "admin/p.Pub" }) }), forbidden: ["admin"] });
  add("version-of-the-head", { kind, why: "Go takes the version from the attachments alone: without one there it runs the service that has none", rules: [{ name: "only 2", action: "allow", match: [[{ key: "version", exact: "2.0.0" }]] }], default: "deny",
    bytes: call({ path: "p.Sec", version: "2.0.0", attachments: map({ path: "p.Sec" }) }), forbidden: ["p.Sec"], executes: { go } });
  add("no-attachments", { kind, why: "Go puts attachments of its own for null: the head's path, and no version", rules: [{ name: "only 2", action: "allow", match: [[{ key: "version", exact: "2.0.0" }]] }], default: "deny",
    bytes: call({ path: "p.Sec", version: "2.0.0", attachments: NULL }), forbidden: ["p.Sec"], executes: { go } });
}

/** Strings and names. */
function spellings(): void {
  const kind = "reader", drop = { method: "drop", types: STRING, args: [short("x")] };
  add("method-in-upper-case", { kind, why: "Go knows a method by either case of its first letter", ...NO_DROP, bytes: call({ ...drop, method: "Drop" }), forbidden: ["Drop"], executes: { go: "ran pub drop" } });
  add("generic-in-upper-case", { kind, why: "the same in a generic call", ...NO_DROP, forbidden: ["Drop"],
    bytes: call({ method: "$invoke", types: `${STRING}[${STRING}[Ljava/lang/Object;`, args: [short("Drop"), NULL, bytes(0x79, 1, 0x78)] }) });
  // Java reads two units here, `ED A0 80` and `a`; Go takes three bytes more for the other half of a pair, so it reads on two bytes later.
  const torn = join(bytes(2, 0xed, 0xa0, 0x80), Buffer.from("a"));
  const real = join(text("1.0.0"), text("drop"), text(STRING), text("x"), map(PUB));
  const hidden = join(Buffer.alloc(31, "."), real);
  const cover = `org.pub.${"x".repeat(40)}`;
  const args = join(bytes(0x30 | hidden.length >> 8, hidden.length & 255), hidden);
  const torned = frame(join(torn, bytes(0x53, 0, 0x30), Buffer.from(cover), text("1.0.0"), text("hello"), text(STRING), args, map({})));
  add("unpaired-surrogate", { kind, why: "Go takes any three bytes behind a high surrogate for the low one, and so reads another call in what is an argument for Java", ...NO_DROP, bytes: torned, forbidden: ["drop"], executes: { go: "ran pub drop" } });
  add("unpaired-surrogate-allow-list", { kind, why: "the same past an allow list", rules: [allow("interface", cover)], default: "deny", bytes: torned, forbidden: ["drop"], executes: { go: "ran pub drop" } });
}

/** All cases. */
export function made(): Case[] {
  cases.length = 0;
  for (const part of [twoInOne, lengths, modes, clientKinds, services, spellings]) part();
  return [...cases];
}
