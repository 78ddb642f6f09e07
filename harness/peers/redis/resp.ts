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
const MORE = Symbol("more bytes are needed");

/** Takes bytes as they come and hands out whole replies. */
export class RespParser {
  private pieces: Buffer[] = [];
  private length = 0;
  private need = 1;
  private bytes: Buffer = Buffer.alloc(0);
  private at = 0;

  constructor(private readonly take: (reply: Reply, size: number) => void) {}

  feed(piece: Buffer): void {
    this.pieces.push(piece);
    this.length += piece.length;
    if (this.length < this.need) return;
    this.bytes = this.pieces.length === 1 ? piece : Buffer.concat(this.pieces);
    let done = 0;
    this.need = 1;
    for (this.at = 0; this.at < this.bytes.length; done = this.at) {
      const reply = this.value();
      if (reply === MORE) break;
      this.take(reply, this.at - done);
    }
    const rest = this.bytes.subarray(done);
    this.pieces = rest.length > 0 ? [rest] : [];
    this.length = rest.length;
    this.need = rest.length > 0 ? Math.max(this.need - done, rest.length + 1) : 1;
  }

  private value(): Reply | typeof MORE {
    const line = this.line();
    if (line === MORE) return MORE;
    const type = line[0], text = line.slice(1);
    switch (type) {
      case "+": return text;
      case "-": return new RespError(text);
      case ":": return Number(text);
      case "_": return null;
      case "#": return text === "t";
      case ",": return new Typed("double", text);
      case "(": return new Typed("big", text);
      case "$": return this.bulk(Number(text), (bytes) => bytes);
      case "=": return this.bulk(Number(text), (bytes) => new Typed("verbatim", bytes));
      case "!": return this.bulk(Number(text), (bytes) => new RespError(bytes));
      case "*": return this.list(Number(text), (items) => items);
      case "%": return this.list(Number(text) * 2, (items) => new Typed("map", items));
      case "~": return this.list(Number(text), (items) => new Typed("set", items));
      case ">": return this.list(Number(text), (items) => new Typed("push", items));
      case "|": return this.attributed(Number(text) * 2);
      default: throw new Error(`no RESP: ${JSON.stringify(line.slice(0, 80))}`);
    }
  }

  private line(): string | typeof MORE {
    const end = this.bytes.indexOf(CR, this.at);
    if (end < 0 || end + 1 >= this.bytes.length) return MORE;
    const line = this.bytes.toString("utf8", this.at, end);
    this.at = end + 2;
    return line;
  }

  private bulk(length: number, make: (bytes: string) => Reply): Reply | typeof MORE {
    if (length < 0) return null;
    const end = this.at + length;
    if (end + 2 > this.bytes.length) {
      this.need = end + 2;
      return MORE;
    }
    const bytes = this.bytes.toString("utf8", this.at, end);
    this.at = end + 2;
    return make(bytes);
  }

  private list(length: number, make: (items: Reply[]) => Reply): Reply | typeof MORE {
    if (length < 0) return null;
    const items: Reply[] = [];
    for (let i = 0; i < length; i++) {
      const item = this.value();
      if (item === MORE) return MORE;
      items.push(item);
    }
    return make(items);
  }

  /** What an attribute says something of follows it. */
  private attributed(length: number): Reply | typeof MORE {
    const attributes = this.list(length, (items) => new Typed("map", items));
    if (attributes === MORE) return MORE;
    const of = this.value();
    return of === MORE ? MORE : new Typed("attribute", [attributes, of]);
  }
}
