import { Reader } from "../../assembly/bytes/reader";
import { BROKEN, Frame, Verdict } from "../../assembly/codec/index";
import { Header, MAX_FRAME, MAX_NAME, Protocol, Transport } from "./constants";
import { detect, guess, isHeader } from "./framing";
import { Inflated, Inflater } from "./inflate";
import { Message, Read } from "./message";
import { readOutcome } from "./outcome";
import { HeaderReader } from "./theader";
import { Framing, ThriftWire } from "./wire";
import { idsOf, protocolOf, shapeOf, UPGRADED } from "./messageWriter";

/** Bytes that are inflated at first: the heads of nearly all messages are shorter. */
const FIRST_INFLATED: i32 = 256;
const MAX_INFLATED: i32 = MAX_NAME + 4096 + 64;
/** Where a message is read to its end. */
const ALL_INFLATED: i32 = 64 << 10;
/** Bytes of a deflated payload that are looked at, at most, and at first. */
const MAX_DEFLATED: i32 = 32 << 10;
const FIRST_DEFLATED: i32 = 256;

/**
 * Reads messages of all transports as far as their structs. Sets the frame's size, head, `a` and `b`; the rest is in
 * `message`, `header` and `unread`. One of them serves a whole codec.
 */
@final
export class Envelope {
  message: Message = new Message();
  header: HeaderReader = new HeaderReader();
  transport: i32 = 0;
  /** The message cannot be read: all that is known of it is in `header`. */
  unread: bool = false;
  /** A sequence id of it was read, even if the message is bad. */
  identified: bool = false;
  /** It stands behind the message's name, in the frame or in what was inflated. */
  body: Reader = new Reader();
  /** No more bytes will come behind those of `body`. */
  whole: bool = false;
  /** Finagle's headers stand before the message in its frame. To be set before `read`. */
  upgraded: bool = false;
  private inflater: Inflater = new Inflater();
  /** A deflated message is read to its end, or stays unread: a second one might stand behind it. */
  private toEnd: bool = false;

  read(w: ThriftWire, f: Frame, toEnd: bool): Verdict {
    this.toEnd = toEnd;
    this.unread = false;
    this.identified = false;
    this.message.named = false;
    if (w.framing == Framing.Unknown) {
      const verdict = detect(w);
      if (verdict != Verdict.Head) return verdict;
    }
    const framing = w.framing == Framing.Unknown ? guess(w.reader) : w.framing;
    const verdict = framing == Framing.None ? this.unframed(w, f) : this.sized(w, f);
    if (verdict == Verdict.Head) w.framing = framing;
    // Until the first bytes have shown that this is Thrift, a length in them means nothing.
    else if (verdict == Verdict.Bad && w.framing == Framing.Unknown) f.size = 0;
    return verdict;
  }

  private unframed(w: ThriftWire, f: Frame): Verdict {
    const r = w.reader;
    this.transport = Transport.UNFRAMED;
    this.body.reset(r.base, r.size);
    this.whole = false;
    const verdict = this.take(w, f, i32.MAX_VALUE);
    if (verdict != Verdict.Head) return verdict;
    f.size = -1;
    f.head = this.message.end;
    // Of a request that is held against an IDL some may have been looked at.
    if (w.checked == 0) w.scannerOf().begin(this.message.protocol == Protocol.COMPACT);
    return Verdict.Head;
  }

  private sized(w: ThriftWire, f: Frame): Verdict {
    const r = w.reader;
    this.transport = Transport.FRAMED;
    if (r.size < 4) return w.wants(4);
    const length = r.i32();
    if (<u32>length > <u32>MAX_FRAME) return w.bad("frame too long", 0);
    f.size = 4 + length;
    f.a = shapeOf(Transport.FRAMED, protocolOf(w.own.shape), 0) | this.mark;
    if (length < 2) return w.bad("frame too short", 0);
    if (r.size < 6) return w.wants(6);
    if (!this.upgraded && isHeader(r)) return this.headed(w, f);
    this.body.reset(r.base, min(r.size, f.size));
    this.body.at = 4;
    this.whole = r.size >= f.size;
    const verdict = this.upgraded ? this.passHeaders(w, f.size) : Verdict.Head;
    return verdict == Verdict.Head ? this.takeSized(w, f) : verdict;
  }

  private get mark(): u64 { return this.upgraded ? UPGRADED : 0; }

  /** `body` is at the struct before the message: passes over it. `most`: where the frame ends. */
  private passHeaders(w: ThriftWire, most: i32): Verdict {
    const body = this.body, scanner = w.scannerOf();
    scanner.begin(w.own.compactHeaders);
    const used = scanner.scan(body.base + body.at, body.left);
    if (used == BROKEN) return w.bad("headers before the message that cannot be read", body.at);
    // As many again, so that each byte is looked at twice or so however they are cut.
    if (used < 0) return this.whole ? w.bad("the frame ends inside the headers before the message", body.size) : w.wants(min(most, body.size * 2));
    body.skip(used);
    return Verdict.Head;
  }

  private takeSized(w: ThriftWire, f: Frame): Verdict {
    const verdict = this.take(w, f, f.size);
    if (verdict != Verdict.Head) return verdict;
    f.head = this.message.end;
    f.walked = true;
    w.scannerOf().begin(this.message.protocol == Protocol.COMPACT);
    return verdict;
  }

  /** A frame with a THeader. */
  private headed(w: ThriftWire, f: Frame): Verdict {
    const r = w.reader, header = this.header;
    this.transport = Transport.HEADER;
    f.a = shapeOf(Transport.HEADER, protocolOf(f.a), 0);
    if (f.size < Header.START) return w.bad("frame too short", 0);
    if (r.size < Header.START) return w.wants(Header.START);
    header.begin(r);
    this.identified = true;
    f.b = idsOf(header.seqid, header.seqid);
    const end = header.end;
    if (end > f.size) return w.bad("header beyond the frame", 12);
    if (r.size < end) return w.wants(end);
    if (!header.open(r)) return w.bad(header.why, header.badAt);
    f.a = shapeOf(Transport.HEADER, header.protocol, header.flags);
    f.head = end;
    this.unread = header.unread;
    if (header.unread) return Verdict.Head;
    if (header.zlib) return this.deflated(w, f);
    this.body.reset(r.base, min(r.size, f.size));
    this.body.at = end;
    this.whole = r.size >= f.size;
    return this.takeSized(w, f);
  }

  /** The message is inflated as far as its struct, or `toEnd`; where that is not possible it stays unread. */
  private deflated(w: ThriftWire, f: Frame): Verdict {
    const r = w.reader, from = this.header.end, most = min(f.size - from, MAX_DEFLATED), have = min(r.size - from, most);
    const inflater = this.inflater, largest = this.toEnd ? ALL_INFLATED : MAX_INFLATED;
    let limit = FIRST_INFLATED, status = inflater.run(r.base + from, have, limit), read = this.readInflated(status, limit == largest, w, f);
    while (read == Read.Need && status == Inflated.Done && inflater.length == limit && limit < largest) {
      limit = limit == FIRST_INFLATED ? MAX_INFLATED : ALL_INFLATED;
      status = inflater.run(r.base + from, have, limit);
      read = this.readInflated(status, limit == largest, w, f);
    }
    if (read == Read.Bad) return w.bad(this.message.why, from);
    if (read == Read.Need) {
      if (status == Inflated.Need && have < most) return w.wants(from + min(most, max(FIRST_DEFLATED, have * 2)));
      this.unread = true;
      f.why = "the deflated message is damaged, or too long to be read";
    }
    return Verdict.Head;
  }

  /** `last`: no more will be inflated. */
  private readInflated(status: Inflated, last: bool, w: ThriftWire, f: Frame): Read {
    const inflater = this.inflater;
    this.body.reset(inflater.base, inflater.length);
    this.whole = status == Inflated.Bad || inflater.ended || last;
    const read = this.parse(w, f);
    return read == Read.Done ? this.findEnd(w, f) : read;
  }

  /** As far as the message was inflated: whether it ends where it should. */
  private findEnd(w: ThriftWire, f: Frame): Read {
    const message = this.message, inflater = this.inflater, from = message.end, scanner = w.scannerOf();
    scanner.begin(message.protocol == Protocol.COMPACT);
    const size = scanner.scan(inflater.base + from, inflater.length - from);
    if (size == BROKEN) return message.bad("the message cannot be read to its end", from);
    if (size >= 0 && from + size < inflater.length) return message.bad("bytes after the end of the message", from);
    if (!inflater.ended) return this.toEnd ? Read.Need : Read.Done;
    if (size < 0) return message.bad("the deflated bytes end inside the message", from);
    return inflater.used == f.size - this.header.end ? Read.Done : message.bad("bytes after the deflated message", from);
  }

  /** Reads a message that is not deflated. `most`: where its frame ends. */
  private take(w: ThriftWire, f: Frame, most: i32): Verdict {
    const message = this.message;
    switch (this.parse(w, f)) {
      case Read.Done: return Verdict.Head;
      case Read.Bad: return w.bad(message.why, message.badAt);
      default: return message.need > most ? w.bad("the frame ends inside a message's name", most) : w.wants(message.need);
    }
  }

  /** Reads the message that `body` is at; of a reply also whose fault it reports. */
  private parse(w: ThriftWire, f: Frame): Read {
    const message = this.message, header = this.header, headed = this.transport == Transport.HEADER;
    const read = message.read(this.body);
    if (read == Read.Need) return read;
    if (message.named) this.identified = true;
    f.b = idsOf(message.seqid, headed ? header.seqid : 0);
    const other = headed && (message.protocol == Protocol.COMPACT) != (header.protocol == Protocol.COMPACT);
    // Anything looks like an old message: what is bad is not taken for one.
    if (!other && (read == Read.Done || message.protocol != Protocol.OLD_BINARY)) {
      f.a = shapeOf(this.transport, message.protocol, headed ? header.flags : 0) | this.mark;
    }
    if (read == Read.Bad) return read;
    if (other) return message.bad("another protocol than in the header", message.from);
    return w.lane ? readOutcome(this.body, message, this.whole, f) : Read.Done;
  }
}
