import { parseJson } from "../../../assembly/bytes/jsonParser";
import { Problems } from "../../../assembly/bytes/problems";
import { Writer } from "../../../assembly/bytes/writer";
import { Direction, Failure, Frame, Kind, Mutation, PendingRequest, RequestFinder, Verdict, View } from "../../../assembly/codec/index";
import { RedisCodec } from "../codec";
import { RedisSession } from "../session";
import { RedisWire } from "../wire";

/** A text with `|` for the ends of lines, and `^` for that sign. */
export function bytes(spec: string): Writer {
  const out = new Writer();
  out.text(spec.split("|").join("\r\n").split("^").join("|"));
  return out;
}

/** A command in words as clients send it. */
export function command(line: string): Writer {
  const words = line.split(" ");
  let spec = "*" + words.length.toString() + "|";
  for (let i = 0; i < words.length; i++) spec += "$" + words[i].length.toString() + "|" + words[i] + "|";
  return bytes(spec);
}

export function textOf(out: Writer): string { return String.UTF8.decodeUnsafe(out.base, out.length).split("\r\n").join("|"); }

/** The one exchange that a lane waits for. */
@final
class Waiting extends RequestFinder {
  x: PendingRequest | null = null;
  find(key: u64): PendingRequest | null { return this.x; }
}

/** A codec with one connection, one lane, and the keys that rules read. */
export class Bench {
  codec: RedisCodec = new RedisCodec();
  session: RedisSession = new RedisSession();
  wire!: RedisWire;
  lane!: RedisWire;
  frame: Frame = new Frame();
  replyFrame: Frame = new Frame();
  waiting: Waiting = new Waiting();

  constructor(keys: string, options: string = "") {
    if (options.length) this.configure(options);
    this.wire = changetype<RedisWire>(this.codec.wire(this.session, false));
    this.lane = changetype<RedisWire>(this.codec.wire(this.session, true));
    this.lane.finder = this.waiting;
    this.frame.wanted = new StaticArray<u8>(256);
    this.replyFrame.wanted = new StaticArray<u8>(256);
    const names = keys.split(" ");
    for (let i = 0; i < names.length; i++) {
      const slot = this.codec.slot(names[i], Direction.Request);
      if (slot >= 0) this.frame.wanted[slot] = 1;
    }
  }

  /** What is wrong with options. */
  configure(options: string): string {
    const problems = new Problems();
    this.codec.configure(parseJson(options).value!, problems);
    return problems.error;
  }

  /** Decodes the first n bytes from the client. */
  decode(m: Writer, n: i32 = -1): Verdict {
    this.wire.reader.reset(m.base, n < 0 ? m.length : n);
    this.frame.reset();
    this.frame.metadata.base = m.base;
    return this.codec.request(this.wire, this.frame);
  }

  /** A command passes: what goes on to a server; of one that is answered here, the answer with `=` before it. */
  send(line: string): string { return this.pass(command(line)); }

  pass(m: Writer): string {
    const out = new Writer(), f = this.frame;
    if (this.decode(m) != Verdict.Head) return "not read: " + this.wire.badWhy;
    if (f.kind == Kind.Local) {
      this.codec.answer(this.wire, f, out);
      return "=" + textOf(out);
    }
    if (!f.edited) return textOf(m);
    const replaced = this.codec.encode(this.wire, f, new Mutation(), out);
    if (replaced <= 0) return "not encoded: " + replaced.toString();
    out.bytes(m.base + replaced, m.length - replaced);
    return textOf(out);
  }

  /** The exchange of the request that was read last. */
  exchange(): PendingRequest {
    const x = new PendingRequest();
    x.a = this.frame.a;
    x.b = this.frame.b;
    x.expect = this.frame.expect;
    return x;
  }

  /** A server answers an exchange. */
  answer(x: PendingRequest | null, spec: string): Verdict {
    const m = bytes(spec);
    this.waiting.x = x;
    this.lane.reader.reset(m.base, m.length);
    this.replyFrame.reset();
    this.replyFrame.metadata.base = m.base;
    return this.codec.response(this.lane, this.replyFrame);
  }

  /** A command passes and a server answers it. */
  call(line: string, reply: string): void {
    this.send(line);
    this.answer(this.exchange(), reply);
  }

  /** What a new lane is told. */
  greeting(): string {
    const out = new Writer(), wire = this.codec.wire(this.session, true);
    this.codec.greet(wire, null, out);
    return textOf(out);
  }

  error(x: PendingRequest | null, failure: Failure): string {
    const out = new Writer();
    return this.codec.reply(this.wire, x, failure, out) ? textOf(out) : "closes";
  }

  /** All values of a key, `-` if it is absent, `?` if hidden. */
  value(name: string): string {
    const slot = this.codec.slot(name, Direction.Request), metadata = this.frame.metadata, view = new View();
    if (metadata.presence(slot) == 2) return "?";
    let text = "", place = metadata.first(slot);
    if (place < 0) return "-";
    while (place >= 0) {
      text += (text.length ? "," : "") + metadata.view(place, view).text();
      place = metadata.next(place);
    }
    return text;
  }
}
