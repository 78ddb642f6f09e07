import { Expect } from "./enums";

/** Bytes of a note that a request keeps. */
export const MAX_NOTE: i32 = 255;

const NO_NOTE: StaticArray<u8> = new StaticArray<u8>(0);

/** What a codec remembers of a request whose answer has not come yet. */
export class PendingRequest {
  /** Two words of the codec's own, set in `request` through Frame.a and Frame.b. */
  a: u64 = 0;
  b: u64 = 0;
  /** The id that its reply carries; 0 where the protocol has none. */
  key: u64 = 0;
  expect: Expect = Expect.Some;
  /** Some of its answer was already passed to the client. */
  begun: bool = false;
  /** It was given up, or is a copy of a Kind.Setup request: its answer is swallowed. */
  mute: bool = false;
  /** Inline: a carrier is on its way in its place, whose answer is swallowed. */
  carried: bool = false;
  /** Bytes that Frame.note kept, valid until the exchange ends; 0: none. */
  noteLength: i32 = 0;
  private noteBytes: StaticArray<u8> = NO_NOTE;

  /** Address of the noted bytes. */
  get noteAt(): usize { return changetype<usize>(this.noteBytes); }

  /** Keeps bytes of the request. */
  keepNote(at: usize, length: i32): void {
    const kept = min(length, MAX_NOTE);
    if (this.noteBytes.length < kept) this.noteBytes = new StaticArray<u8>(max(32, (kept + 31) & ~31));
    memory.copy(this.noteAt, at, kept);
    this.noteLength = kept;
  }

  /** Takes on what the codec remembers of another. */
  remember(other: PendingRequest): void {
    this.a = other.a;
    this.b = other.b;
    this.key = other.key;
    this.expect = other.expect;
    if (other.noteLength > 0) this.keepNote(other.noteAt, other.noteLength);
  }
}
