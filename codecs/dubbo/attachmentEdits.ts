import { Reader } from "../../assembly/bytes/reader";
import { Writer } from "../../assembly/bytes/writer";
import { Change, Edit, Mutation } from "../../assembly/codec/index";
import { ATTACHMENT_PREFIX } from "./constants";
import { Found, mapEnds, Names, openMap } from "./attachments";
import { Fault, Text, Walker } from "./hessian";
import { MAX_UNITS, utf16Units, writeTextHead, writeUnits } from "./hessianWriter";

const MAP: i32 = 0x48;
const END: i32 = 0x5a;
const COMMA: i32 = 0x2c;
const MAX_SLOTS: i32 = 256;

/** What became of the attachments. */
export enum Edited {
  /** They cannot carry the changes; the writer is as it was. */
  Impossible = 0,
  /** They are as they were. */
  Same = 1,
  Changed = 2,
}

/**
 * Rewrites an attachment map entry by entry. Keys that are not named keep every byte. Strings and other scalars may go,
 * for nothing refers to them; a value that holds objects must stay, or later references would count wrongly.
 */
@final
export class Editor {
  /** By slot: the run in which an entry of that name was last written or dropped. */
  private seen: StaticArray<u32> = new StaticArray<u32>(MAX_SLOTS);
  private run: u32 = 0;
  private names: Names = new Names();

  constructor(private walker: Walker) {}

  /**
   * Writes the map at the reader with the changes made. `names`: of the message's direction; `expected`: the body has a
   * place for a map. Leaves the reader behind the old map.
   */
  edit(r: Reader, names: Names, expected: bool, mutation: Mutation, out: Writer): Edited {
    this.run++;
    this.names = names;
    const start = out.length;
    const from = r.at;
    const found = expected ? openMap(r, this.walker) : Found.Absent;
    if (r.bad || found == Found.Other) return Edited.Impossible;
    let changed = false;
    if (found == Found.Map) {
      out.copy(r, from, r.at - from);
      while (!mapEnds(r)) {
        const edited = this.entry(r, mutation, out);
        if (edited == Edited.Impossible) return undo(out, start);
        if (edited == Edited.Changed) changed = true;
      }
      if (r.bad || this.walker.fault != Fault.None) return undo(out, start);
    } else {
      out.u8(MAP);
    }
    const added = this.addMissing(mutation, out);
    if (added == Edited.Impossible) return undo(out, start);
    if (!changed && added == Edited.Same) {
      out.length = start;
      return Edited.Same;
    }
    out.u8(END);
    return Edited.Changed;
  }

  private entry(r: Reader, mutation: Mutation, out: Writer): Edited {
    const from = r.at;
    if (!this.walker.isText(r.peek(from))) {
      this.walker.skip(r);
      this.walker.skip(r);
      out.copy(r, from, r.at - from);
      return Edited.Same;
    }
    const key = this.walker.text(r);
    // In chunks or odd spelling it may be any of the names: better no change than a name that slips through.
    if (key != Text.Plain) return Edited.Impossible;
    const edit = this.firstEdit(mutation, r.base + this.walker.at, this.walker.length);
    if (!edit) {
      this.walker.skip(r);
      out.copy(r, from, r.at - from);
      return Edited.Same;
    }
    return this.change(r, from, edit.slot, mutation, out);
  }

  /** The reader is between the key, which began at `from`, and the value of an attachment that edits name. */
  private change(r: Reader, from: i32, slot: i32, mutation: Mutation, out: Writer): Edited {
    const valueFrom = r.at;
    const walker = this.walker;
    if (!walker.isSimple(r.peek(valueFrom))) return Edited.Impossible;
    const kind = walker.text(r);
    if (r.bad) return Edited.Impossible;
    const decisive = mutation.decisive(slot);
    const again = this.seen[slot] == this.run;
    if (decisive < 0) {
      if (kind == Text.Chunked || kind == Text.Scalar) return Edited.Impossible;
      this.seen[slot] = this.run;
      out.copy(r, from, valueFrom - from);
      const length = kind == Text.Null ? -1 : walker.length;
      return writeValue(out, r.base + walker.at, length, walker.units, mutation, slot, -1);
    }
    // Set and Remove leave one entry at most, however often the name was there; it is written as the rule spells it.
    if (again) return Edited.Changed;
    this.seen[slot] = this.run;
    return this.write(mutation, slot, decisive, out);
  }

  /** Adds what edits name and the map did not have. */
  private addMissing(mutation: Mutation, out: Writer): Edited {
    let result = Edited.Same;
    for (let i = 0; i < mutation.length; i++) {
      const slot = mutation.at(i).slot;
      if (<u32>slot >= <u32>MAX_SLOTS || this.seen[slot] == this.run) continue;
      this.seen[slot] = this.run;
      const edited = this.write(mutation, slot, mutation.decisive(slot), out);
      if (edited == Edited.Impossible) return Edited.Impossible;
      if (edited == Edited.Changed && hasValue(mutation, slot)) result = Edited.Changed;
    }
    return result;
  }

  /** Writes the entry that edits alone make, if they leave one. */
  private write(mutation: Mutation, slot: i32, decisive: i32, out: Writer): Edited {
    if (!hasValue(mutation, slot)) return Edited.Changed;
    writeName(out, spelling(mutation, slot));
    return writeValue(out, 0, -1, 0, mutation, slot, decisive);
  }

  private firstEdit(mutation: Mutation, at: usize, length: i32): Edit | null {
    for (let i = 0; i < mutation.length; i++) {
      const edit = mutation.at(i);
      if (this.names.matches(edit.slot, at, length)) return edit;
    }
    return null;
  }
}

function undo(out: Writer, start: i32): Edited {
  out.length = start;
  return Edited.Impossible;
}

/** True if the edits of a slot leave a value, whatever was there. */
function hasValue(mutation: Mutation, slot: i32): bool {
  const decisive = mutation.decisive(slot);
  if (decisive >= 0 && mutation.at(decisive).change == Change.Set) return true;
  for (let i = decisive + 1; i < mutation.length; i++) {
    const edit = mutation.at(i);
    if (edit.slot == slot && edit.change == Change.Append) return true;
  }
  return false;
}

/** The edit whose spelling of the name goes on the wire. */
function spelling(mutation: Mutation, slot: i32): Edit {
  let i = 0;
  while (mutation.at(i).slot != slot) i++;
  return mutation.at(i);
}

/** The name of an attachment, without the prefix that tells it from a fixed key. */
function writeName(out: Writer, edit: Edit): void {
  let at = edit.nameAt;
  let length = edit.name.length;
  const prefix = ATTACHMENT_PREFIX.length;
  if (length > prefix && hasPrefix(at)) {
    at += prefix;
    length -= prefix;
  }
  writeTextHead(out, min(utf16Units(at, length), MAX_UNITS));
  writeUnits(out, at, length);
}

function hasPrefix(at: usize): bool {
  for (let i = 0; i < ATTACHMENT_PREFIX.length; i++) {
    let byte = <i32>load<u8>(at + i);
    if (byte >= 0x41 && byte <= 0x5a) byte |= 0x20;
    if (byte != ATTACHMENT_PREFIX.charCodeAt(i)) return false;
  }
  return true;
}

/**
 * One string of the original (length -1: none), or of the Set at `decisive`, and of all later Append, joined by
 * commas: a map holds one value of a name.
 */
function writeValue(
  out: Writer, at: usize, length: i32, units: i32, mutation: Mutation, slot: i32, decisive: i32,
): Edited {
  let parts = length >= 0 ? 1 : 0;
  let total = length >= 0 ? <i64>units : 0;
  for (let i = max(decisive, 0); i < mutation.length; i++) {
    const edit = mutation.at(i);
    if (!counts(edit, slot)) continue;
    total += utf16Units(edit.valueAt, edit.valueLength);
    parts++;
  }
  total += max(parts - 1, 0);
  if (total > MAX_UNITS) return Edited.Impossible;
  writeTextHead(out, <i32>total);
  let written = 0;
  if (length >= 0) {
    out.bytes(at, length);
    written = 1;
  }
  for (let i = max(decisive, 0); i < mutation.length; i++) {
    const edit = mutation.at(i);
    if (!counts(edit, slot)) continue;
    if (written++) out.u8(COMMA);
    writeUnits(out, edit.valueAt, edit.valueLength);
  }
  return Edited.Changed;
}

function counts(edit: Edit, slot: i32): bool { return edit.slot == slot && edit.change != Change.Remove; }
