/**
 * Records the vectors in `recorded/` anew from real Dubbo peers: node --import tsx codecs/dubbo/vectors/record.ts
 * `expect` says what was asked of the peers, not what a codec found.
 */
import { connect } from "node:net";
import { once } from "node:events";
import { join } from "node:path";
import type { Call, CallOptions } from "../../../harness/peers/dubbo/client.ts";
import { saveRecorded } from "../../../tests/contract/vectors.ts";
import { type DubboVector, GO, goodVector, idOf, isEvent, isRequest, JAVA, Session, statusOf, type Known } from "./session.ts";

const DEMO = "org.meltemi.demo.Demo";
/** What both libraries call their version of the protocol. */
const PROTOCOL = "2.0.2";
const STRING = "Ljava/lang/String;";
/** JVM descriptors of Demo's methods. */
const PARAMETERS: Record<string, string> = {
  hello: STRING, echo: "Lorg/meltemi/demo/Item;", mix: "Ljava/util/Map;Ljava/util/List;JD[BLjava/util/Date;", boom: STRING,
  slow: `J${STRING}`, whoami: "", nothing: "", attachments: "", calls: STRING,
};
const ITEM = { id: 7, name: "lamp", color: "GREEN", tags: ["a", "b"], counts: { k: 5 }, self: true };
const BYTES = Buffer.from(Array.from({ length: 9000 }, (_, i) => i & 0xff)).toString("base64");
const MIX = [{ a: 1, b: "two", c: null, d: 1.5 }, [1, "x", true, 12345678901, -129, 70000], 9007199254740, 2.5, BYTES, 1700000000000];
const MIDDLE = "0123456789".repeat(500);
/** Longer than Java's longest chunk of a string, 32,768 characters; Go's is 4,096. */
const LONG = "0123456789".repeat(3300);
const SURROGATES = "Java writes characters beyond U+FFFF as two surrogates of three bytes each, which is not UTF-8";
const CHUNKED = "a long string may be cut into chunks";
const HEARTBEAT_MS = 1000;
const SERVED = { metadata: { "attachment.served-by": "v1" } };

const vectors: DubboVector[] = [];

function asked(call: Call, more: Partial<Known> = {}): Known {
  const attachments = Object.fromEntries(Object.entries(call.attachments ?? {}).map(([name, value]) => [`attachment.${name}`, value]));
  const { metadata, ...rest } = more;
  return { ...rest, metadata: { protocol: PROTOCOL, interface: DEMO, version: "1.0.0", method: call.method, ...attachments, ...metadata } };
}

async function calls(session: Session, prefix: string, typed: boolean): Promise<void> {
  const one = async (name: string, call: Call & CallOptions, reply: Known | null, more: Partial<Known> = {}): Promise<void> => {
    const parameters = typed && !call.generic ? PARAMETERS[call.method] : undefined;
    const metadata: Record<string, string> = parameters === undefined ? {} : { parameters };
    await session.record(`${prefix}-${name}`, () => session.client.call(call), asked(call, { ...more, metadata }), reply);
  };
  await one("hello", { method: "hello", args: ["ann"] }, SERVED, { absent: ["group", "attachment.user"] });
  await one("hello-null", { method: "hello", args: [null] }, null);
  await one("attachments", { method: "hello", args: ["ann"], attachments: { user: "test", batchJob: "true", empty: "", "x-umlaut": "Zoë 日本" } }, SERVED);
  await one("attachment-long", { method: "whoami", attachments: { user: "test", middle: MIDDLE, long: LONG } }, null,
    { mayHide: { "attachment.middle": CHUNKED, "attachment.long": CHUNKED } });
  await one("attachment-emoji", { method: "whoami", attachments: { user: "test", face: "a😀b" } }, null, { mayHide: { "attachment.face": SURROGATES } });
  await one("echo", { method: "echo", args: [ITEM], attachments: { user: "test" } }, SERVED);
  await one("mix", { method: "mix", args: MIX, attachments: { user: "test" } }, SERVED);
  await one("boom", { method: "boom", args: ["bang"] }, { ...SERVED, outcome: "Caller" });
  await one("nothing", { method: "nothing" }, SERVED);
  await one("long-value", { method: "slow", args: [1, MIDDLE] }, SERVED);
  await one("generic", { method: "hello", args: ["gen"], generic: true, attachments: { user: "test" } }, SERVED);
  await one("generic-missing", { method: "missing", args: ["x"], generic: true }, { metadata: {}, outcome: "Server" });
  await one("oneway", { method: "slow", args: [1, "x"], oneway: true, attachments: { user: "test" } }, null);
}

async function heartbeat(session: Session, prefix: string): Promise<void> {
  await session.client.call({ method: "whoami" });
  const beat = await session.tap.find("heartbeat", ({ bytes, direction }) => direction === "request" && isEvent(bytes), HEARTBEAT_MS * 10);
  const answer = await session.tap.find("answer to the heartbeat", ({ bytes }) => isEvent(bytes) && !isRequest(bytes) && idOf(bytes) === idOf(beat.bytes));
  session.keep(`${prefix}-heartbeat-request`, beat, { kind: "Ping", metadata: {} });
  session.keep(`${prefix}-heartbeat-reply`, answer, { kind: "Drop", metadata: {} }, `${prefix}-heartbeat-request`);
}

async function readonly(session: Session, prefix: string): Promise<void> {
  await session.server.stop();
  const event = await session.tap.find("READONLY", ({ bytes, direction }) => direction === "response" && isEvent(bytes) && isRequest(bytes));
  session.keep(`${prefix}-readonly-event`, event, { kind: "Drop", draining: true, metadata: {} });
}

async function javaCalls(): Promise<void> {
  const session = await Session.open(vectors, JAVA, { client: { heartbeatMs: HEARTBEAT_MS } });
  try {
    await calls(session, "java", true);
    const async = { method: "hello", args: ["gen"], generic: true, async: true } as const;
    await session.record("java-generic-async", () => session.client.call({ ...async, args: ["gen"] }), asked({ method: "hello" }), SERVED);
    const item: Call & CallOptions = { method: "echo", args: [ITEM], generic: true };
    await session.record("java-generic-item", () => session.client.call(item), asked(item), SERVED);
    await heartbeat(session, "java");
    await olderProtocol(session);
    await readonly(session, "java");
  } finally {
    await session.close();
  }
}

async function goCalls(): Promise<void> {
  const session = await Session.open(vectors, GO, { client: { heartbeatMs: HEARTBEAT_MS } });
  try {
    await calls(session, "go", false);
    const missing: Call = { method: "missing", args: ["x"] };
    await session.record("go-missing-method", () => session.client.call(missing), asked(missing), { metadata: {}, outcome: "Caller" });
    await heartbeat(session, "go");
    await session.server.stop();
    // dubbo-go answers the READONLY event, which asks for no answer, as if it were a heartbeat
    const odd = await session.tap.find("answer to READONLY", ({ bytes, direction }) => direction === "request" && isEvent(bytes) && !isRequest(bytes));
    session.keep("go-event-answer", odd, { kind: "Drop", metadata: {} });
  } finally {
    await session.close();
  }
}

async function group(): Promise<void> {
  for (const [prefix, client] of [["java", JAVA], ["go", GO]] as const) {
    const session = await Session.open(vectors, client, { server: { group: "canary" }, client: { group: "canary" } });
    const call: Call = { method: "hello", args: ["ann"], attachments: { user: "test" } };
    try {
      await session.record(`${prefix}-group`, () => session.client.call(call), asked(call, { metadata: { group: "canary" } }), null);
    } finally {
      await session.close();
    }
  }
}

async function otherSerialization(): Promise<void> {
  const session = await Session.open(vectors, JAVA, {
    server: { serialization: "fastjson2" }, client: { serialization: "fastjson2", heartbeatMs: HEARTBEAT_MS },
  });
  const hidden = ["interface", "version", "group", "method", "parameters", "protocol", "attachment.user"];
  const call: Call = { method: "hello", args: ["ann"], attachments: { user: "test" } };
  try {
    await session.record("java-fastjson2", () => session.client.call(call), { metadata: {}, hidden }, { metadata: {}, hidden: ["attachment.served-by"] });
    await heartbeat(session, "java-fastjson2");
    await readonly(session, "java-fastjson2");
  } finally {
    await session.close();
  }
}

/** Two long calls for one thread: the second one is refused. */
async function overload(): Promise<void> {
  const session = await Session.open(vectors, JAVA, { server: { threads: 1 } });
  try {
    await session.client.call({ method: "whoami" });
    await session.client.many({ count: 8, concurrency: 8, calls: [{ method: "slow", args: [300, "x"] }] });
    const refused = await session.tap.find("status 100", ({ bytes, direction }) => direction === "response" && statusOf(bytes) === 100);
    session.keep("java-overload-reply", refused, { metadata: {}, outcome: "Server" });
  } finally {
    await session.close();
  }
}

/** A recorded request with an older protocol version in it: the server must answer without attachments then. */
async function olderProtocol(session: Session): Promise<void> {
  const version = "2.0.1";
  for (const name of ["hello", "nothing", "boom"]) {
    const request = vectors.find((vector) => vector.name === `java-${name}-request`)!;
    const bytes = Buffer.from(request.hex, "hex");
    bytes.write(version, bytes.indexOf(PROTOCOL), "latin1");
    const answer = await exchange(session.server.port, bytes);
    const expect = { ...request.expect, metadata: { ...request.expect.metadata, protocol: version } };
    vectors.push(goodVector(`java-old-${name}-request`, `${request.origin}, protocol version set to ${version}`, { bytes, direction: "request" }, expect));
    const known: Known = { metadata: {}, absent: ["attachment.served-by"], ...(name === "boom" ? { outcome: "Caller" as const } : {}) };
    vectors.push(goodVector(`java-old-${name}-reply`, `${JAVA} server -> a client of protocol version ${version}`, { bytes: answer, direction: "response" }, known, `java-old-${name}-request`));
  }
}

/** Sends one frame and returns the frame that answers it. */
async function exchange(port: number, bytes: Buffer): Promise<Buffer> {
  const socket = connect({ port, host: "127.0.0.1" });
  try {
    socket.write(bytes);
    let answer = Buffer.alloc(0);
    while (answer.length < 16 || answer.length < 16 + answer.readUInt32BE(12)) {
      const [piece] = await once(socket, "data", { signal: AbortSignal.timeout(10_000) }) as [Buffer];
      answer = Buffer.concat([answer, piece]);
    }
    return answer;
  } finally {
    socket.destroy();
  }
}

await javaCalls();
await goCalls();
await group();
await otherSerialization();
await overload();
for (const client of ["java", "go"]) {
  saveRecorded(join(import.meta.dirname, ".."), client, vectors.filter(({ name }) => name.startsWith(`${client}-`)));
}
