import { Reader } from "../../assembly/bytes/reader";
import { Frame } from "../../assembly/meta/codec";
import { View } from "../../assembly/meta/metadata";
import { Text, Walker } from "./hessian";

/** What stands where the attachments should. */
export enum Found {
  /** The body ends here. */
  Absent = 0,
  Null = 1,
  /** A map; the reader is at its first entry. */
  Map = 2,
  /** Something else, such as a reference to an argument. */
  Other = 3,
}

const NULL: i32 = 0x4e;
const MAP: i32 = 0x48;
const MAP_TYPED: i32 = 0x4d;
const END: i32 = 0x5a;

/** Attachment names that a configuration asks for, with their slots; of one direction. */
@final
export class Names {
  private names: Array<StaticArray<u8>> = [];
  private slots: Array<i32> = [];
  /** Bit n: some name has n bytes (mod 64). */
  private lengths: u64 = 0;

  /** Configure time only. `name` is lower case. */
  add(name: string, slot: i32): void {
    if (this.slots.includes(slot)) return;
    const bytes = new StaticArray<u8>(String.UTF8.byteLength(name));
    String.UTF8.encodeUnsafe(changetype<usize>(name), name.length, changetype<usize>(bytes));
    this.names.push(bytes);
    this.slots.push(slot);
    this.lengths |= <u64>1 << (bytes.length & 63);
  }

  remove(slot: i32): void {
    const i = this.slots.indexOf(slot);
    if (i < 0) return;
    this.names.splice(i, 1);
    this.slots.splice(i, 1);
  }

  /** True if a rule reads any of them. */
  wanted(f: Frame): bool {
    for (let i = 0; i < this.slots.length; i++) if (f.wants(unchecked(this.slots[i]))) return true;
    return false;
  }

  /** They may all be there, but cannot be read. */
  hide(f: Frame): void {
    for (let i = 0; i < this.slots.length; i++) f.hide(unchecked(this.slots[i]));
  }

  /** True if the bytes of a key name the attachment of a slot. */
  matches(slot: i32, at: usize, length: i32): bool {
    const i = this.slots.indexOf(slot);
    return i >= 0 && this.same(i, at, length);
  }

  /** Puts the text that the walker has just read under all slots that its key names; hides it if it cannot be read. */
  put(f: Frame, keyAt: usize, keyLength: i32, value: Text, walker: Walker): void {
    if ((this.lengths & (<u64>1 << (keyLength & 63))) == 0) return;
    for (let i = 0; i < this.slots.length; i++) {
      const slot = unchecked(this.slots[i]);
      if (!f.wants(slot) || !this.same(i, keyAt, keyLength)) continue;
      if (value == Text.Plain) putOther(f, slot, walker.at, walker.length);
      else if (value != Text.Null) f.hide(slot);
    }
  }

  private same(i: i32, at: usize, length: i32): bool {
    const name = unchecked(this.names[i]);
    if (name.length != length) return false;
    for (let k = 0; k < length; k++) {
      let byte = load<u8>(at + k);
      if (byte >= 0x41 && byte <= 0x5a) byte |= 0x20;
      if (byte != unchecked(name[k])) return false;
    }
    return true;
  }
}

const seen: View = new View();

/** Adds a value unless it is the first one again. */
function putOther(f: Frame, slot: i32, at: i32, length: i32): void {
  const first = f.metadata.first(slot);
  if (first >= 0 && f.metadata.view(first, seen).equals(f.metadata.base + at, length)) return;
  f.put(slot, at, length);
}

/** How many arguments a JVM parameter descriptor stands for, -1 if it is none: `Ljava/lang/String;I[B` is 3. */
export function countArguments(at: usize, length: i32): i32 {
  let n = 0;
  for (let i = 0; i < length; i++) {
    const c = load<u8>(at + i);
    if (c == 0x5b) continue;
    if (c == 0x4c) {
      // dubbo-go leaves the last semicolon out for dates.
      while (i < length && load<u8>(at + i) != 0x3b) i++;
    } else if (!isPrimitive(c)) {
      return -1;
    }
    n++;
  }
  return n;
}

/** V too: dubbo-go writes it for a nil argument. */
function isPrimitive(c: u8): bool {
  switch (c) {
    case 0x42: case 0x43: case 0x44: case 0x46: case 0x49: case 0x4a: case 0x53: case 0x56: case 0x5a: return true;
    default: return false;
  }
}

/** Enters the attachment map that begins at the reader, if there is one. */
export function openMap(r: Reader, walker: Walker): Found {
  if (r.left == 0) return Found.Absent;
  const tag = r.peek(r.at);
  if (tag == NULL) {
    r.at++;
    return Found.Null;
  }
  if (tag != MAP && tag != MAP_TYPED) return Found.Other;
  r.at++;
  if (tag == MAP_TYPED) walker.type(r);
  return Found.Map;
}

/** True at the end of the map, which is passed over then, or where nothing can be read any more. */
export function mapEnds(r: Reader): bool {
  if (r.bad) return true;
  if (r.peek(r.at) != END) return false;
  r.at++;
  return true;
}

/** Reads the text values of the map that the reader is at; false if the body cannot be read to the map's end. */
export function readAttachments(r: Reader, walker: Walker, names: Names, f: Frame): bool {
  const found = openMap(r, walker);
  if (found == Found.Other) names.hide(f);
  if (found != Found.Map) return !r.bad;
  while (!mapEnds(r)) {
    if (!walker.isText(r.peek(r.at))) {
      walker.skip(r);
      walker.skip(r);
      continue;
    }
    // A key in chunks or in odd spelling may be any of the names once a server has decoded it.
    if (walker.text(r) != Text.Plain) names.hide(f);
    const keyAt = r.base + walker.at;
    const keyLength = walker.length;
    if (walker.isSimple(r.peek(r.at))) {
      const value = walker.text(r);
      names.put(f, keyAt, keyLength, value, walker);
    } else {
      walker.skip(r);
      names.put(f, keyAt, keyLength, Text.Chunked, walker);
    }
  }
  return !r.bad;
}
