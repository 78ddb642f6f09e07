import { Json } from "../../assembly/bytes/json";
import { Problems } from "../../assembly/bytes/problems";
import { utf8Bytes } from "../../assembly/bytes/utf8";
import { Writer } from "../../assembly/bytes/writer";
import {
  Codec, Direction, Expect, Failure, failureText, Frame, Kind, MAX_NOTE, Mutation, Order, PendingRequest, Session, Traits, Verdict, Wire,
} from "../../assembly/codec/index";
import {
  HEADED, Header, HEADER_PREFIX, Key, KEYED, MAX_HEAD, Protocol, ReplyKey, REQUEST_KEYS, RESPONSE_KEYS, Transport, Type,
} from "./constants";
import { Editor } from "./encode";
import { Envelope } from "./decode";
import { codeOf, parseCode, writeException } from "./errors";
import { ask, isProbe, STAYS_PLAIN, takeConsent } from "./finagle";
import { Idl } from "./idl/idl";
import { ARGS_PREFIX } from "./idl/keys";
import { Methods } from "./methods";
import { isAmbiguous, plainName, plainServiceLength, serviceLength } from "./multiplex";
import { Names } from "./names";
import { Spoken } from "./spoken";
import { Framing, ThriftSession, ThriftWire } from "./wire";
import { beginMessage, endMessage, PROBES, protocolOf, UPGRADED } from "./messageWriter";

/** Names of keys that a codec knows, of each direction. */
const MAX_SLOTS: i32 = 256;
const CARRIER: StaticArray<u8> = utf8Bytes("meltemi_carrier");
const carrierName: Writer = new Writer();
const TRANSPORTS: StaticArray<u8>[] = [utf8Bytes("unframed"), utf8Bytes("framed"), utf8Bytes("header")];
const PROTOCOLS: StaticArray<u8>[] = [utf8Bytes("binary"), utf8Bytes("binary"), utf8Bytes("compact")];
const TYPES: StaticArray<u8>[] = [utf8Bytes("call"), utf8Bytes("reply"), utf8Bytes("exception"), utf8Bytes("oneway")];

/** Apache Thrift over all transports without TLS. See README.md beside this file for what it reads and what it leaves out. */
@final
export class ThriftCodec extends Codec {
  private envelope: Envelope = new Envelope();
  private editor: Editor = new Editor();
  private requestNames: Names = new Names();
  private responseNames: Names = new Names();
  private oneway: Methods = new Methods();
  private order: Order = Order.Replies;
  private idl: Idl = new Idl();
  private spoken: Spoken = new Spoken();
  /** Finagle's headers are read, where a server agrees to them. */
  private finagle: bool = false;
  /** A sequence id as text, for the request read last. */
  private digits: StaticArray<u8> = new StaticArray<u8>(11);

  constructor() {
    super();
    this.traits = thriftTraits();
  }

  /**
   * `order`: `free` where clients find their replies by sequence id, so that a slow one holds none up; `replies` by default.
   * `oneway`: methods that no server answers, for clients that call them as if it did (Apache's Go library does).
   * `transports`, `protocols`: those that clients may use and servers speak, all by default; without `header` no rule can name a
   * THeader key. With guarding filters both must be named.
   * `idl`: what requests may be, as the control plane has compiled it from .thrift files.
   * `finagle`: servers are asked whether they know Finagle's headers; not with guarding filters, because only their types are known.
   */
  configure(options: Json, problems: Problems): void {
    problems.unknownFields(options, ["order", "oneway", "transports", "protocols", "idl", "finagle"]);
    this.order = problems.oneOf(options, "order", ["replies", "free"], "replies") == "free" ? Order.Free : Order.Replies;
    this.oneway = new Methods();
    const names = problems.texts(options, "oneway");
    for (let i = 0; i < names.length; i++) this.oneway.add(names[i]);
    this.idl.configure(problems.object(options, "idl"), problems);
    this.spoken.configure(options, this.guarded, problems);
    this.finagle = problems.bool(options, "finagle");
    if (this.finagle && this.guarded) problems.report("options.finagle", "found true with guarding filters (auth, token, jwt, extAuth or rate limits): remove it, because a server may read another message after the headers than the filter");
    if (!this.spoken.hasHeader) this.leaveOutHeader();
  }

  private leaveOutHeader(): void {
    const traits = this.traits;
    traits.requestKeys = REQUEST_KEYS.slice(0, -1);
    traits.responseKeys = RESPONSE_KEYS.slice(0, -1);
    traits.settableRequest = traits.settableResponse = [];
  }

  /** Beside the fixed keys, any key of a THeader by its name, or by `header.NAME`: needed where it is that of a fixed key. */
  slot(name: string, direction: Direction): i32 {
    const request = direction == Direction.Request;
    const known = request ? REQUEST_KEYS : RESPONSE_KEYS;
    let spelled = name.toLowerCase();
    if (spelled.startsWith(ARGS_PREFIX)) return request ? this.argumentSlot(spelled) : -1;
    let key = spelled;
    if (spelled.startsWith(HEADER_PREFIX)) {
      key = spelled.substring(HEADER_PREFIX.length);
      if (key.length == 0) return -1;
      if (!known.includes(key)) spelled = key;
    }
    const slot = super.slot(spelled, direction);
    if (slot >= known.length - 1) (request ? this.requestNames : this.responseNames).add(key, slot);
    return slot;
  }

  /** Of an argument; a THeader key of such a name is `header.args.NAME`. */
  private argumentSlot(spelled: string): i32 {
    const names = this.names[Direction.Request];
    if (names.length == 0) super.slot(REQUEST_KEYS[0], Direction.Request);
    const known = names.indexOf(spelled);
    if (known < 0 && names.length >= MAX_SLOTS) return -1;
    const slot = known < 0 ? names.push(spelled) - 1 : known;
    this.idl.keys.add(spelled, slot);
    return slot;
  }

  /** Arguments are known by an IDL only. */
  supplies(name: string, direction: Direction): bool {
    const lower = name.toLowerCase();
    return !lower.startsWith(ARGS_PREFIX) || (direction == Direction.Request && this.idl.keys.knows(lower));
  }

  settable(slot: i32, direction: Direction): bool {
    return !this.names[direction][slot].startsWith(ARGS_PREFIX) && super.settable(slot, direction);
  }

  code(text: string): i32 { return parseCode(text); }
  session(): Session { return new ThriftSession(); }
  wire(session: Session, lane: bool): Wire { return new ThriftWire(session, lane); }

  request(w: Wire, f: Frame): Verdict {
    const wire = changetype<ThriftWire>(w), envelope = this.envelope, message = envelope.message;
    f.order = this.order;
    envelope.upgraded = wire.own.upgraded;
    if (envelope.upgraded && !this.finagle) return w.bad("headers before messages, which this configuration no longer allows", 0);
    const verdict = envelope.read(wire, f, this.guarded || this.idl.isOn);
    if (verdict == Verdict.Need) return verdict;
    if (verdict == Verdict.Bad) return this.refuse(wire, f);
    const session = wire.own;
    session.shape = f.a;
    session.known = true;
    if (!this.spoken.speaks(envelope)) return w.bad(this.spoken.why, 0);
    if (f.wants(Key.TRANSPORT)) f.putText(Key.TRANSPORT, TRANSPORTS[envelope.transport]);
    if (envelope.unread) this.hide(f);
    else this.put(f);
    if (envelope.transport == Transport.HEADER) {
      const header = envelope.header;
      if (header.flags & Header.OUT_OF_ORDER) {
        f.order = Order.Free;
        if (f.key == 0 && header.seqid) f.key = HEADED | <u64>header.seqid;
      }
      if (!this.headerKeys(wire, f)) return w.bad(header.why, header.badAt);
    }
    // Such servers take one message after the other, and `response` must know what stands before a reply that it has not read.
    if (envelope.upgraded) {
      f.key = 0;
      // It cannot go elsewhere, and must not go where no rule leads it.
      f.together = true;
    }
    // Nothing but their order tells such replies apart.
    if (f.key == 0) f.order = Order.Replies;
    if (!envelope.unread && message.type != Type.CALL && message.type != Type.ONEWAY) {
      f.expect = Expect.None;
      return w.bad("a reply from a client", 0);
    }
    if (!envelope.unread && !envelope.upgraded && isProbe(envelope.body.base + message.nameAt, message.nameLength)) return this.takeProbe(wire, f);
    return this.idl.isOn ? this.idl.check(wire, f, envelope) : Verdict.Head;
  }

  /** It goes to no server, unless what follows a server's consent can be read. */
  private takeProbe(w: ThriftWire, f: Frame): Verdict {
    if (this.envelope.message.type == Type.ONEWAY) return w.bad("a one-way call that asks for an answer", 0);
    f.expect = Expect.Some;
    if (this.finagle && this.envelope.transport == Transport.FRAMED) ask(w, f);
    else f.kind = Kind.Local;
    return Verdict.Head;
  }

  /** A message that is bad behind its name: its error repeats what was read of it. */
  private refuse(wire: ThriftWire, f: Frame): Verdict {
    const message = this.envelope.message;
    if (!message.named || wire.framing == Framing.Unknown) return Verdict.Bad;
    f.note(<i32>(this.envelope.body.base - f.metadata.base) + message.nameAt, message.nameLength);
    if (message.type == Type.ONEWAY) f.expect = Expect.None;
    return Verdict.Bad;
  }

  response(w: Wire, f: Frame): Verdict {
    const wire = changetype<ThriftWire>(w), envelope = this.envelope, message = envelope.message;
    const first = wire.own.upgraded ? w.find(0) : null;
    envelope.upgraded = first !== null && (first.a & UPGRADED) != 0;
    const verdict = envelope.read(wire, f, false);
    if (verdict == Verdict.Need) return verdict;
    if (envelope.upgraded) f.key = 0;
    else this.findRequest(w, f);
    // A reply of which nobody can say whose it is costs its lane.
    if (verdict == Verdict.Bad && !envelope.identified) f.size = 0;
    if (verdict != Verdict.Head) return verdict;
    if (envelope.transport == Transport.HEADER && !this.headerKeys(wire, f)) return w.bad(envelope.header.why, envelope.header.badAt);
    if (envelope.unread) {
      f.hide(ReplyKey.TYPE);
      return Verdict.Head;
    }
    if (message.type != Type.REPLY && message.type != Type.EXCEPTION) return w.bad("a request from a server", 0);
    if (f.wants(ReplyKey.TYPE)) f.putText(ReplyKey.TYPE, TYPES[message.type - 1]);
    const x = wire.own.asks && !envelope.upgraded ? w.find(f.key) : null;
    return x && x.a & PROBES ? takeConsent(wire, x, message, f) : Verdict.Head;
  }

  /** Either sequence id may be the one that the request is known by: of the two, one may be readable and the other not. */
  private findRequest(w: Wire, f: Frame): void {
    const message = this.envelope.message, seqid = this.envelope.header.seqid, headed = this.envelope.transport == Transport.HEADER;
    f.key = message.named ? keyOf(message.seqid) : headed ? keyOf(seqid) : 0;
    if (!headed) return;
    if (message.named && message.seqid) f.request = w.find(f.key);
    if (!f.request) f.request = w.find(HEADED | <u64>seqid);
  }

  tail(w: Wire, f: Frame): i32 {
    const scanner = changetype<ThriftWire>(w).scanner;
    return scanner ? scanner.scan(w.reader.base, w.reader.size) : 0;
  }

  encode(w: Wire, f: Frame, mutation: Mutation, out: Writer): i32 {
    // It has keys in no other place.
    if (f.a & UPGRADED) return -1;
    return this.editor.edit(changetype<ThriftWire>(w), w.lane ? this.responseNames : this.requestNames, mutation, out);
  }

  answer(w: Wire, f: Frame, out: Writer): void {
    writeError(out, f.a, f.b, f.metadata.base + <usize>f.noteAt, min(f.noteLength, MAX_NOTE), STAYS_PLAIN);
  }

  overtaken(x: PendingRequest): string {
    const name = plainName(x.noteAt, x.noteLength), method = name.length ? "method " + name : "a method whose name is not plain text";
    return "an answer waits for the answer to an older call, of " + method + ", which may never come: if it is one-way, name it in option oneway or give option idl; "
      + "if its server answers in any order, set option order: free";
  }

  reply(w: Wire, x: PendingRequest | null, failure: Failure, out: Writer): bool {
    if (x) {
      // The name that an answer repeats is without the service.
      const service = serviceLength(x.noteAt, x.noteLength);
      return writeError(out, x.a, x.b, x.noteAt + service, x.noteLength - service, failure);
    }
    const session = changetype<ThriftWire>(w).own;
    return session.known && writeError(out, session.shape, 0, 0, 0, failure);
  }

  /** A call without arguments of a method that no service has; of the same service, for servers of several know no other name. */
  carrier(w: Wire, x: PendingRequest, out: Writer): bool {
    if (protocolOf(x.a) == Protocol.UNKNOWN) return false;
    const service = isAmbiguous(x.noteAt, x.noteLength) ? 0 : plainServiceLength(x.noteAt, x.noteLength), name = carrierName;
    name.reset();
    name.bytes(x.noteAt, service);
    name.bytes(changetype<usize>(CARRIER), CARRIER.length);
    const start = beginMessage(out, x.a, x.b, Type.CALL, name.base, name.length);
    out.u8(0);
    endMessage(out, start, x.a);
    return true;
  }

  /** Keys of a THeader; of a request also those that earlier ones have left. False: it is bad. */
  private headerKeys(wire: ThriftWire, f: Frame): bool {
    const header = this.envelope.header, names = wire.lane ? this.responseNames : this.requestNames, session = wire.own;
    while (header.next()) {
      names.put(f, header.keyAt, header.keyLength, header.valueAt, header.valueLength);
      if (wire.lane || !header.persistent) continue;
      if (!session.keep(header.keyAt, header.keyLength, header.valueAt, header.valueLength)) {
        return header.bad("too many persistent keys", header.end);
      }
    }
    if (header.isBad || wire.lane) return !header.isBad;
    const kept = session.keys.length;
    for (let i = 0; i < kept; i++) {
      const key = session.keys[i], at = changetype<usize>(key), value = session.values[i];
      if (!header.has(at, key.length)) names.put(f, at, key.length, changetype<usize>(value), value.length);
    }
    // The server that it goes to may not have seen them.
    if (kept) f.edited = true;
    return true;
  }

  /** Of a message that cannot be read. */
  private hide(f: Frame): void {
    f.key = HEADED | <u64>this.envelope.header.seqid;
    // It may be one-way.
    f.expect = Expect.Maybe;
    f.hide(Key.SERVICE);
    f.hide(Key.METHOD);
    f.hide(Key.TYPE);
    f.hide(Key.SEQID);
    const protocol = this.envelope.header.protocol;
    if (protocol == Protocol.UNKNOWN) f.hide(Key.PROTOCOL);
    else f.putText(Key.PROTOCOL, PROTOCOLS[protocol]);
  }

  /** What the beginning of the message says; it may lie in the frame or in what was inflated. */
  private put(f: Frame): void {
    const message = this.envelope.message;
    const shift = <i32>(this.envelope.body.base - f.metadata.base), length = message.nameLength;
    const name = shift + message.nameAt, at = f.metadata.base + name, method = serviceLength(at, length);
    if (isAmbiguous(at, length)) {
      f.hide(Key.SERVICE);
      f.hide(Key.METHOD);
      f.why = "servers read such a name differently; allowed: at most one colon, between two parts, and no zero byte";
    } else {
      if (method) f.put(Key.SERVICE, name, method - 1);
      f.put(Key.METHOD, name + method, length - method);
    }
    f.note(name, length);
    f.key = keyOf(message.seqid);
    if (message.type == Type.ONEWAY || this.oneway.has(at, length, length - method)) f.expect = Expect.None;
    if (f.wants(Key.TYPE)) f.putText(Key.TYPE, TYPES[message.type - 1]);
    if (f.wants(Key.PROTOCOL)) f.putText(Key.PROTOCOL, PROTOCOLS[message.protocol]);
    if (f.wants(Key.SEQID)) this.putNumber(f, Key.SEQID, <i32>message.seqid);
  }

  private putNumber(f: Frame, slot: i32, value: i32): void {
    const digits = this.digits;
    let at = digits.length, rest = <u32>(value < 0 ? -value : value);
    do {
      digits[--at] = 0x30 + <u8>(rest % 10);
      rest /= 10;
    } while (rest);
    if (value < 0) digits[--at] = 0x2d;
    f.put(slot, <i32>(changetype<usize>(digits) + at - f.metadata.base), digits.length - at);
  }
}

/** Exchanges without an id are found in the order of their lane, those with one by it. */
function keyOf(seqid: u32): u64 { return seqid ? KEYED | <u64>seqid : 0; }

function writeError(out: Writer, shape: u64, ids: u64, nameAt: usize, nameLength: i32, failure: Failure): bool {
  const protocol = protocolOf(shape);
  if (protocol == Protocol.UNKNOWN) return false;
  const start = beginMessage(out, shape, ids, Type.EXCEPTION, nameAt, nameLength);
  writeException(out, protocol == Protocol.COMPACT, failureText(failure), codeOf(failure));
  endMessage(out, start, shape);
  return true;
}

function thriftTraits(): Traits {
  const t = new Traits();
  t.order = Order.Replies;
  t.maxHead = MAX_HEAD;
  t.requestKeys = REQUEST_KEYS;
  t.serviceKey = "service";
  t.reserved = [ARGS_PREFIX];
  t.responseKeys = RESPONSE_KEYS;
  t.settableRequest = ["*"];
  t.settableResponse = ["*"];
  t.settableIn = "messages with a THeader";
  return t;
}
