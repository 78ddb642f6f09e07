/**
 * The contract between a protocol and the framework: a codec says what the bytes mean, the framework does the rest.
 * `request`, `response` and `reply` must be written, everything else has a default. Bytes come from strangers: a codec
 * never throws, never loops on them and checks every length (its `Reader` does). Files of a codec import only
 * `bytes/` and this folder.
 */
import { Json } from "../bytes/json";
import { Problems } from "../bytes/problems";
import { Writer } from "../bytes/writer";
import { Direction, Verdict } from "./enums";
import { Failure } from "./failure";
import { Frame } from "./frame";
import { Mutation } from "./mutation";
import { PendingRequest } from "./pendingRequest";
import { Traits } from "./traits";
import { Session, Wire } from "./wire";

/** One protocol. Each plugin configuration has an object of its own. */
export abstract class Codec {
  /** Its name in configurations; set by the framework. */
  protocol: string = "";
  /** Set in the codec's constructor. */
  traits: Traits = new Traits();
  /**
   * Some filter in force restricts access (`Filter.guards`): if two servers may decode a message differently, it must be
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

  /** False: with its options of now the codec does not supply this key. Configure time only; asked of a codec that serves nobody yet. */
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
  refused(w: Wire, x: PendingRequest, failure: Failure): void {}

  /** Writes the codec's own answer to a frame of Kind.Local or Kind.Ping. */
  answer(w: Wire, f: Frame, out: Writer): void {}

  /** Writes an error of the protocol; x null: to the connection as a whole. False: close the connection. */
  abstract reply(w: Wire, x: PendingRequest | null, failure: Failure, out: Writer): bool;

  /**
   * In order, an answer has come before that to this request of the same lane, and waits for it, perhaps for ever: what a person
   * may do about it, for the log. Empty: nothing.
   */
  overtaken(x: PendingRequest): string { return ""; }

  /** Writes what tells a server that the exchange was given up. False: there is no such message. */
  cancel(w: Wire, x: PendingRequest, out: Writer): bool { return false; }

  /** Inline: writes a harmless request that takes the place of a denied one. False: the protocol has none. */
  carrier(w: Wire, x: PendingRequest, out: Writer): bool { return false; }

  /**
   * Handshake of a new lane: first with f null, when the lane is asked for, then with each answer, until Verdict.Head.
   * Requests of Kind.Setup that come later are sent to the lane as well, behind what it is to carry before them.
   */
  greet(w: Wire, f: Frame | null, out: Writer): Verdict { return Verdict.Head; }

  /** Writes what tells a client that it should go elsewhere with further requests: its connection closes soon. False: there is no such message. */
  goodbye(w: Wire, out: Writer): bool { return false; }

  /** Writes a heartbeat, for a server that is silent, or inline instead of a client's; its answer must come back as Kind.Drop. False: needs none. */
  beat(w: Wire, out: Writer): bool { return false; }
}
