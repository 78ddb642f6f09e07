/** One value of one key: an address and a length in bytes. Filled by `Metadata.view`, valid until the callback returns. */
@final
export class View {
  at: usize = 0;
  length: i32 = 0;

  /** The value as text. Allocates: for configure time, logs and tests. */
  text(): string { return String.UTF8.decodeUnsafe(this.at, this.length); }

  /** True if the value is byte for byte the other one. */
  equals(at: usize, length: i32): bool {
    return this.length == length && memory.compare(this.at, at, length) == 0;
  }
}

/** What is known of a key of one message. */
export enum Presence {
  /** The message does not have it. */
  Absent = 0,
  /** It has one value or more. */
  Present = 1,
  /** It may have it, but the codec cannot read it (other serialization, compressed): it never grants access. */
  Hidden = 2,
}

const MAX_SLOTS: i32 = 256;
const MAX_MORE: i32 = 4096;

/**
 * The facts of one message by slot: values are offsets into the message, nothing is copied. Cleared in O(1) by a
 * generation count. A key holds up to 4,096 further values; beyond that it becomes hidden, so that no rule is passed by.
 */
@final
export class Metadata {
  /** Address of the message's first byte; the framework moves it with the bytes. */
  base: usize = 0;
  private generation: u64 = 1;
  private stamps: StaticArray<u64> = new StaticArray<u64>(MAX_SLOTS);
  private states: StaticArray<u8> = new StaticArray<u8>(MAX_SLOTS);
  private offsets: StaticArray<i32> = new StaticArray<i32>(MAX_SLOTS + MAX_MORE);
  private lengths: StaticArray<i32> = new StaticArray<i32>(MAX_SLOTS + MAX_MORE);
  private nexts: StaticArray<i16> = new StaticArray<i16>(MAX_SLOTS + MAX_MORE);
  /** By slot: the generation of the message that may have more values of it. */
  private partial: StaticArray<u64> = new StaticArray<u64>(MAX_SLOTS);
  /** By slot: the place of its last value. */
  private lasts: StaticArray<i16> = new StaticArray<i16>(MAX_SLOTS);
  /** By slot: another spelling of its value. */
  private aliasStamps: StaticArray<u64> = new StaticArray<u64>(MAX_SLOTS);
  private aliasOffsets: StaticArray<i32> = new StaticArray<i32>(MAX_SLOTS);
  private aliasLengths: StaticArray<i32> = new StaticArray<i32>(MAX_SLOTS);
  private more: i32 = 0;
  /** While a key is looked at one value at a time: its slot and that value's place. */
  private focusSlot: i32 = -1;
  private focusPlace: i32 = -1;

  clear(): void {
    this.generation++;
    this.more = 0;
  }

  /** Adds a value of a key; a second call for the same slot adds a further value. */
  put(slot: i32, at: i32, length: i32): void {
    if (<u32>slot >= <u32>MAX_SLOTS) return;
    let place = slot;
    if (this.stamps[slot] == this.generation) {
      if (this.states[slot] == <u8>Presence.Hidden) return;
      if (this.more == MAX_MORE) {
        this.states[slot] = <u8>Presence.Hidden;
        return;
      }
      place = MAX_SLOTS + this.more++;
      this.nexts[this.lasts[slot]] = <i16>place;
    } else {
      this.stamps[slot] = this.generation;
      this.states[slot] = <u8>Presence.Present;
    }
    this.lasts[slot] = <i16>place;
    this.offsets[place] = at;
    this.lengths[place] = length;
    this.nexts[place] = 0;
  }

  /** The key is absent again. */
  remove(slot: i32): void { if (<u32>slot < <u32>MAX_SLOTS) this.stamps[slot] = 0; }

  /** Says that the key may be there but cannot be read. */
  hide(slot: i32): void {
    if (<u32>slot >= <u32>MAX_SLOTS) return;
    this.stamps[slot] = this.generation;
    this.states[slot] = <u8>Presence.Hidden;
  }

  /** Another spelling of the key's value that some server accepts; one for each key. Only rules that deny use it. */
  alias(slot: i32, at: i32, length: i32): void {
    if (<u32>slot >= <u32>MAX_SLOTS) return;
    this.aliasStamps[slot] = this.generation;
    this.aliasOffsets[slot] = at;
    this.aliasLengths[slot] = length;
  }

  /** Points a view at the other spelling; false: there is none. */
  aliasOf(slot: i32, view: View): bool {
    if (<u32>slot >= <u32>MAX_SLOTS || this.aliasStamps[slot] != this.generation) return false;
    view.at = this.base + this.aliasOffsets[slot];
    view.length = this.aliasLengths[slot];
    return true;
  }

  /** Says that the key may have values besides those that are put. */
  addUnseen(slot: i32): void { if (<u32>slot < <u32>MAX_SLOTS) this.partial[slot] = this.generation; }

  /** The values that are put are all that there are. */
  isWhole(slot: i32): bool { return <u32>slot >= <u32>MAX_SLOTS || this.partial[slot] != this.generation; }

  presence(slot: i32): Presence {
    if (<u32>slot >= <u32>MAX_SLOTS || this.stamps[slot] != this.generation) return Presence.Absent;
    return <Presence>this.states[slot];
  }

  /** Place of the first value of a key, -1 if there is none; walk on with `next`. */
  first(slot: i32): i32 {
    if (slot == this.focusSlot) return this.focusPlace;
    return this.presence(slot) == Presence.Present ? slot : -1;
  }

  /** Place of the next value of the same key, -1 at the end. */
  next(place: i32): i32 { return place == this.focusPlace ? -1 : this.follow(place); }

  /** Shows one value of a key as if it were the only one; returns the place of the next, -1 at the end. */
  focus(slot: i32, place: i32): i32 {
    this.focusSlot = slot;
    this.focusPlace = place;
    return this.follow(place);
  }

  /** Shows all values again. */
  unfocus(): void {
    this.focusSlot = -1;
    this.focusPlace = -1;
  }

  private follow(place: i32): i32 {
    const next = <i32>this.nexts[place];
    return next ? next : -1;
  }

  /** Points a view at the value of a place. */
  view(place: i32, view: View): View {
    view.at = this.base + this.offsets[place];
    view.length = this.lengths[place];
    return view;
  }
}
