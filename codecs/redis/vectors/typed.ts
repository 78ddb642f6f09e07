/** Commands typed by hand into a real server, for what no library's program says: inline commands, types of RESP3, what holds a connection. */
import { connect } from "node:net";
import { once } from "node:events";
import { command, RespParser } from "../../../harness/peers/redis/index.ts";
import type { Expected, GoodVector } from "../../../tests/contract/vectors.ts";

type Facts = Omit<Expected, "size">;

interface Typed {
  name: string;
  /** Said and answered before. */
  before: string[];
  line: string;
  /** Sent as a line, not as an array. */
  inline?: true;
  request: Facts;
  /** Of each reply; none: it has none, or one that is different each time. */
  replies: Facts[];
}

/** Commands that reach keys which they do not name. */
const BEYOND = ["debug", "eval", "evalsha", "flushdb", "monitor", "scan"];
export const moreOf = (command: string): { more?: string[] } => BEYOND.includes(command) ? { more: ["key"] } : {};

const OK: Facts = { kind: "Call", outcome: "Ok", absent: ["error"] };
const answered: Facts = { kind: "Call", expect: "Some" };
const push: Facts = { kind: "Push" };
const error = (word: string): Facts => ({ kind: "Call", outcome: "Caller", metadata: { error: word } });
const facts = (kind: string, command: string, more: Partial<Expected> = {}): Facts =>
  ({ ...answered, kind, ...more, metadata: { command, ...more.metadata }, absent: ["channel", ...(more.metadata?.key ? [] : ["key"]), ...(more.metadata?.subcommand ? [] : ["subcommand"])], ...moreOf(command) });

const inline = (name: string, line: string, key: string | string[] | undefined, ...replies: Facts[]): Typed =>
  ({ name: `inline-${name}`, before: ["SET k v"], line, inline: true, request: facts("Call", line.trim().split(/[ \t"']+/)[0]!.toLowerCase(), key ? { metadata: { key } } : {}), replies });
const typed = (name: string, before: string[], line: string, request: Facts, ...replies: Facts[]): Typed => ({ name, before, line, request, replies });
const channels = (name: string, before: string[], line: string, ...replies: Facts[]): Typed => {
  const [word, ...rest] = line.split(" "), channel = rest.length === 1 ? rest[0]! : rest;
  return typed(name, before, line, { ...answered, ...(rest.length ? {} : { absent: ["channel"] }), metadata: { command: word!.toLowerCase(), ...(rest.length ? { channel } : {}) } }, ...replies);
};

const TYPES = ["string", "integer", "double", "null", "array", "set", "map", "attrib", "verbatim", "true", "false", "bignum"];

const ALL: Typed[] = [
  inline("ping", "PING", undefined, OK),
  inline("get", "  get \t k", "k", OK),
  inline("set-quoted", "SET k \"two words\"", "k", OK),
  inline("set-apostrophes", "SET 'a key' 'its value'", "a key", OK),
  inline("set-escaped", "SET k \"a\\r\\nb\\x00\"", "k", OK),
  inline("mget", "MGET k other", ["k", "other"], OK),
  inline("echo-empty", "ECHO \"\"", undefined, OK),
  typed("multi", [], "MULTI", facts("Local", "multi")),
  typed("exec-alone", [], "EXEC", facts("Call", "exec"), error("ERR")),
  typed("watch", [], "WATCH k", facts("Call", "watch", { pin: "0x1", metadata: { key: "k" } }), OK),
  typed("unwatch", [], "UNWATCH", facts("Call", "unwatch", { pin: "0x1", unpin: true }), OK),
  typed("select-wrong", [], "SELECT 99", facts("Setup", "select"), error("ERR")),
  typed("hello-wrong", [], "HELLO 9", facts("Setup", "hello"), error("NOPROTO")),
  typed("reset", ["MULTI"], "RESET", facts("Setup", "reset"), OK),
  typed("quit", [], "QUIT", facts("Local", "quit")),
  typed("client-reply-off", [], "CLIENT REPLY OFF", facts("Setup", "client", { expect: "None", metadata: { subcommand: "reply" } })),
  typed("client-reply-on", [], "CLIENT REPLY ON", facts("Setup", "client", { metadata: { subcommand: "reply" } }), OK),
  typed("client-reply-skip", [], "CLIENT REPLY SKIP", facts("Local", "client", { metadata: { subcommand: "reply" } })),
  typed("client-no-touch", [], "CLIENT NO-TOUCH ON", facts("Setup", "client", { metadata: { subcommand: "no-touch" } }), OK),
  typed("client-getname", [], "CLIENT GETNAME", facts("Call", "client", { metadata: { subcommand: "getname" } }), OK),
  typed("client-tracking", ["HELLO 3"], "CLIENT TRACKING ON", facts("Call", "client", { metadata: { subcommand: "tracking" } }), OK),
  typed("monitor", [], "MONITOR", facts("Call", "monitor"), OK),
  typed("scan", [], "SCAN 0", facts("Call", "scan", { safe: true }), OK),
  typed("blpop-in-vain", [], "BLPOP none 0.01", facts("Call", "blpop", { wait: 10, metadata: { key: "none" } }), OK),
  typed("xread-in-vain", [], "XREAD COUNT 2 BLOCK 10 STREAMS s t 0 0", facts("Call", "xread", { wait: 10, safe: true, metadata: { key: ["s", "t"] } }), OK),
  typed("wait", [], "WAIT 0 10", facts("Call", "wait", { wait: 10 }), OK),
  typed("bitop", [], "BITOP AND d a b", facts("Call", "bitop", { metadata: { key: ["d", "a", "b"] } }), OK),
  typed("sort-store", ["RPUSH l 2 1"], "SORT l LIMIT 0 1 STORE d", facts("Call", "sort", { metadata: { key: ["l", "d"] } }), OK),
  typed("zunionstore", ["ZADD z 1 a"], "ZUNIONSTORE d 2 z y", facts("Call", "zunionstore", { metadata: { key: ["d", "z", "y"] } }), OK),
  typed("msetex", [], "MSETEX 2 a 1 b 2 EX 9", facts("Call", "msetex", { metadata: { key: ["a", "b"] } }), OK),
  typed("wrong-type", ["SET k v"], "LPUSH k x", facts("Call", "lpush", { metadata: { key: "k" } }), error("WRONGTYPE")),
  typed("wrong-arity", [], "GET", facts("Call", "get", { safe: true }), error("ERR")),
  typed("empty-array", [], "LRANGE none 0 -1", facts("Call", "lrange", { safe: true, metadata: { key: "none" } }), OK),
  typed("script-load", [], "SCRIPT LOAD return(1)", facts("Setup", "script", { metadata: { subcommand: "load" } }), OK),
  typed("cluster-info", [], "CLUSTER INFO", facts("Call", "cluster", { metadata: { subcommand: "info" } }), error("ERR")),
  channels("subscribe-two", [], "SUBSCRIBE x y", { ...OK, last: false }),
  channels("psubscribe", [], "PSUBSCRIBE x*", OK),
  channels("ssubscribe", [], "SSUBSCRIBE x", OK),
  channels("unsubscribe-none", [], "UNSUBSCRIBE", OK),
  channels("resp3-subscribe", ["HELLO 3"], "SUBSCRIBE x", OK),
  typed("publish-to-itself", ["HELLO 3", "SUBSCRIBE x"], "PUBLISH x it", { ...answered, metadata: { command: "publish", channel: "x" }, absent: ["key"] }, OK, push),
  ...TYPES.flatMap((type) => ["HELLO 2", "HELLO 3"].map((hello) =>
    typed(`resp${hello.slice(-1)}-${type}`, [hello], `DEBUG PROTOCOL ${type}`, facts("Call", "debug", { metadata: { subcommand: "protocol" } }), OK))),
];

/** Sends bytes and waits for as many replies. */
type Talk = (bytes: Buffer, replies: number) => Promise<Buffer[]>;

async function talk<T>(port: number, password: string, work: (say: Talk) => Promise<T>): Promise<T> {
  const socket = connect(port, "127.0.0.1");
  await once(socket, "connect");
  const say: Talk = (bytes, replies) => new Promise((resolve) => {
    const found: Buffer[] = [];
    let all = Buffer.alloc(0), at = 0;
    const parser = new RespParser((_, size) => found.push(all.subarray(at, at += size)));
    socket.write(bytes);
    const take = (piece: Buffer): void => {
      all = Buffer.concat([all, piece]);
      parser.feed(piece);
      if (found.length < replies) return;
      socket.off("data", take);
      resolve(found.slice(0, replies));
    };
    if (replies > 0) socket.on("data", take);
    else resolve([]);
  });
  try {
    await say(command("AUTH", password), 1);
    return await work(say);
  } finally {
    socket.destroy();
  }
}

/** One name for the request, and one for each of its replies; the server is emptied before each. */
export async function typedVectors(port: number, password: string, server: string): Promise<GoodVector[]> {
  const vectors: GoodVector[] = [];
  for (const { name, before, line, inline, request, replies } of ALL) {
    await talk(port, password, async (say) => {
      await say(command("FLUSHALL"), 1);
      for (const each of before) await say(command(...each.split(" ")), 1);
      const bytes = inline ? Buffer.from(`${line}\r\n`) : command(...line.split(" ")), found = await say(bytes, replies.length);
      const asked = `typed-${name}-request`;
      vectors.push({ name: asked, origin: `typed by hand -> ${server}`, direction: "request", expect: { ...request, size: bytes.length }, hex: bytes.toString("hex") });
      for (const [i, reply] of found.entries()) {
        const told = replies[i]!;
        vectors.push({
          name: `typed-${name}-reply${i ? `-${i + 1}` : ""}`, origin: `${server} -> typed by hand`, direction: "response",
          ...(told.kind === "Push" ? {} : { answers: asked }), expect: { ...told, size: reply.length }, hex: reply.toString("hex"),
        });
      }
    });
  }
  return vectors;
}
