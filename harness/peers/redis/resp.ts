/** RESP2 and RESP3, read and written with nothing of the codec's: https://github.com/redis/redis-specifications/blob/master/protocol/RESP3.md */

/** An error reply, as a value: its text is what the server said. */
export class RespError {
  constructor(readonly message: string) {}
}

/** What only RESP3 has, told apart from arrays and texts. Maps hold key and value in turn, attributes a map and what they are of. */
export class Typed {
  constructor(readonly type: "map" | "set" | "push" | "attribute" | "double" | "big" | "verbatim", readonly value: string | Reply[]) {}
}

/** Bulk and simple strings are texts. */
export type Reply = string | number | boolean | null | RespError | Typed | Reply[];

export type Argument = string | number | Buffer;

/** A command as clients send it: an array of bulk strings. */
export function command(...args: Argument[]): Buffer {
  const parts: Buffer[] = [Buffer.from(`*${args.length}\r\n`)];
  for (const arg of args) {
    const bytes = Buffer.isBuffer(arg) ? arg : Buffer.from(String(arg));
    parts.push(Buffer.from(`$${bytes.length}\r\n`), bytes, CRLF);
  }
  return Buffer.concat(parts);
}

const CRLF = Buffer.from("\r\n");
const CR = 13;

type Wrap = (items: Reply[]) => Reply;

/** A list that is not yet whole. */
interface Open { left: number; items: Reply[]; wrap: Wrap }

/** Takes bytes as they come and hands out whole replies. What was read is not read again. */
export class RespParser {
  private bytes: Buffer = Buffer.alloc(0);
  private at = 0;
  /** Of a bulk string that is not yet whole: its bytes so far, and how many there will be, line end included. */
  private pieces: Buffer[] = [];
  private missing = 0;
  private makeBulk: (text: string) => Reply = String;
  private readonly open: Open[] = [];
  /** Bytes of the value that is being read. */
  private size = 0;

  /** `take` gets each reply and how many bytes it had. */
  constructor(private readonly take: (reply: Reply, size: number) => void) {}

  feed(piece: Buffer): void {
    this.bytes = this.at < this.bytes.length ? Buffer.concat([this.bytes.subarray(this.at), piece]) : piece;
    this.at = 0;
    while (this.missing > 0 ? this.bulk() : this.line());
  }

  /** False if more bytes are needed. */
  private bulk(): boolean {
    const some = this.bytes.subarray(this.at, this.at + this.missing);
    this.pieces.push(some);
    this.at += some.length;
    this.size += some.length;
    this.missing -= some.length;
    if (this.missing > 0) return false;
    const whole = this.pieces.length === 1 ? some : Buffer.concat(this.pieces);
    this.pieces = [];
    this.done(this.makeBulk(whole.toString("utf8", 0, whole.length - 2)));
    return true;
  }

  private line(): boolean {
    const end = this.bytes.indexOf(CR, this.at);
    if (end < 0 || end + 1 >= this.bytes.length) return false;
    const type = String.fromCharCode(this.bytes[this.at]!), text = this.bytes.toString("utf8", this.at + 1, end);
    this.size += end + 2 - this.at;
    this.at = end + 2;
    this.value(type, text);
    return true;
  }

  private value(type: string, text: string): void {
    switch (type) {
      case "+": return this.done(text);
      case "-": return this.done(new RespError(text));
      case ":": return this.done(Number(text));
      case "_": return this.done(null);
      case "#": return this.done(text === "t");
      case ",": return this.done(new Typed("double", text));
      case "(": return this.done(new Typed("big", text));
      case "$": return this.begin(Number(text), (bytes) => bytes);
      case "=": return this.begin(Number(text), (bytes) => new Typed("verbatim", bytes));
      case "!": return this.begin(Number(text), (bytes) => new RespError(bytes));
      case "*": return this.list(Number(text), (items) => items);
      case "%": return this.list(Number(text) * 2, (items) => new Typed("map", items));
      case "~": return this.list(Number(text), (items) => new Typed("set", items));
      case ">": return this.list(Number(text), (items) => new Typed("push", items));
      // what an attribute says something of follows it
      case "|": return this.list(Number(text) * 2 + 1, (items) => new Typed("attribute", [new Typed("map", items.slice(0, -1)), items.at(-1)!]));
      default: throw new Error(`no RESP: ${JSON.stringify((type + text).slice(0, 80))}`);
    }
  }

  private begin(length: number, make: (text: string) => Reply): void {
    if (length < 0) return this.done(null);
    this.missing = length + 2;
    this.makeBulk = make;
  }

  private list(length: number, wrap: Wrap): void {
    if (length < 0) this.done(null);
    else if (length === 0) this.done(wrap([]));
    else this.open.push({ left: length, items: [], wrap });
  }

  private done(reply: Reply): void {
    for (let value = reply; ; ) {
      const list = this.open.at(-1);
      if (!list) {
        this.take(value, this.size);
        this.size = 0;
        return;
      }
      list.items.push(value);
      if (--list.left > 0) return;
      this.open.pop();
      value = list.wrap(list.items);
    }
  }
}
