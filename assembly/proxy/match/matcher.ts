import { IpRange } from "../../bytes/ip";
import { Metadata, Presence, View } from "../../codec/metadata";

/** What a matcher, or a rule, says of a message. */
export enum Match {
  No = 0,
  Yes = 1,
  /** It holds for some values of a key and not for others. */
  Mixed = 2,
  /** The key may be there but cannot be read, or have other values than those for which it does not hold. */
  Unknown = 3,
  /** It holds for all values that are told, and there may be others. */
  Likely = 4,
}

const value: View = new View();

/** Slot of the key that a Match.Mixed was last said of. */
let mixed: i32 = -1;
export function mixedSlot(): i32 { return mixed; }

/** `whole`: of all values that there are. */
function said(yes: bool, whole: bool): Match { return yes ? whole ? Match.Yes : Match.Likely : whole ? Match.No : Match.Unknown; }

/** One condition on one metadata key. With several values it holds only if it holds for all. */
export abstract class Matcher {
  invert: bool = false;

  constructor(public slot: i32) {}

  /** True if the condition, not inverted, holds for this value. */
  abstract holds(value: View): bool;

  match(metadata: Metadata): Match {
    const presence = metadata.presence(this.slot);
    if (presence == Presence.Hidden) return Match.Unknown;
    const whole = metadata.isWhole(this.slot);
    if (presence == Presence.Absent) return said(this.invert, whole);
    let yes = 0, no = 0;
    for (let place = metadata.first(this.slot); place >= 0; place = metadata.next(place)) {
      if (this.holds(metadata.view(place, value)) != this.invert) yes++;
      else no++;
    }
    if (no == 0) return said(true, whole);
    if (yes == 0) return said(false, whole);
    mixed = this.slot;
    return Match.Mixed;
  }

  /** It cannot be ruled out, for the value or another spelling of it; "all but this" goes by the value as it is. */
  mayHold(metadata: Metadata): bool {
    if (this.match(metadata) != Match.No) return true;
    return !this.invert && metadata.aliasOf(this.slot, value) && this.holds(value);
  }
}

export class Exact extends Matcher {
  constructor(slot: i32, public text: StaticArray<u8>) { super(slot); }
  holds(value: View): bool { return value.equals(changetype<usize>(this.text), this.text.length); }
}

export class Prefix extends Matcher {
  constructor(slot: i32, protected text: StaticArray<u8>) { super(slot); }
  holds(value: View): bool {
    const n = this.text.length;
    return value.length >= n && memory.compare(value.at, changetype<usize>(this.text), n) == 0;
  }
}

export class Suffix extends Matcher {
  constructor(slot: i32, protected text: StaticArray<u8>) { super(slot); }
  holds(value: View): bool {
    const n = this.text.length;
    return value.length >= n && memory.compare(value.at + value.length - n, changetype<usize>(this.text), n) == 0;
  }
}

/** Knuth, Morris and Pratt: linear in the value, whatever text is looked for. */
export class Contains extends Matcher {
  private jumps: StaticArray<i32>;

  constructor(slot: i32, private text: StaticArray<u8>) {
    super(slot);
    const jumps = new StaticArray<i32>(text.length);
    for (let i = 1, k = 0; i < text.length; i++) {
      while (k > 0 && text[i] != text[k]) k = jumps[k - 1];
      if (text[i] == text[k]) k++;
      jumps[i] = k;
    }
    this.jumps = jumps;
  }

  holds(value: View): bool {
    const n = this.text.length;
    if (n == 0) return true;
    for (let i = 0, k = 0; i < value.length; i++) {
      const byte = load<u8>(value.at + i);
      while (k > 0 && byte != unchecked(this.text[k])) k = unchecked(this.jumps[k - 1]);
      if (byte == unchecked(this.text[k])) k++;
      if (k == n) return true;
    }
    return false;
  }
}

/** The key is there (`wanted` true) or is not. */
export class Present extends Matcher {
  constructor(slot: i32, private wanted: bool) { super(slot); }
  holds(value: View): bool { return true; }
  match(metadata: Metadata): Match {
    const presence = metadata.presence(this.slot);
    if (presence == Presence.Hidden) return Match.Unknown;
    const present = presence == Presence.Present;
    return said((present == this.wanted) != this.invert, present || metadata.isWhole(this.slot));
  }
  mayHold(metadata: Metadata): bool { return this.match(metadata) != Match.No; }
}

/** An IP address in one of some ranges. */
export class Cidr extends Matcher {
  constructor(slot: i32, private ranges: IpRange[]) { super(slot); }
  holds(value: View): bool {
    for (let i = 0; i < this.ranges.length; i++) if (unchecked(this.ranges[i]).holds(value.at, value.length)) return true;
    return false;
  }
}

/** A decimal whole number of from <= n < to. */
export class Range extends Matcher {
  constructor(slot: i32, private from: i64, private to: i64) { super(slot); }

  holds(value: View): bool {
    let at = value.at, length = value.length;
    if (length == 0) return false;
    const negative = load<u8>(at) == 0x2d;
    if (negative) {
      at++;
      length--;
    }
    if (length == 0 || length > 18) return false;
    let n: i64 = 0;
    for (let i = 0; i < length; i++) {
      const digit = <i32>load<u8>(at + i) - 0x30;
      if (<u32>digit > 9) return false;
      n = n * 10 + digit;
    }
    if (negative) n = -n;
    return n >= this.from && n < this.to;
  }
}
