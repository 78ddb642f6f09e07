/** Bad vectors: what servers or client libraries refuse, or never read to an end. */
import { command } from "../../../harness/peers/redis/resp.ts";
import type { BadVector, Cost } from "../../../tests/contract/vectors.ts";

const bad: BadVector[] = [];
const ascii = (text: string): Buffer => Buffer.from(text, "latin1");

function add(costs: Cost, name: string, why: string, content: Buffer | string, hidden?: string[], direction: BadVector["direction"] = "request"): void {
  const bytes = typeof content === "string" ? ascii(content) : content;
  bad.push({ name, bad: true, why, direction, costs, ...(hidden ? { hidden } : {}), hex: bytes.toString("hex") });
}

const reply = (costs: Cost, name: string, why: string, content: Buffer | string): void => add(costs, `reply-${name}`, why, content, undefined, "response");

/** What is no number, or none that string2ll in the servers' util.c takes, or larger than any. */
const NUMBERS: Record<string, string> = {
  empty: "", letter: "x", plus: "+1", "two-signs": "--1", "zeros-first": "0001", "zero-first": "01", "minus-zero": "-0", "blank-first": " 1", "blank-behind": "1 ", "letter-behind": "1x",
  hexadecimal: "0x1", exponent: "1e3", fraction: "1.0", "33-bits": "2147483648", "64-bits": "9223372036854775808", "20-digits": "99999999999999999999", "40-digits": "1".repeat(40),
};

/** Of numbers that say how much is to come. */
function requestLengths(): void {
  for (const [name, number] of Object.entries(NUMBERS)) {
    const said = JSON.stringify(number.length > 20 ? `${number.slice(0, 20)}...` : number);
    add("connection", `count-${name}`, `an array of ${said} strings`, `*${number}\r\n$4\r\nPING\r\n`);
    add("connection", `length-${name}`, `a command name of ${said} bytes`, `*1\r\n$${number}\r\nPING\r\n`);
    add("connection", `argument-${name}`, `an argument of ${said} bytes, which nobody asks for`, `*2\r\n$4\r\nECHO\r\n$${number}\r\nx\r\n`);
    add("connection", `last-${name}`, `the third of three arguments has ${said} bytes`, `*3\r\n$3\r\nSET\r\n$1\r\nk\r\n$${number}\r\nx\r\n`);
  }
  for (const [name, number] of [["null", -1], ["negative", -5], ["513-mib", (512 << 20) + 1]] as const) {
    add("connection", `length-${name}`, `a command name of ${number} bytes`, `*1\r\n$${number}\r\nPING\r\n`);
    add("connection", `argument-${name}`, `an argument of ${number} bytes`, `*2\r\n$4\r\nECHO\r\n$${number}\r\nx\r\n`);
  }
}

/** Other types than strings, and lines that do not end as lines do. */
function requestTypes(): void {
  for (const [name, value] of Object.entries({
    simple: "+OK", error: "-ERR", integer: ":4", array: "*1\r\n$4\r\nPING", map: "%1", set: "~1", push: ">1", null: "_", boolean: "#t", double: ",1", big: "(1", verbatim: "=4\r\nPING",
    "bulk-error": "!4\r\nPING", attribute: "|1", nothing: "\r\n$4\r\nPING", text: "PING", nul: "\0",
  })) {
    add("connection", `first-${name}`, `${JSON.stringify(value)} in place of the command's name`, `*1\r\n${value}\r\n`);
    add("connection", `second-${name}`, `${JSON.stringify(value)} in place of an argument`, `*2\r\n$4\r\nECHO\r\n${value}\r\n`);
  }
  add("connection", "count-line-feed", "a line that ends with a line feed alone", "*1\n$4\nPING\n");
  add("connection", "length-line-feed", "the line of a length ends with a line feed alone", "*1\r\n$4\nPING\r\n");
  add("connection", "count-cr-other", "no line feed behind the carriage return", "*1\rX$4\r\nPING\r\n");
  add("connection", "name-too-far", "a command name of more than 1 MiB", "*1\r\n$1048577\r\nx");
  add("connection", "count-endless", "a count whose line does not end", `*${"1".repeat(1000)}`);
  add("connection", "length-endless", "a length whose line does not end", `*1\r\n$${"1".repeat(1000)}`);
}

function lines(): void {
  add("connection", "line-form-feed", "a form feed behind a quote: Redis ends the word there, Valkey goes on with it", 'ECHO "a"\fb\r\n');
  for (const [name, line] of Object.entries({ quote: "GET \"k", apostrophe: "GET 'k", "quote-escaped": "GET \"k\\\"", "quote-last": "GET k\"", backslash: "GET \"k\\" })) {
    add("connection", `line-${name}`, "quotes that do not end", `${line}\r\n`);
  }
  add("connection", "line-nul", "a NUL in a line, behind which a server finds no line feed", "GET k\0\r\n");
  add("connection", "line-endless", "more than 64 KiB without the end of a line", Buffer.alloc((64 << 10) + 1, 0x61));
  add("connection", "line-post", "what a browser says that was lured to a Redis port", "POST / HTTP/1.1\r\n");
  add("connection", "line-host", "and of a request that begins otherwise", "Host: 127.0.0.1:6379\r\n");
  add("connection", "array-post", "the same as an array", command("POST", "/"));
  for (const [name, line] of Object.entries({ name: "G\"ET\" k", "name-behind": "\"GE\"T k", "name-escaped": "\"G\\x45T\" k", select: "SELECT \"\\x31\"", subcommand: "CLIENT SET\"NAME\" x", watch: "WATCH \"k\\x31\"" })) {
    add("message", `quotes-${name}`, "quotes or escapes inside of a word that says what is to be done", `${line}\r\n`);
  }
  for (const [name, line] of Object.entries({ escaped: "GET \"k\\x31\"", inside: "GET k\"ey\"", second: "MGET a 'it\\'s'", blank: "GET k\"e y\"", counted: "EVAL s \"\\x31\" k" })) {
    add("keys", `quotes-key-${name}`, "a key, or what leads to it, with quotes or escapes inside", `${line}\r\n`, ["key"]);
  }
  add("keys", "quotes-channel", "a channel with an escape", "PUBLISH \"a\\x31\" x\r\n", ["channel"]);
}

/** More than anybody looks at. */
function many(): void {
  const keys = Array.from({ length: 4096 }, (_, i) => String(i % 10));
  add("keys", "keys-4096", "a key behind the last of the 4,096 arguments that are looked at", command("MGET", ...keys), ["key"]);
  add("keys", "line-keys-4096", "the same in a line", `MGET ${keys.join(" ")}\r\n`, ["key"]);
  add("keys", "channels-4096", "channels without bound", command("SUBSCRIBE", ...keys), ["channel"]);
  add("keys", "subcommand-long", "a subcommand of 65 bytes", command("CONFIG", "x".repeat(65)), ["subcommand"]);
}

function truncated(): void {
  const set = command("SET", "key", "value");
  for (const end of [1, 2, 3, 4, 5, 6, 8, 9, 11, 13, 14, 17, 19, 20, 22, 24, 25, 28, 31, set.length - 1]) {
    add("time", `cut-${end}`, `the first ${end} bytes of a SET, and no more`, set.subarray(0, end));
  }
  add("time", "count-huge", "2^31-1 arguments, of which one comes", "*2147483647\r\n$4\r\nMGET\r\n$1\r\nk\r\n");
  add("time", "count-huge-unknown", "2^31-1 arguments of a command that nobody knows", "*2147483647\r\n$2\r\nno\r\n");
  add("time", "length-huge", "a value of 512 MiB, of which one byte comes", "*3\r\n$3\r\nSET\r\n$1\r\nk\r\n$536870912\r\nx");
  add("time", "key-huge", "a key of 512 MiB, of which one byte comes", "*2\r\n$3\r\nGET\r\n$536870912\r\nx");
  add("time", "line-cut", "a line without its end", "GET k");
  add("time", "numkeys-huge", "a script with more keys than come", "*5\r\n$4\r\nEVAL\r\n$1\r\ns\r\n$10\r\n2147483647\r\n$1\r\nk\r\n");
}

/** What hiredis does not read either, or no server sends. */
function replies(): void {
  const types: Record<string, string> = { string: "$", array: "*", map: "%", set: "~", push: ">", verbatim: "=", "bulk-error": "!", attribute: "|" };
  for (const [type, sign] of Object.entries(types)) {
    for (const [name, number] of Object.entries(NUMBERS)) {
      // Less is asked of replies: a server's numbers are its own.
      if (["zero-first", "zeros-first", "minus-zero", "33-bits"].includes(name)) continue;
      reply("connection", `${type}-${name}`, `a ${type} whose length is ${JSON.stringify(number.slice(0, 20))}`, `${sign}${number}\r\n`);
    }
    reply("connection", `${type}-negative`, `a ${type} of -2`, `${sign}-2\r\n`);
    reply("connection", `${type}-streamed`, `a ${type} without a length, which no server sends`, `${sign}?\r\n`);
    reply("connection", `${type}-inside`, `a ${type} of no length in an array`, `*2\r\n:1\r\n${sign}x\r\n`);
    if (type !== "string" && type !== "array") reply("connection", `${type}-null`, `a ${type} of -1: only strings and arrays of RESP2 can be null so`, `${sign}-1\r\n`);
  }
  for (const [name, bytes] of Object.entries({ http: "HTTP/1.1 400 Bad Request\r\n\r\n", letter: "OK\r\n", "empty-line": "\r\n", nul: "\0\0\0\0", tls: "\x16\x03\x01\x02\x00", dot: ".\r\n", chunk: ";4\r\nabcd\r\n" })) {
    reply("connection", name, `${JSON.stringify(bytes)} in place of a reply`, bytes);
    reply("connection", `${name}-inside`, `${JSON.stringify(bytes)} in an array`, `*2\r\n:1\r\n${bytes}`);
  }
  for (const [name, bytes] of Object.entries({
    simple: "+no end", error: "-ERR no end", integer: ":1", string: "$5\r\nhell", "string-end": "$5\r\nhello", "string-huge": "$536870912\r\nx", array: "*2\r\n:1\r\n", "array-huge": "*536870912\r\n:1\r\n",
    deep: "*1\r\n".repeat(1000), "map-value": "%1\r\n+a\r\n", "attribute-alone": "|1\r\n+a\r\n+b\r\n", "sets-deep": "~1\r\n".repeat(1000), "maps-wide": "%536870912\r\n".repeat(100),
    sign: "$", "sign-of-array": "*",
  })) reply("time", `cut-${name}`, "what is promised never comes", bytes);
  const map = ascii("%2\r\n$1\r\na\r\n*2\r\n:1\r\n,1.5\r\n+b\r\n~1\r\n_\r\n");
  for (let end = 1; end < map.length; end += 2) reply("time", `cut-map-${end}`, `the first ${end} bytes of a map, and no more`, map.subarray(0, end));
}

/** All vectors that are made here. */
export function made(): BadVector[] {
  bad.length = 0;
  for (const part of [requestLengths, requestTypes, lines, many, truncated, replies]) part();
  return [...bad];
}
