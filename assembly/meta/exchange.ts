import { Writer } from "../bytes/writer";
import { Expect, MAX_NOTE } from "./codec";
import { Failure } from "./failure";
import { Mutation } from "./mutation";
import { Lane } from "./upstream/lane";

const NO_NOTE: StaticArray<u8> = new StaticArray<u8>(0);

/**
 * One request and its replies. Pooled: nothing may keep one after it has ended. `a`, `b` and `key` are the codec's
 * memory of the request; everything below them belongs to the framework.
 */
@final
export class Exchange {
  /** Two words of the codec's own, set in `request` through Frame.a and Frame.b. */
  a: u64 = 0;
  b: u64 = 0;
  /** The id that its reply carries; 0 where the protocol has none. */
  key: u64 = 0;
  /** Some of its answer was already passed to the client. */
  begun: bool = false;
  /** Bytes that Frame.note kept, valid until the exchange ends; 0: none. */
  noteLength: i32 = 0;
  private noteBytes: StaticArray<u8> = NO_NOTE;

  expect: Expect = Expect.Some;
  /** A tombstone, or a copy of a Kind.Setup request: its answer is swallowed. */
  mute: bool = false;
  /** Inline: a carrier is on its way in its place, whose answer is swallowed. */
  carried: bool = false;
  /** When it is given up, in coarse milliseconds; 0: never. */
  deadline: u64 = 0;
  /** Its answer must not be written before those of older ordered exchanges. */
  ordered: bool = false;
  /** What the route changes in replies. */
  response: Mutation | null = null;
  /** The lane that it was sent on; null before. */
  lane: Lane | null = null;
  /** Replies of that lane may still be for it. */
  bound: bool = false;
  /** Reply bytes that wait for their turn or for the rest of a small frame. */
  answer: Writer | null = null;
  /** `answer` ends at the end of a frame. */
  whole: bool = true;
  /** It is in the client's list of answers to write. */
  listed: bool = false;
  /** No further reply bytes will come. */
  done: bool = false;
  /** An error to send in its turn instead of an answer. */
  failure: Failure | null = null;

  /** Neighbours among all open exchanges of the connection. */
  older: Exchange | null = null;
  newer: Exchange | null = null;
  /** Neighbours among those of the connection whose answers have a turn. */
  before: Exchange | null = null;
  behind: Exchange | null = null;
  /** Neighbours among the open exchanges of the lane. */
  laneOlder: Exchange | null = null;
  laneNewer: Exchange | null = null;
  /** Next in the same bucket of the correlation, newer. */
  chain: Exchange | null = null;

  /** Address of the noted bytes. */
  get noteAt(): usize { return changetype<usize>(this.noteBytes); }

  /** Keeps bytes of the request. */
  keepNote(at: usize, length: i32): void {
    const kept = min(length, MAX_NOTE);
    if (this.noteBytes.length < kept) this.noteBytes = new StaticArray<u8>(max(32, (kept + 31) & ~31));
    memory.copy(this.noteAt, at, kept);
    this.noteLength = kept;
  }

  /** Takes on what the codec remembers of another exchange. */
  remember(other: Exchange): void {
    this.a = other.a;
    this.b = other.b;
    this.key = other.key;
    this.expect = other.expect;
    if (other.noteLength > 0) this.keepNote(other.noteAt, other.noteLength);
  }
}

let spare: Exchange | null = null;

/** A blank exchange, from the VM's pool. */
export function takeExchange(): Exchange {
  const x = spare;
  if (x === null) return new Exchange();
  spare = x.chain;
  x.chain = null;
  return x;
}

/** Gives an exchange back; it must be in no list any more. */
export function giveExchange(x: Exchange): void {
  x.a = 0;
  x.b = 0;
  x.key = 0;
  x.begun = false;
  x.noteLength = 0;
  x.expect = Expect.Some;
  x.mute = false;
  x.carried = false;
  x.deadline = 0;
  x.ordered = false;
  x.response = null;
  x.lane = null;
  x.answer = null;
  x.bound = false;
  x.listed = false;
  x.whole = true;
  x.done = false;
  x.failure = null;
  x.chain = spare;
  spare = x;
}
