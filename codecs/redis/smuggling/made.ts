/** Smuggling cases. What servers execute of each when its bytes come directly is in runs.json, which record.ts writes. */
import { command } from "../../../harness/peers/redis/resp.ts";
import type { RedisCase } from "./run.ts";
import recorded from "./runs.json" with { type: "json" };

type Rule = object;
const say = (...lines: string[]): string => Buffer.concat(lines.map((line) => command(...line.split(" ")))).toString("latin1");
const named = (name: string, ...commands: string[]): object => ({ name, action: "allow", match: commands.map((exact) => [{ key: "command", exact }]) });
const SECRETS: Rule = { name: "secrets", action: "deny", match: [[{ key: "key", prefix: "secret:" }]] };
const REPLICAS = named("replicas", "psync", "sync", "replconf"), MONITORS = named("monitors", "monitor");
const deny = (...commands: string[]): object => ({ name: "no", action: "deny", match: commands.map((exact) => [{ key: "command", exact }]) });
const hex = (text: string): string => Buffer.from(text, "latin1").toString("hex");

const RUNS: Record<string, RedisCase["runs"]> = recorded;

const cases: RedisCase[] = [];

interface More { rules?: Rule[]; options?: object; answers?: [after: string, says: string][]; passes?: string[]; default?: "allow" | "deny"; watch?: string[] }

/** `send`: what the client writes, a byte a character. `watch`: commands that must not run; by default those in `forbidden`. */
function add(kind: RedisCase["kind"], name: string, why: string, send: string, forbidden: string[], more: More = {}): void {
  cases.push({
    name, why, kind, ...(more.options ? { options: more.options } : {}), rules: more.rules ?? [SECRETS], default: more.default ?? "allow", hex: hex(send),
    ...(more.answers ? { answers: more.answers.map(([after, says]) => ({ after: hex(after), hex: hex(says) })) } : {}),
    forbidden, ...(more.passes ? { passes: more.passes } : {}), watch: more.watch ?? forbidden.map((text) => text.toLowerCase()), runs: RUNS[name] ?? {},
  });
}

function modes(): void {
  const behind = "COPY secret:a stolen\r\nDEL secret:a\r\n", fullresync = `+FULLRESYNC ${"0".repeat(40)} 0\r\n`, rules = [REPLICAS, MONITORS, SECRETS];
  add("mode", "psync-refused", "a server refuses PSYNC without arguments and goes on with what is behind it", `PSYNC\r\n${behind}`, ["COPY", "DEL"],
    { rules, answers: [["PSYNC\r\n", "-ERR wrong number of arguments for 'psync' command\r\n"]], passes: ["PSYNC"] });
  add("mode", "psync-invalid", "a server refuses PSYNC while it has answers to write", `PING\r\nPSYNC ? -1\r\n${behind}`, ["COPY", "DEL"],
    { rules, answers: [["PING\r\n", "+PONG\r\n"], ["PSYNC ? -1\r\n", "-ERR SYNC and PSYNC are invalid with pending output\r\n"]], passes: ["PSYNC"] });
  add("mode", "psync-agreed", "a server that feeds a replica runs all that has no key of what it says", "PSYNC ? -1\r\nSCRIPT FLUSH\r\nREPLCONF ACK 1\r\n", ["SCRIPT"],
    { rules: [REPLICAS, deny("script")], answers: [["PSYNC ? -1\r\n", fullresync]], passes: ["ACK 1"] });
  add("mode", "psync-silent", "no answer comes: nobody knows what the bytes mean", `SYNC\r\n${behind}`, ["COPY", "DEL"], { rules, passes: ["SYNC"], watch: [] });
  add("mode", "replconf", "REPLCONF does not make a replica yet", `REPLCONF listening-port 1\r\nREPLCONF ACK 1\r\n${behind}`, ["COPY", "DEL"],
    { rules, answers: [["REPLCONF listening-port 1\r\n", "+OK\r\n"]], passes: ["ACK 1"] });
  add("mode", "monitor", "commands of a monitor are commands", `MONITOR\r\nSCRIPT FLUSH\r\n${behind}`, ["COPY", "DEL", "SCRIPT"],
    { rules: [MONITORS, SECRETS, deny("script")], answers: [["MONITOR\r\n", "+OK\r\n"]], passes: ["MONITOR"] });
  add("mode", "subscribe", "and those of a subscriber", `SUBSCRIBE x\r\nUNSUBSCRIBE x\r\n${behind}`, ["COPY", "DEL"],
    { answers: [["SUBSCRIBE x\r\n", "*3\r\n$9\r\nsubscribe\r\n$1\r\nx\r\n:1\r\n"], ["UNSUBSCRIBE x\r\n", "*3\r\n$11\r\nunsubscribe\r\n$1\r\nx\r\n:0\r\n"]], passes: ["SUBSCRIBE"] });
  add("mode", "hello", "RESP3 changes what servers say, not what clients say", say("HELLO 3", "DEL secret:a", "HELLO 2", "DEL secret:a", "GET public"), ["DEL"],
    { answers: [[say("HELLO 3"), "%0\r\n"], [say("HELLO 2"), "*0\r\n"]], passes: ["public"] });
  add("mode", "reply-off", "silence is no consent", say("CLIENT REPLY OFF", "DEL secret:a", "CLIENT REPLY SKIP", "DEL secret:a", "SET public 1"), ["DEL"], { passes: ["public"] });
  add("mode", "quit", "nothing behind QUIT is read", "QUIT\r\nDEL public\r\n", ["DEL"], { rules: [], watch: [] });
  add("mode", "multi-deferred", "commands between MULTI and EXEC run, whoever has said QUEUED", say("MULTI", "FLUSHALL", "EXEC"), ["FLUSHALL"], { rules: [deny("flushall")] });
  add("mode", "multi-script", "and so do scripts without keys", say("MULTI", "EVAL return 0", "SET public 1", "EXEC"), ["EVAL"], { passes: ["MULTI"] });
  add("mode", "reset-refused", "a server before 6.2 knows no RESET, and stays in the database", say("SELECT 9", "RESET", "GET public"), ["GET"], {
    rules: [{ name: "no", action: "deny", match: [[{ key: "database", exact: "9" }, { key: "command", exact: "get" }]] }], watch: [],
    answers: [[say("SELECT 9"), "+OK\r\n"], [say("RESET"), "-ERR unknown command `RESET`\r\n"]], passes: ["RESET"],
  });
  add("mode", "select-forgotten", "the database is the last one that a server has agreed to, however many it has refused since",
    say("SELECT 9", "SELECT 99", "SELECT 99", "SELECT 99", "SELECT 99", "SELECT 99", "GET public"), ["GET"], {
      rules: [{ name: "no", action: "deny", match: [[{ key: "database", exact: "9" }, { key: "command", exact: "get" }]] }],
      answers: [[say("SELECT 9"), "+OK\r\n"], ...Array.from({ length: 5 }, (): [string, string] => [say("SELECT 99"), "-ERR DB index is out of range\r\n"])],
    });
  add("mode", "reset-first", "nothing reaches a server before the password that the filter asks for", say("RESET", "GET public", "MULTI", "SET public 1", "EXEC", "RESET"),
    ["RESET", "GET", "SET", "EXEC"], { rules: [], options: { auth: { password: "secret" } } });
}

function lengths(): void {
  add("two-in-one", "count-covers-next", "an array that counts the next command's strings as its own: expected '$', got '*'", `*3\r\n$3\r\nGET\r\n$6\r\npublic\r\n${say("DEL secret:a")}`, ["DEL"]);
  add("two-in-one", "string-without-end", "servers pass over two bytes behind a string, whatever they are", "*2\r\n$3\r\nGET\r\n$6\r\npublicXXDEL secret:a\r\n", ["DEL"], { passes: ["public"] });
  add("two-in-one", "value-with-command", "a command inside of a string is none", `*3\r\n$3\r\nSET\r\n$6\r\npublic\r\n$${say("DEL secret:a").length}\r\n${say("DEL secret:a")}\r\n`, ["SET", "DEL"],
    { rules: [deny("set")] });
  add("two-in-one", "behind-a-command", "each command in one write is one", say("GET public", "DEL secret:a", "GET public"), ["DEL"], { passes: ["public"] });
  for (const [name, line] of Object.entries({ null: "*-1", none: "*0", negative: "*-1000" })) {
    add("length", `count-${name}`, "servers pass over an array of nothing", `${line}\r\nDEL secret:a\r\n${line}\r\n${say("DEL secret:a", "GET public")}`, ["DEL"], { passes: ["public"] });
  }
  add("length", "string-null", "a null string is an invalid length: the connection closes", `*1\r\n$-1\r\nDEL secret:a\r\n`, ["DEL"]);
  add("length", "string-short", "a string's length leaves some of it: the rest is read as a line", "*2\r\n$3\r\nGET\r\n$1\r\na\r\nDEL secret:a\r\n", ["DEL"], { passes: ["GET"] });
  add("length", "string-empty", "an empty command", `*1\r\n$0\r\n\r\nDEL secret:a\r\n`, ["DEL"]);
  add("length", "string-long", "a string that takes the next command in", "*2\r\n$3\r\nGET\r\n$100\r\npublic\r\nDEL secret:a\r\n", ["DEL"]);
  add("length", "count-huge", "more strings than a server takes", `*2147483647\r\n${say("DEL secret:a")}`, ["DEL"]);
  add("length", "count-many", "keys beyond those that are looked at are hidden", say(`DEL ${"a ".repeat(4200)}secret:a`), ["secret:a"], { watch: ["del"] });
  add("length", "numkeys", "the number of keys says less than there are", say("EVAL return 1 secret:a", "ZUNIONSTORE d 1 a secret:b", "LMPOP 2 public secret:a LEFT"), ["secret:a"], { watch: ["eval", "lmpop"] });
}

function kinds(): void {
  for (const [name, line] of Object.entries({ simple: "+OK", error: "-ERR", integer: ":1", map: "%1\r\n+a\r\n+b", push: ">2\r\n+a\r\n+b", null: "_", attribute: "|1\r\n+a\r\n+b", verbatim: "=3\r\nDEL" })) {
    add("client-kind", `reply-${name}`, "a reply's type from a client is a line with an unknown command", `${line}\r\nDEL secret:a\r\n${say("DEL secret:a", "GET public")}`, ["DEL secret", "DEL\r\n$8\r\nsecret"],
      { passes: ["public"], watch: ["del"] });
  }
  add("client-kind", "http", "servers close on a browser", "POST / HTTP/1.1\r\nHost: x\r\n\r\nDEL secret:a\r\n", ["DEL"]);
}

function readers(): void {
  add("reader", "line-feeds", "lines of an array that end with a line feed alone", "*2\n$3\nDEL\n$8\nsecret:a\nDEL secret:a\n", ["DEL"]);
  add("reader", "line-feed-inline", "a line that ends with a line feed alone", "DEL secret:a\nGET public\n", ["DEL"], { passes: ["public"] });
  add("reader", "cr-other", "Redis 6 passes over any byte behind the carriage return", "*2\rX$3\rXDEL\rX$8\rXsecret:a\rX", ["DEL"]);
  add("reader", "nul", "servers find no line feed behind a NUL", "GET public\0\r\nDEL secret:a\r\n", ["DEL"]);
  for (const [name, line] of Object.entries({
    name: '"DEL" secret:a', "name-hex": '"\\x44EL" secret:a', key: 'DEL "secret:a"', "key-hex": 'DEL "\\x73ecret:a"', apostrophes: "DEL 'secret:a'", tab: "DEL\tsecret:a", cr: "DEL\rsecret:a",
    "letter-case": "dEl secret:a", blanks: "   DEL   secret:a  ",
  })) add("reader", `inline-${name}`, "a line as sdssplitargs reads it", `${line}\r\nGET public\r\n`, ["DEL", "dEl"], { passes: ["public"], watch: ["del"] });
  add("reader", "keys-everywhere", "where a command's keys are only its own words tell", say(...KEYED), ["secret:"], { watch: KEYED.map((line) => line.split(" ")[0]!.toLowerCase()) });
  add("reader", "keys-unseen", "what reaches keys that it does not name", say(...UNSEEN), UNSEEN.map((line) => line.split(" ").slice(0, 2).join("\r\n").split("\r\n")[0]!), { watch: UNSEEN.map((line) => line.split(" ")[0]!.toLowerCase()) });
}

/** All of them fail for other reasons than the key, or change little: they are run on servers. */
const KEYED = [
  "DEBUG OBJECT secret:a", "DEBUG DIGEST-VALUE public secret:a", "DEBUG SDSLEN secret:a", "DEBUG LISTPACK secret:a", "OBJECT ENCODING secret:a", "MEMORY USAGE secret:a", "XINFO STREAM secret:a",
  "COPY public secret:b", "RENAMENX public secret:a", "SORT public STORE secret:b", "SORT public LIMIT 0 1 STORE secret:b", "BITOP NOT public secret:a", "LCS public secret:a", "ZUNIONSTORE d 1 secret:a",
  "ZINTER 2 public secret:a", "GEORADIUSBYMEMBER public m 1 m STORE secret:a", "XREAD COUNT 1 STREAMS public secret:a 0 0", "XREADGROUP GROUP g c STREAMS secret:a >", "PFMERGE public secret:a",
  "MIGRATE 127.0.0.1 1 secret:a 0 1", "LMPOP 2 public secret:a LEFT", "MSETNX public 1 secret:a 1", "SMOVE public secret:a m", "WATCH secret:a", "RESTORE secret:a 0 x", "MOVE secret:a 1", "PFDEBUG ENCODING secret:a",
];
const UNSEEN = [
  "KEYS secret:*", "SCAN 0", "RANDOMKEY", "EVAL return 0", "EVAL return 1 public", "EVALSHA x 0", "FCALL f 0", "SORT public BY secret:*", "SWAPDB 0 0", "DEBUG POPULATE 1 secret: 8", "DEBUG RELOAD",
  "CLIENT TRACKING ON BCAST", "MODULE LOAD x", "JSON.MSET public $ 1 secret:a $ 1", "SLOWLOG GET", "REPLICAOF NO ONE", "FLUSHDB",
];

/** All cases. */
export function made(): RedisCase[] {
  cases.length = 0;
  for (const part of [modes, lengths, kinds, readers]) part();
  return [...cases];
}
