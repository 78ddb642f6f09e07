import { Reader } from "../../assembly/bytes/reader";
import { Writer } from "../../assembly/bytes/writer";
import { Change, Edit, Mutation } from "../../assembly/codec/index";
import { Header, HEADER_PREFIX, MAX_FRAME } from "./constants";
import { isHeader } from "./framing";
import { writeVarint } from "./errors";
import { Names } from "./names";
import { HeaderReader } from "./theader";
import { Framing, ThriftSession, ThriftWire } from "./wire";

const COMMA: i32 = 0x2c;
const MAX_SLOTS: i32 = 256;

/** Pairs of one kind, on their way into a header. */
@final
class Block {
  count: i32 = 0;
  bytes: Writer = new Writer();

  reset(): void {
    this.count = 0;
    this.bytes.reset();
  }

  write(out: Writer, id: i32): void {
    if (this.count == 0) return;
    out.u8(id);
    writeVarint(out, this.count);
    out.bytes(this.bytes.base, this.bytes.length);
  }
}

/**
 * Rewrites the keys of a THeader; the payload stays as it is, deflated or not. No server is told persistent keys as such,
 * since the next message may go to another, or have them changed: all messages carry them as keys of their own.
 */
@final
export class Editor {
  private header: HeaderReader = new HeaderReader();
  private plain: Block = new Block();
  private persistent: Block = new Block();
  /** By slot: the run in which a pair of that name was last written or dropped. */
  private seen: StaticArray<u32> = new StaticArray<u32>(MAX_SLOTS);
  private run: u32 = 0;
  private changed: bool = false;

  /**
   * Writes the header of the message at the wire's reader with the changes made, and with the keys that its session keeps.
   * Returns how many bytes `out` replaces, -1 if the message cannot carry the change.
   */
  edit(w: ThriftWire, names: Names, mutation: Mutation, out: Writer): i32 {
    const r = w.reader, header = this.header;
    if (w.framing != Framing.Length || !isHeader(r)) return -1;
    header.begin(r);
    if (!header.open(r)) return -1;
    this.run++;
    this.changed = false;
    this.plain.reset();
    this.persistent.reset();
    while (header.next()) {
      const lasting = header.persistent && w.lane;
      if (header.persistent && !lasting) this.changed = true;
      this.pair(names, mutation, header.keyAt, header.keyLength, header.valueAt, header.valueLength, lasting);
    }
    if (header.isBad) return -1;
    const restAt = header.restAt;
    if (!w.lane) this.addKept(w.own, names, mutation);
    this.addMissing(mutation);
    if (this.changed) return this.write(r, restAt, out);
    out.copy(r, 0, Header.START);
    return Header.START;
  }

  private pair(names: Names, mutation: Mutation, keyAt: usize, keyLength: i32, valueAt: usize, valueLength: i32, lasting: bool): void {
    const block = lasting ? this.persistent : this.plain;
    const edit = firstEdit(names, mutation, keyAt, keyLength);
    if (!edit) {
      put(block, keyAt, keyLength);
      writeText(block.bytes, valueAt, valueLength);
      return;
    }
    this.changed = true;
    const slot = edit.slot, decisive = mutation.decisive(slot), again = this.seen[slot] == this.run;
    this.seen[slot] = this.run;
    if (decisive < 0) {
      put(block, keyAt, keyLength);
      writeValue(block.bytes, valueAt, valueLength, mutation, slot, -1);
    } else if (!again) {
      // Set and Remove leave one pair at most, however often the name was there; it is written as the rule spells it.
      add(block, mutation, slot, decisive);
    }
  }

  /** Adds the keys of earlier messages that this one does not have itself. */
  private addKept(session: ThriftSession, names: Names, mutation: Mutation): void {
    for (let i = 0; i < session.keys.length; i++) {
      const key = session.keys[i], value = session.values[i];
      if (this.header.has(changetype<usize>(key), key.length)) continue;
      this.changed = true;
      this.pair(names, mutation, changetype<usize>(key), key.length, changetype<usize>(value), value.length, false);
    }
  }

  /** Adds what edits name and the header did not have. */
  private addMissing(mutation: Mutation): void {
    for (let i = 0; i < mutation.length; i++) {
      const slot = mutation.at(i).slot;
      if (<u32>slot >= <u32>MAX_SLOTS || this.seen[slot] == this.run) continue;
      this.seen[slot] = this.run;
      if (add(this.plain, mutation, slot, mutation.decisive(slot))) this.changed = true;
    }
  }

  private write(r: Reader, restAt: i32, out: Writer): i32 {
    const start = out.length, header = this.header;
    out.copy(r, 0, header.keysAt);
    this.plain.write(out, Header.KEY_VALUE);
    this.persistent.write(out, Header.PERSISTENT);
    let rest = header.end;
    while (rest > restAt && r.peek(rest - 1) == 0) rest--;
    out.copy(r, restAt, rest - restAt);
    while ((out.length - start - Header.START) & 3) out.u8(Header.PADDING);
    const words = (out.length - start - Header.START) >> 2;
    const length = <i64>r.peek(0) << 24 | <i64>r.peek(1) << 16 | <i64>r.peek(2) << 8 | <i64>r.peek(3);
    const whole = length + (out.length - start - header.end);
    if (words > 0xffff || whole > MAX_FRAME) {
      out.length = start;
      return -1;
    }
    out.patch32(start, <u32>whole);
    out.patch16(start + 12, words);
    return header.end;
  }
}

function firstEdit(names: Names, mutation: Mutation, at: usize, length: i32): Edit | null {
  for (let i = 0; i < mutation.length; i++) {
    const edit = mutation.at(i);
    if (<u32>edit.slot < <u32>MAX_SLOTS && names.matches(edit.slot, at, length)) return edit;
  }
  return null;
}

/** Begins a pair; its value follows. */
function put(block: Block, at: usize, length: i32): void {
  block.count++;
  writeText(block.bytes, at, length);
}

/** Writes the pair that edits alone make; false if they leave none. */
function add(block: Block, mutation: Mutation, slot: i32, decisive: i32): bool {
  if (!hasValue(mutation, slot, decisive)) return false;
  let i = 0;
  while (mutation.at(i).slot != slot) i++;
  const edit = mutation.at(i), prefix = hasPrefix(edit) ? HEADER_PREFIX.length : 0;
  put(block, edit.nameAt + prefix, edit.name.length - prefix);
  writeValue(block.bytes, 0, -1, mutation, slot, decisive);
  return true;
}

/** True if the edits of a slot leave a value, whatever was there. */
function hasValue(mutation: Mutation, slot: i32, decisive: i32): bool {
  if (decisive >= 0 && mutation.at(decisive).change == Change.Set) return true;
  for (let i = decisive + 1; i < mutation.length; i++) {
    const edit = mutation.at(i);
    if (edit.slot == slot && edit.change == Change.Append) return true;
  }
  return false;
}

function hasPrefix(edit: Edit): bool {
  const length = HEADER_PREFIX.length;
  if (edit.name.length <= length) return false;
  for (let i = 0; i < length; i++) {
    const byte = <i32>edit.name[i];
    if ((<u32>(byte - 0x41) < 26 ? byte | 0x20 : byte) != HEADER_PREFIX.charCodeAt(i)) return false;
  }
  return true;
}

function writeText(out: Writer, at: usize, length: i32): void {
  writeVarint(out, length);
  out.bytes(at, length);
}

/**
 * The original value (length -1: none), or the Set at `decisive`, and all later Append, joined by commas: a name has
 * one value for most libraries.
 */
function writeValue(out: Writer, at: usize, length: i32, mutation: Mutation, slot: i32, decisive: i32): void {
  const from = max(decisive, 0);
  let parts = length >= 0 ? 1 : 0, total = max(length, 0);
  for (let i = from; i < mutation.length; i++) {
    const edit = mutation.at(i);
    if (edit.slot != slot || edit.change == Change.Remove) continue;
    total += edit.valueLength;
    parts++;
  }
  writeVarint(out, total + max(parts - 1, 0));
  if (length > 0) out.bytes(at, length);
  let written = length >= 0 ? 1 : 0;
  for (let i = from; i < mutation.length; i++) {
    const edit = mutation.at(i);
    if (edit.slot != slot || edit.change == Change.Remove) continue;
    if (written++) out.u8(COMMA);
    out.bytes(edit.valueAt, edit.valueLength);
  }
}
