/**
 * The contract between a protocol and the framework: a codec says what the bytes mean, the framework does the rest.
 * `request`, `response` and `reply` must be written, everything else has a default. Bytes come from strangers: a codec
 * never throws, never loops on them and checks every length (its `Reader` does). Files of a codec import only
 * `bytes/` and this file.
 */
import { Json } from "../bytes/json";
import { Problems } from "../bytes/problems";
import { Reader } from "../bytes/reader";
import { Writer } from "../bytes/writer";
import { Metadata } from "./metadata";
import { Mutation } from "./mutation";
import { Exchange } from "./exchange";
import { Failure } from "./failure";

export enum Verdict {
  /** More bytes are wanted: do not call again before `wire.need` bytes, counted from the frame's start. */
  Need = 0,
  /** The frame's head is understood and described in the Frame. */
  Head = 1,
  /** These bytes are not of this protocol. With `frame.size` set only this frame is lost, otherwise the connection. */
  Bad = 2,
  /** From here on the bytes cannot be read; they pass unread where policy allows it. */
  Opaque = 3,
}

export enum Kind {
  /** A request, or a reply to one. */
  Call = 0,
  /** A further part of an exchange that was opened before, found by `key` and `pin`. */
  Part = 1,
  /** Must reach all open lanes and have one answer. */
  Setup = 2,
  /** A request that the codec itself answers, in its turn, with `answer`. */
  Local = 3,
  /** A sign of life that the codec itself answers, on the wire it came from, with `answer`; inline, `beat` goes to the server in its place. */
  Ping = 4,
  /** A message of the server's own that belongs to no request and goes to the client. */
  Push = 5,
  /** Swallowed, with the answers to the codec's own `beat` among them. */
  Drop = 6,
}

export enum Order {
  /** Replies may come in any order: requests spread over endpoints one by one. */
  Free = 0,
  /** The client must get replies in the order of its requests. */
  Replies = 1,
  /** As Replies, and no request may overtake one before it. */
  Strict = 2,
}

export enum Expect {
  /** No reply will come. */
  None = 0,
  /** Perhaps one: where order is kept, an answer to the next request of the lane says that none will come. */
  Maybe = 1,
  /** One or more, until a reply with `last`. */
  Some = 2,
}

/** Whose fault a reply reports; only Server feeds retries and outlier detection. */
export enum Outcome { Ok = 0, Caller = 1, Server = 2 }

export enum Direction { Request = 0, Response = 1 }

/** What a client connection has said about itself; subclassed by codecs that need it; seen by all later exchanges. */
export class Session {
  /** Bytes that it keeps of what the client has said: the codec bounds them. */
  get keptBytes(): i32 { return 0; }
}

/** One byte stream, the client's or a lane's; subclassed for parse state. */
export class Wire {
  /** The bytes from the frame's start on; offset 0 is its first byte. */
  reader: Reader = new Reader();
  /** With Verdict.Need: how many bytes from the frame's start are needed before the next call. */
  need: i32 = 0;
  /** Set by the codec when the peer has said that it will take no new requests (a lane drains). */
  draining: bool = false;
  /** Offset where bytes were found bad, for messages to people. */
  badAt: i32 = 0;
  /** What was found bad, short and lower case. */
  badWhy: string = "";
  finder: ExchangeFinder | null = null;
  /** Of a lane: the name of its cluster. */
  cluster: string = "";

  constructor(public session: Session, public lane: bool) {}

  /** On a lane: the oldest open exchange with this key, which a reply with this key belongs to. */
  find(key: u64): Exchange | null {
    const finder = this.finder;
    return finder ? finder.find(key) : null;
  }

  /** Verdict.Need with the number of bytes wanted, counted from the frame's start. */
  wants(bytes: i32): Verdict {
    this.need = bytes;
    return Verdict.Need;
  }

  /** Verdict.Bad with its reason and the offset from the frame's start. */
  bad(why: string, at: i32): Verdict {
    this.badWhy = why;
    this.badAt = at;
    return Verdict.Bad;
  }
}

/** Lets a wire find exchanges without knowing how they are kept. */
export abstract class ExchangeFinder {
  abstract find(key: u64): Exchange | null;
}

/**
 * What the codec says of one message. One per wire, reused; the framework resets it before each decode and sets
 * `metadata.base`. Offsets count from the frame's first byte.
 */
@final
export class Frame {
  /** Bytes that must be buffered before the message can be routed; only these can be edited. */
  head: i32 = 0;
  /** Whole length in bytes, head included; -1: `tail` finds the end. */
  size: i32 = 0;
  /** Of a frame of known length: `tail` is shown what follows its head as well, and must find the end where the length says. */
  walked: bool = false;
  kind: Kind = Kind.Call;
  /** The id that a reply repeats; 0 where the protocol has none. */
  key: u64 = 0;
  /** 0: none. Frames with the same pin go to the same lane; SESSION pins all that follows. */
  pin: u64 = 0;
  /** The pin ends with this frame; with SESSION, all pins do. */
  unpin: bool = false;
  /**
   * Of a request that is all here and has an answer: what the bytes behind it mean hangs on that, so they are not read before it has
   * come. Of a reply: it is not that answer yet.
   */
  fence: bool = false;
  /** Of Kind.Local: its bytes go to a server with a later request, so it passes the filters as a call does. */
  deferred: bool = false;
  /** Of Kind.Local: nothing more is taken, and the connection closes once all answers up to this one have left. */
  ends: bool = false;
  /** Of a request with a pin: its route must lead where the pin's lane goes, otherwise it is refused (MIXED_ROUTES). */
  together: bool = false;
  /** Of a request: where no rule matches, any server will do. */
  anywhere: bool = false;
  order: Order = Order.Free;
  expect: Expect = Expect.Some;
  /** Of a reply: no further one will come for this exchange. */
  last: bool = true;
  /** Of a request: it may be run twice without harm. */
  safe: bool = false;
  /** Of a request: milliseconds that the server is asked to wait before it answers. */
  wait: i32 = 0;
  outcome: Outcome = Outcome.Ok;
  /** Of a reply: the protocol's own status number. */
  code: i32 = 0;
  /** Call `encode` even if no rule asks for a change: the codec has a change of its own. */
  edited: bool = false;
  /** Of a reply: the exchange it belongs to, if the codec looked for it; otherwise found by `key`. */
  exchange: Exchange | null = null;
  /** The codec's own memory of a request: copied to its exchange, where `response` and `reply` find it. */
  a: u64 = 0;
  b: u64 = 0;
  /** Bytes of a request that its exchange keeps, for `response` and `reply`; set by `note`. */
  noteAt: i32 = 0;
  noteLength: i32 = 0;
  metadata: Metadata = new Metadata();
  /** Why keys are hidden that one reader or another could read; for people, as `meltemi decode` shows it. */
  why: string = "";
  /** By slot: 1 if a rule or filter reads the key. Set by the framework. */
  wanted: StaticArray<u8> = new StaticArray<u8>(0);

  reset(): void {
    this.head = 0;
    this.size = 0;
    this.walked = false;
    this.kind = Kind.Call;
    this.key = 0;
    this.pin = 0;
    this.unpin = false;
    this.fence = false;
    this.deferred = false;
    this.ends = false;
    this.together = false;
    this.anywhere = false;
    this.order = Order.Free;
    this.expect = Expect.Some;
    this.last = true;
    this.safe = false;
    this.wait = 0;
    this.outcome = Outcome.Ok;
    this.code = 0;
    this.edited = false;
    this.exchange = null;
    this.a = 0;
    this.b = 0;
    this.noteAt = 0;
    this.noteLength = 0;
    this.why = "";
    this.metadata.clear();
  }

  /** True if any rule or filter reads this key: only then is it worth the decoding. */
  wants(slot: i32): bool { return <u32>slot < <u32>this.wanted.length && unchecked(this.wanted[slot]) != 0; }

  /** A value of a key: an offset from the frame's start and a length. Not copied; again for further values. */
  put(slot: i32, at: i32, length: i32): void { this.metadata.put(slot, at, length); }

  /** A value that is no bytes of the frame, such as a number's text: made once, at configure time, and kept for ever. */
  putText(slot: i32, text: StaticArray<u8>): void {
    // Offsets wrap round in 32 bits, as addresses do.
    this.metadata.put(slot, <i32>(changetype<usize>(text) - this.metadata.base), text.length);
  }

  /**
   * Another spelling by which some server knows what the key says, such as a method's name in other case: what closes doors
   * holds for it too, and nothing is granted by it. As `putText`; it must last until the callback ends.
   */
  alias(slot: i32, at: usize, length: i32): void { this.metadata.alias(slot, <i32>(at - this.metadata.base), length); }

  /**
   * Bytes of a request to remember, by offset from the frame's start: copied to its exchange, at most MAX_NOTE. For
   * what `a` and `b` are too small for, such as the name that an error must repeat.
   */
  note(at: i32, length: i32): void {
    this.noteAt = at;
    this.noteLength = length;
  }

  /** The key may be there, but cannot be read. */
  hide(slot: i32): void { this.metadata.hide(slot); }

  /**
   * The key may have values besides those that are put, or one where none is: the message reaches what it does not name. Routes go by
   * those that are there; what opens a door does not hold by them, and what closes one cannot rule the others out.
   */
  hideMore(slot: i32): void { this.metadata.addUnseen(slot); }
}

/** What `Codec.tail` answers to bytes that cannot be read. */
export const BROKEN: i32 = -2;

/** Bytes of a note that an exchange keeps. */
export const MAX_NOTE: i32 = 255;

/**
 * Pins from here on are vital: when their lane is lost, the client would wait for what can never come, so its
 * connection closes. Frames of other pins are refused (UPSTREAM_RESET) once their lane is lost, until `unpin`.
 */
export const VITAL: u64 = 1 << 63;

/** A vital pin that holds all that follows on the connection, whatever their own pin says. */
export const SESSION: u64 = u64.MAX_VALUE;

/** What the control plane and the framework must know of a protocol; `build` writes it beside the .wasm. */
export class Traits {
  /** The server speaks first: only inline, routed by listener. */
  serverFirst: bool = false;
  order: Order = Order.Free;
  lanes: bool = true;
  inline: bool = true;
  /** Bytes of a head at most; a head that wants more is refused. */
  maxHead: i32 = 64 << 10;
  /** Bytes of a frame at most. */
  maxFrame: i32 = i32.MAX_VALUE;
  /**
   * Keys that requests supply, in slot order. A last name "*" says that any other name may be asked for as well
   * (headers, attachments): such names get slots of their own at configure time, spelled in `Codec.names`.
   */
  requestKeys: string[] = [];
  responseKeys: string[] = [];
  /** Beginnings of names that "*" does not stand for, such as `args.`: of those only what the options bring is there. */
  reserved: string[] = [];
  /** The one of requestKeys that names the service: it tells services apart that share a port; empty: no key does. */
  serviceKey: string = "";
  /** Keys that a mutation may change, with "*" for all names that are not in requestKeys (responseKeys). */
  settableRequest: string[] = [];
  settableResponse: string[] = [];
  /** For people: what a message must be for its keys to be changed, where not all messages are. */
  settableIn: string = "";
}

/** One protocol. Each plugin configuration has an object of its own. */
export abstract class Codec {
  /** Its name in configurations; set by the framework. */
  protocol: string = "";
  /** Set in the codec's constructor. */
  traits: Traits = new Traits();
  /**
   * Some filter in force closes doors (`Filter.guards`): where two readers may understand a message in two ways, it must be
   * refused, or the key hidden. Set by the framework before `configure`.
   */
  guarded: bool = false;
  /** By direction: the names of all slots, lower case; the first ones are those of the traits. */
  names: Array<Array<string>> = [[], []];

  /**
   * Reads the codec's own options, an object, at configure time; what is wrong with them, or cannot be while `guarded`, goes to
   * `problems`. Called again when either changes, also to none: what is not said is as by default.
   */
  configure(options: Json, problems: Problems): void { problems.unknownFields(options, []); }

  /** Slot of a key, ignoring case: -1 if the codec never supplies it. Configure time only. */
  slot(name: string, direction: Direction): i32 {
    const known = direction == Direction.Request ? this.traits.requestKeys : this.traits.responseKeys;
    const slots = this.names[direction];
    if (slots.length == 0) for (let i = 0; i < known.length; i++) slots.push(known[i].toLowerCase());
    const lower = name.toLowerCase();
    const found = slots.indexOf(lower);
    if (found >= 0 && lower != "*") return found;
    if (known.length == 0 || known[known.length - 1] != "*" || slots.length >= 256 || lower == "*") return -1;
    return slots.push(lower) - 1;
  }

  /** False: with its options of now the codec never supplies this key. Configure time only; asked of a codec that serves nobody yet. */
  supplies(name: string, direction: Direction): bool { return true; }

  /** True if a mutation may change the key of this slot. Configure time only. */
  settable(slot: i32, direction: Direction): bool {
    const request = direction == Direction.Request;
    const settable = request ? this.traits.settableRequest : this.traits.settableResponse;
    const known = request ? this.traits.requestKeys : this.traits.responseKeys;
    if (slot >= known.length) return settable.includes("*");
    return settable.includes(known[slot]);
  }

  /** The protocol's status number for the text of a rule, -1 if there is none of that name. Configure time only. */
  code(text: string): i32 { return -1; }

  session(): Session { return new Session(); }
  wire(session: Session, lane: bool): Wire { return new Wire(session, lane); }

  /**
   * Reads the head of a message from the client. May be called again for the same frame, with more bytes, until the
   * frame is passed on (when `encode` asked for all of it): what it changes in wire or session must bear that.
   */
  abstract request(w: Wire, f: Frame): Verdict;
  /** Reads the head of a message from a server; may be called again in the same way. */
  abstract response(w: Wire, f: Frame): Verdict;

  /**
   * Finds the end of a frame whose length is not known, or which is `walked`: called with the bytes that follow what was read so
   * far, again and again; from the head on once more when the head has been read again. Returns how many of them belong to the frame if it ends there, -1 if all do and it goes on, or BROKEN if
   * they cannot be read: its end will never be found.
   */
  tail(w: Wire, f: Frame): i32 { return 0; }

  /**
   * Writes the frame's head with the changes made: returns how many bytes at the frame's start `out` replaces,
   * 0 if it needs the whole frame in `w.reader` first, -1 if the message cannot carry the change.
   */
  encode(w: Wire, f: Frame, mutation: Mutation, out: Writer): i32 { return -1; }

  /**
   * A request was given up before any byte of it went to a server; `reply` follows, if it expects an answer, when its
   * turn has come. For what the session must remember at once. `w`: what it was read with if it is refused as it comes,
   * also where a filter has held it; the client's if it went to a lane that could not be opened.
   */
  refused(w: Wire, x: Exchange, failure: Failure): void {}

  /** Writes the codec's own answer to a frame of Kind.Local or Kind.Ping. */
  answer(w: Wire, f: Frame, out: Writer): void {}

  /** Writes an error in the protocol's own words; x null: to the connection as a whole. False: close the connection. */
  abstract reply(w: Wire, x: Exchange | null, failure: Failure, out: Writer): bool;

  /**
   * In order, an answer has come before that to this request of the same lane, and waits for it, perhaps for ever: what a person
   * may do about it, for the log. Empty: nothing.
   */
  overtaken(x: Exchange): string { return ""; }

  /** Writes what tells a server that the exchange was given up. False: there is no such message. */
  cancel(w: Wire, x: Exchange, out: Writer): bool { return false; }

  /** Inline: writes a harmless request that takes the place of a denied one. False: the protocol has none. */
  carrier(w: Wire, x: Exchange, out: Writer): bool { return false; }

  /**
   * Handshake of a new lane: first with f null, when the lane is asked for, then with each answer, until Verdict.Head.
   * Requests of Kind.Setup that come later are sent to the lane as well, behind what it is to carry before them.
   */
  greet(w: Wire, f: Frame | null, out: Writer): Verdict { return Verdict.Head; }

  /** Writes what tells a client that it should go elsewhere with further requests: its connection closes soon. False: there is no such message. */
  goodbye(w: Wire, out: Writer): bool { return false; }

  /** Writes a sign of life, for a server that is silent, or inline in the place of a client's; its answer must come back as Kind.Drop. False: needs none. */
  beat(w: Wire, out: Writer): bool { return false; }
}
