import { Expect, Kind, Order, Outcome } from "./enums";
import { Metadata } from "./metadata";
import { PendingRequest } from "./pendingRequest";

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
  /** Of a reply: the request it belongs to, if the codec looked for it; otherwise found by `key`. */
  request: PendingRequest | null = null;
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
    this.request = null;
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
   * Another spelling of the key's value that some server accepts, such as a method's name in other case: a rule that denies
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
   * those that are there; a rule that allows does not match by them, and one that denies takes the others as possible.
   */
  hideMore(slot: i32): void { this.metadata.addUnseen(slot); }
}

/** What `Codec.tail` answers to bytes that cannot be read. */
export const BROKEN: i32 = -2;

/**
 * Pins from here on are vital: when their lane is lost, the client would wait for what can never come, so its
 * connection closes. Frames of other pins are refused (UPSTREAM_RESET) once their lane is lost, until `unpin`.
 */
export const VITAL: u64 = 1 << 63;

/** A vital pin that holds all that follows on the connection, whatever their own pin says. */
export const SESSION: u64 = u64.MAX_VALUE;
