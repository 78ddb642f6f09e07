/**
 * The framework's own protocol for its tests: text that a test can write by hand, and every feature of the contract.
 *
 *     <verb> <id> <length> [<name>=<value>]...\n<body>        length `*`: the body ends with "\n.\n", and is broken by "\n.!"
 *
 * From the client: call (reply expected), maybe, tell (none), part and end (of an open exchange, `pin` says which; end
 * unpins), setup, local, ping, pong (dropped), cancel, tls (opaque). From the server: ok, more (not the last), fail
 * (caller's fault), error (server's), push, ping, pong and welcome (dropped), extra (dropped, of an open exchange), bye (drains,
 * dropped). Another verb is a bad frame.
 * Fields with a meaning: pin=N (0: SESSION), vital=1, together=1, anywhere=1, note=X (in errors), unpin=1, ends=1, safe=1, wait=MS, code=N, replies=N (oks that answer a request), fixed=1 (its fields cannot be changed), offer=X (taken out
 * on the way: an edit of the codec's own), name=? (hidden), name=~X (one server reads X, another nothing: hidden while guarded),
 * name=X|Y (some server knows X as Y, too: an alias while guarded). Options: order, ids, greet, beat, carrier, goodbye, shown, maxHead.
 */
import { Json } from "../../assembly/bytes/json";
import { Problems } from "../../assembly/bytes/problems";
import { Reader } from "../../assembly/bytes/reader";
import { Writer } from "../../assembly/bytes/writer";
import {
  BROKEN, Codec, Direction, Expect, Failure, Frame, Kind, Mutation, Order, Outcome, PendingRequest, Reason, reasonName, Session, SESSION, Verdict, VITAL, Wire,
} from "../../assembly/codec/index";
import { rewrite } from "./edit";
import { decimal, is, LF, nameEnd, wordEnd } from "./line";
import { readOptions, ToyOptions } from "./options";

export const VERB = 0, ID = 1, BODY = 2, NAMED = 4;
const MAX_LINE = 4096;
/** What an exchange remembers of `refused`. */
const SHOWN = 1, NOT_SHOWN = 2;
const END = "\n.\n", BANG = 0x21, TILDE = 0x7e;
const PIPE: u8 = 0x7c;

class ToySession extends Session {
  /** Requests that no server saw, told in answers to ping. */
  refused: i32 = 0;
  /** Requests of Kind.Setup so far, told in hello. */
  setups: i32 = 0;
}

class ToyWire extends Wire {
  /** Bytes of the line that hold no line feed. */
  scanned: i32 = 0;
  /** How much of the end mark the last bytes of the body are. */
  matched: i32 = 0;
}

@final
export class ToyCodec extends Codec {
  options: ToyOptions = new ToyOptions();

  constructor() {
    super();
    const traits = this.traits;
    traits.maxFrame = 1 << 24;
    traits.requestKeys = traits.responseKeys = ["verb", "id", "body", "*"];
    traits.settableRequest = traits.settableResponse = ["body", "*"];
  }

  configure(options: Json, problems: Problems): void { readOptions(options, problems, this.options, this.traits); }
  code(text: string): i32 { return text == "busy" ? 7 : <i32>parseInt(text); }
  session(): Session { return new ToySession(); }
  wire(session: Session, lane: bool): Wire { return new ToyWire(session, lane); }
  request(w: Wire, f: Frame): Verdict { return this.read(changetype<ToyWire>(w), f, Direction.Request); }
  response(w: Wire, f: Frame): Verdict { return this.read(changetype<ToyWire>(w), f, Direction.Response); }

  private read(w: ToyWire, f: Frame, direction: Direction): Verdict {
    const r = w.reader, line = r.find(LF, w.scanned) + 1;
    if (line == 0) {
      w.scanned = r.size;
      return r.size > MAX_LINE ? w.bad("line too long", MAX_LINE) : w.wants(r.size + 1);
    }
    const verb = wordEnd(r, 0, line), id = wordEnd(r, verb + 1, line), length = wordEnd(r, id + 1, line);
    const key = decimal(r, verb + 1, id), open = is(r, id + 1, length, "*");
    const bytes = open ? 0 : decimal(r, id + 1, length);
    if (key < 0) return w.bad("id is no number", verb + 1);
    if (bytes < 0) return w.bad("length is no number", id + 1);
    if (line + bytes > this.traits.maxFrame) return w.bad("frame too long", id + 1);
    f.head = line;
    f.size = open ? -1 : line + <i32>bytes;
    f.key = this.options.ids ? <u64>key : 0;
    if (f.wants(BODY)) {
      if (open || f.size > this.traits.maxHead) f.hide(BODY);
      else {
        if (r.size < f.size) return w.wants(f.size);
        f.head = f.size;
        f.put(BODY, line, <i32>bytes);
      }
    }
    w.scanned = 0;
    w.matched = 0;
    if (is(r, 0, verb, "tls") && direction == Direction.Request) return Verdict.Opaque;
    f.put(VERB, 0, verb);
    f.put(ID, verb + 1, id - verb - 1);
    this.fields(r, f, length, line, direction);
    const known = direction == Direction.Request ? this.fromClient(r, f, verb, changetype<ToySession>(w.session)) : this.fromServer(w, f, verb);
    return known ? Verdict.Head : w.bad("unknown verb", 0);
  }

  private fromClient(r: Reader, f: Frame, verb: i32, session: ToySession): bool {
    f.order = this.options.order;
    if (is(r, 0, verb, "call")) f.expect = Expect.Some;
    else if (is(r, 0, verb, "maybe")) f.expect = Expect.Maybe;
    else if (is(r, 0, verb, "setup")) {
      f.kind = Kind.Setup;
      f.anywhere = true;
      if (r.size >= f.size) session.setups++;
    }
    else if (is(r, 0, verb, "local")) f.kind = Kind.Local;
    else if (is(r, 0, verb, "ping")) f.kind = Kind.Ping;
    else {
      f.expect = Expect.None;
      if (is(r, 0, verb, "pong")) f.kind = Kind.Drop;
      else if (is(r, 0, verb, "part") || is(r, 0, verb, "cancel")) f.kind = Kind.Part;
      else if (is(r, 0, verb, "end")) {
        f.kind = Kind.Part;
        f.unpin = true;
      } else return is(r, 0, verb, "tell");
    }
    return true;
  }

  private fromServer(w: Wire, f: Frame, verb: i32): bool {
    const r = w.reader;
    f.expect = Expect.None;
    if (is(r, 0, verb, "more")) f.last = false;
    else if (is(r, 0, verb, "fail")) f.outcome = Outcome.Caller;
    else if (is(r, 0, verb, "error")) f.outcome = Outcome.Server;
    else if (is(r, 0, verb, "push")) f.kind = Kind.Push;
    else if (is(r, 0, verb, "ping")) f.kind = Kind.Ping;
    else if (is(r, 0, verb, "pong") || is(r, 0, verb, "welcome")) f.kind = Kind.Drop;
    else if (is(r, 0, verb, "extra")) {
      f.kind = Kind.Drop;
      f.request = w.find(f.key);
    } else if (is(r, 0, verb, "bye")) {
      f.kind = Kind.Drop;
      w.draining = true;
    } else return is(r, 0, verb, "ok") && this.countDown(w.find(f.key), f);
    return true;
  }

  /** A request with replies=N ends with its Nth ok: what its exchange remembers decides. */
  private countDown(x: PendingRequest | null, f: Frame): bool {
    f.request = x;
    if (x !== null && x.b > 1) {
      x.b--;
      f.last = false;
    }
    return true;
  }

  private fields(r: Reader, f: Frame, from: i32, line: i32, direction: Direction): void {
    for (let at = from + 1; at < line; at = wordEnd(r, at, line) + 1) {
      const equals = nameEnd(r, at, line), value = equals + 1, end = wordEnd(r, at, line);
      if (equals >= end) continue;
      const slot = this.named(r, at, equals, direction);
      if (slot >= 0) {
        if (is(r, value, end, "?")) f.hide(slot);
        else if (this.guarded && r.peek(value) == TILDE) {
          f.hide(slot);
          f.why = "a value with a tilde";
        } else if (this.guarded && r.find(PIPE, value) >= 0 && r.find(PIPE, value) < end) {
          const pipe = r.find(PIPE, value);
          f.put(slot, value, pipe - value);
          f.alias(slot, r.base + pipe + 1, end - pipe - 1);
        }
        else f.put(slot, value, end - value);
      }
      this.meaning(r, f, at, equals, end);
    }
  }

  private meaning(r: Reader, f: Frame, at: i32, equals: i32, end: i32): void {
    const number = decimal(r, equals + 1, end);
    if (is(r, at, equals, "offer")) f.edited = true;
    else if (is(r, at, equals, "note")) f.note(equals + 1, end - equals - 1);
    else if (number < 0) return;
    else if (is(r, at, equals, "pin")) f.pin = number ? <u64>number : SESSION;
    else if (is(r, at, equals, "vital")) f.pin |= VITAL;
    else if (is(r, at, equals, "together")) f.together = true;
    else if (is(r, at, equals, "anywhere")) f.anywhere = true;
    else if (is(r, at, equals, "unpin")) f.unpin = true;
    else if (is(r, at, equals, "ends")) f.ends = true;
    else if (is(r, at, equals, "safe")) f.safe = true;
    else if (is(r, at, equals, "wait")) f.wait = <i32>number;
    else if (is(r, at, equals, "code")) f.code = <i32>number;
    else if (is(r, at, equals, "replies")) f.b = <u64>number;
  }

  /** Slot of a name that somebody asked for, -1 if nobody did. */
  private named(r: Reader, at: i32, end: i32, direction: Direction): i32 {
    const names = this.names[direction];
    for (let slot = NAMED; slot < names.length; slot++) if (is(r, at, end, names[slot])) return slot;
    return -1;
  }

  tail(w: Wire, f: Frame): i32 {
    const wire = changetype<ToyWire>(w), r = w.reader;
    for (let at = 0; at < r.size; at++) {
      const byte = r.peek(at);
      if (byte == BANG && wire.matched == 2) return BROKEN;
      if (byte != END.charCodeAt(wire.matched)) wire.matched = 0;
      if (byte == END.charCodeAt(wire.matched) && ++wire.matched == END.length) return at + 1;
    }
    return -1;
  }

  encode(w: Wire, f: Frame, mutation: Mutation, out: Writer): i32 { return rewrite(w.reader, f, mutation, out); }

  answer(w: Wire, f: Frame, out: Writer): void {
    out.text(f.kind == Kind.Ping ? "pong " : "ok ");
    const refused = changetype<ToySession>(w.session).refused;
    out.text(f.key.toString() + " 0" + (refused && f.kind == Kind.Ping && !w.lane ? " refused=" + refused.toString() : "") + "\n");
  }

  reply(w: Wire, x: PendingRequest | null, failure: Failure, out: Writer): bool {
    if (x !== null && x.begun) return false;
    const code = failure.reason == Reason.FaultAbort ? failure.code : 0;
    out.text(x ? "error " + x.key.toString() : "bye 0");
    out.text(" " + String.UTF8.byteLength(failure.text).toString());
    out.text(" reason=" + reasonName(failure.reason) + " code=" + code.toString());
    if (x && x.noteLength) {
      out.text(" note=");
      out.bytes(x.noteAt, x.noteLength);
    }
    if (x && x.a && this.options.shown) out.text(x.a == SHOWN ? " shown=1" : " shown=0");
    out.text("\n" + failure.text);
    return true;
  }

  cancel(w: Wire, x: PendingRequest, out: Writer): bool { return this.options.ids && out.text("cancel " + x.key.toString() + " 0\n") > 0; }

  refused(w: Wire, x: PendingRequest, failure: Failure): void {
    changetype<ToySession>(w.session).refused++;
    x.a = w.reader.matches(0, "call " + x.key.toString() + " ") ? SHOWN : NOT_SHOWN;
  }

  carrier(w: Wire, x: PendingRequest, out: Writer): bool { return this.options.carrier && out.text("call " + x.key.toString() + " 0 carrier=1\n") > 0; }
  goodbye(w: Wire, out: Writer): bool { return this.options.goodbye && out.text("goodbye 0 0\n") > 0; }
  beat(w: Wire, out: Writer): bool { return this.options.beat && out.text("ping 0 0\n") > 0; }

  greet(w: Wire, f: Frame | null, out: Writer): Verdict {
    if (!this.options.greet) return Verdict.Head;
    if (f !== null) return w.reader.matches(0, "welcome ") ? Verdict.Head : w.bad("not welcome", 0);
    const setups = changetype<ToySession>(w.session).setups;
    out.text("hello 0 0" + (setups ? " setups=" + setups.toString() : "") + "\n");
    return Verdict.Need;
  }
}
