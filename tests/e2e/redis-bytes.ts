/** Bytes that no Redis peer of good will sends. */
import { noises } from "./noise.ts";

const text = (value: string): Buffer => Buffer.from(value, "latin1");
const STARTS = ["", "*3\r\n$3\r\nSET\r\n$4\r\n", "*2\r\n$4\r\nMGET\r\n$4000\r\n", "*1\r\n"].map(text);

/** Said to a listener by clients. */
export function hostileRequests(): Buffer[] {
  return [
    ...[
      "GET / HTTP/1.1\r\nHost: x\r\n\r\n", "POST / HTTP/1.1\r\nHost: x\r\nContent-Length: 3\r\n\r\nabc", "\x16\x03\x01\x02\x00\x01\x00\x01\xfc\x03\x03",
      "*-1\r\n", "*0\r\n", "*-2147483648\r\n", "*2147483647\r\n", "*99999999999999999999\r\n", "*1000000\r\n", "*x\r\n", "*\r\n", "*1\r\n",
      "*1\r\n$-1\r\n", "*1\r\n$-5\r\n", "*1\r\n$99999999999\r\n", "*1\r\n$2147483647\r\nx", "*1\r\n$4\r\nPINGxx", "*1\r\n:1\r\n", "*1\r\n*1\r\n$4\r\nPING\r\n",
      "*3\r\n$3\r\nSET\r\n$1\r\nk\r\n$536870913\r\nx", "*2\r\n$4\r\nEVAL\r\n$1\r\nx\r\n", "*3\r\n$4\r\nEVAL\r\n$1\r\nx\r\n$10\r\n4294967295\r\n",
      "*4\r\n$4\r\nEVAL\r\n$1\r\nx\r\n$2\r\n-1\r\n$1\r\nk\r\n", "$4\r\nPING\r\n", "+OK\r\n", ">2\r\n$1\r\na\r\n", "%1\r\n", "\r\n\r\n\r\n", "\n\n", "\0\0\0\0",
      "SET k \"unbalanced\r\n", "SET k 'a\\x4", "PING\r\n*1\r\n$4\r\nPI", "*1\r\n$0\r\n\r\n", "*2\r\n$0\r\n\r\n$0\r\n\r\n", "*1\r\n$4 \r\nPING\r\n", "*+1\r\n$4\r\nPING\r\n",
      "*1\r\n$4\r\nMULT", "MULTI\r\nSET k v\r\n", "WATCH k\r\nMULTI\r\n", "SUBSCRIBE\r\n", "UNSUBSCRIBE\r\n", "SUBSCRIBE x\r\nGET k\r\nUNSUBSCRIBE x y z\r\n",
      "HELLO 4\r\n", "HELLO x\r\n", "HELLO 3 AUTH\r\n", "HELLO 3 SETNAME\r\n", "AUTH\r\n", "SELECT\r\n", "SELECT -1\r\n", "SELECT 99999999999999999999\r\n",
      "CLIENT\r\n", "CLIENT REPLY\r\n", "CLIENT REPLY OFF\r\nPING\r\n", "CLIENT REPLY SKIP\r\nCLIENT REPLY SKIP\r\nPING\r\n", "CLIENT TRACKING ON\r\nGET k\r\n",
      "SCAN x\r\n", "SCAN 18446744073709551615\r\n", "SCAN 99999999999999999999999\r\n", "BLPOP k\r\n", "BLPOP k -1\r\n", "BLPOP k nan\r\n", "XREAD BLOCK\r\n",
      "XREAD BLOCK 1e400 STREAMS\r\n", "XREAD STREAMS a b c\r\n", "EXEC\r\nDISCARD\r\nUNWATCH\r\nRESET\r\n", "MONITOR\r\n", "PSYNC ? -1\r\n", "QUIT\r\nPING\r\n",
      "DEBUG PROTOCOL push\r\nDEBUG PROTOCOL attrib\r\nDEBUG PROTOCOL map\r\n", "HELLO 3\r\nDEBUG PROTOCOL push\r\nDEBUG PROTOCOL attrib\r\nDEBUG PROTOCOL double\r\n",
    ].map(text),
    // a line without end, and more arguments than anyone needs
    Buffer.alloc(300_000, 0x61), Buffer.concat([text("*200000\r\n"), Buffer.concat(Array.from({ length: 200_000 }, () => text("$1\r\nk\r\n")))]),
    Buffer.concat([text("*100001\r\n$3\r\nDEL\r\n"), Buffer.concat(Array.from({ length: 100_000 }, (_, i) => text(`$${String(i).length}\r\n${i}\r\n`)))]),
    text("*1\r\n".repeat(100_000)), text("PING\r\n".repeat(100_000)), text("MULTI\r\n".repeat(10_000)), text("SUBSCRIBE x\r\nUNSUBSCRIBE\r\n".repeat(5000)),
    ...noises(60, 4096, STARTS),
  ];
}

/** A conversation that ends at any byte. */
export function truncated(): Buffer[] {
  const whole = text("*3\r\n$3\r\nSET\r\n$1\r\nk\r\n$5\r\nvalue\r\n*1\r\n$5\r\nMULTI\r\n*2\r\n$4\r\nINCR\r\n$1\r\nn\r\n*1\r\n$4\r\nEXEC\r\nSUBSCRIBE a b\r\n");
  return Array.from({ length: whole.length }, (_, end) => whole.subarray(0, end));
}

/** Said by servers in place of one reply. */
export const HOSTILE_REPLIES: Buffer[] = [
  ...[
    "HTTP/1.1 400 Bad Request\r\n\r\n", "OK\r\n", "\r\n", "\0\0\0\0", "$-2\r\n", "$99999999999999999999\r\n", "$x\r\n", "$5\r\nhelloxx", "*-2\r\n", "*99999999999999999999\r\n",
    "*2147483647\r\n", "*1000000000\r\n:1\r\n", "%9223372036854775807\r\n", "%-1\r\n", "~x\r\n", ">0\r\n", ">1\r\n:1\r\n", ">3\r\n$9\r\nsubscribe\r\n$1\r\nx\r\n:1\r\n",
    ">2\r\n$10\r\ninvalidate\r\n*1\r\n$1\r\nk\r\n", "|1\r\n+a\r\n+b\r\n", "|1\r\n", "=3\r\nabc\r\n", "=1000\r\ntxt:", "#x\r\n", ",abc\r\n", "(12x\r\n", "_x\r\n", "?\r\n", "$?\r\n;4\r\nabcd\r\n;0\r\n",
    "*?\r\n:1\r\n.\r\n", "+OK\r\n+OK\r\n+OK\r\n", "-ERR one\r\n-ERR two\r\n", "-\r\n", "-MOVED 1 127.0.0.1:1\r\n", "*3\r\n$7\r\nmessage\r\n$1\r\nx\r\n$1\r\ny\r\n", ":x\r\n", "+no end",
  ].map(text),
  text("*1\r\n".repeat(100_000)), text("%1\r\n+a\r\n".repeat(50_000)), Buffer.concat([text("-"), Buffer.alloc(300_000, 0x61)]), Buffer.alloc(300_000, 0x2a),
  ...noises(20, 2048, STARTS),
];
