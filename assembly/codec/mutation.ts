import { View } from "./metadata";

export enum Change {
  /** One value afterwards, whatever was there. */
  Set = 0,
  /** One value more. */
  Append = 1,
  /** No value afterwards. */
  Remove = 2,
}

/** One change of one key; the name's case is kept for the wire. */
@final
export class Edit {
  change: Change = Change.Set;
  /** A message that cannot carry it passes without: for what a request can do without, such as its place in a trace. */
  optional: bool = false;
  slot: i32 = 0;
  /** The key in UTF-8, as the rule spells it. */
  name: StaticArray<u8> = new StaticArray<u8>(0);
  /** Bytes of the new value; 0 for Remove. */
  valueLength: i32 = 0;
  private bytes: StaticArray<u8> = new StaticArray<u8>(0);

  get nameAt(): usize { return changetype<usize>(this.name); }
  get valueAt(): usize { return changetype<usize>(this.bytes); }

  /** The new value in UTF-8, copied; memory is used again. */
  setValue(at: usize, length: i32): void {
    if (this.bytes.length < length) this.bytes = new StaticArray<u8>((length + 15) & ~15);
    memory.copy(this.valueAt, at, length);
    this.valueLength = length;
  }

  /** True if the new value holds this byte: one that would end it on the wire, and begin what nobody asked for. */
  valueHas(byte: u8): bool {
    for (let i = 0; i < this.valueLength; i++) if (load<u8>(this.valueAt + i) == byte) return true;
    return false;
  }

  /** Becomes the same change. */
  copy(other: Edit): void {
    this.change = other.change;
    this.optional = other.optional;
    this.slot = other.slot;
    this.name = other.name;
    this.setValue(other.valueAt, other.valueLength);
  }
}

/**
 * Changes to one message, in the order in which rules and filters asked for them. The framework owns one and reuses it;
 * edits are shared with whoever made them.
 */
@final
export class Mutation {
  private edits: Array<Edit> = [];
  /** How many edits there are; an empty mutation means that the original bytes go out untouched. */
  length: i32 = 0;

  clear(): void { this.length = 0; }

  add(edit: Edit): void {
    if (this.length < this.edits.length) this.edits[this.length] = edit;
    else this.edits.push(edit);
    this.length++;
  }

  addAll(other: Mutation): void {
    for (let i = 0; i < other.length; i++) this.add(other.at(i));
  }

  /** Edits of its own that say the same as those of another, from one on: filters use theirs again for other messages. */
  copyFrom(other: Mutation, from: i32, to: i32): void {
    for (let i = from; i < to; i++) {
      const edit = new Edit();
      edit.copy(other.at(i));
      this.add(edit);
    }
  }

  /** Leaves out the edits that are optional. */
  dropOptional(): void {
    let kept = 0;
    for (let i = 0; i < this.length; i++) if (!this.at(i).optional) this.edits[kept++] = this.at(i);
    this.length = kept;
  }

  at(i: i32): Edit { return unchecked(this.edits[i]); }

  /** The last Set or Remove of a slot decides what stays of the original: index of it, or -1 if there is none. */
  decisive(slot: i32): i32 {
    for (let i = this.length - 1; i >= 0; i--) {
      const edit = this.at(i);
      if (edit.slot == slot && edit.change != Change.Append) return i;
    }
    return -1;
  }
}

/** The view of an edit's new value. */
export function valueOf(edit: Edit, view: View): View {
  view.at = edit.valueAt;
  view.length = edit.valueLength;
  return view;
}
