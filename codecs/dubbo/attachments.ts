import { Reader } from "../../assembly/bytes/reader";
import { utf8Bytes } from "../../assembly/bytes/utf8";
import { Frame, View } from "../../assembly/codec/index";
import { Text, Walker } from "./hessian";
import { Identity } from "./identity";

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

/** One name, and the key that it is a value of. */
class Name {
  bytes: StaticArray<u8>;

  /** text: lower case. */
  constructor(text: string, public slot: i32, public identity: bool) { this.bytes = utf8Bytes(text); }

  /** Servers differ in case, too. */
  is(at: usize, length: i32): bool {
    const bytes = this.bytes;
    if (bytes.length != length) return false;
    for (let k = 0; k < length; k++) {
      let byte = load<u8>(at + k);
      if (byte >= 0x41 && byte <= 0x5a) byte |= 0x20;
      if (byte != unchecked(bytes[k])) return false;
    }
    return true;
  }
}

/** Attachment names that a configuration asks for, with their slots; of one direction. */
@final
export class Names {
  private all: Name[] = [];
  /** Bit n: some name has n bytes (mod 64). */
  private lengths: u64 = 0;
  /** What servers make the service's key of, where that matters. */
  identity: Identity | null = null;

  /** Configure time only. `name` is lower case. */
  add(name: string, slot: i32): void { this.push(new Name(name, slot, false)); }

  /** A name of which servers make the service's key: a further value of a key of the head. */
  addIdentity(name: string, slot: i32): void { this.push(new Name(name, slot, true)); }

  private push(name: Name): void {
    for (let i = 0; i < this.all.length; i++) {
      const known = this.all[i];
      if (known.slot == name.slot && known.identity == name.identity && known.is(changetype<usize>(name.bytes), name.bytes.length)) return;
    }
    this.all.push(name);
    this.lengths |= <u64>1 << (name.bytes.length & 63);
  }

  /** Forgets those of `addIdentity`. */
  dropIdentity(): void {
    for (let i = this.all.length - 1; i >= 0; i--) if (this.all[i].identity) this.all.splice(i, 1);
  }

  /** True if a rule reads any of them. */
  wanted(f: Frame): bool {
    for (let i = 0; i < this.all.length; i++) if (f.wants(unchecked(this.all[i]).slot)) return true;
    return false;
  }

  /** They may all be there, but cannot be read. */
  hide(f: Frame): void {
    for (let i = 0; i < this.all.length; i++) f.hide(unchecked(this.all[i]).slot);
  }

  /** True if the bytes of a key name the attachment of a slot. */
  matches(slot: i32, at: usize, length: i32): bool {
    for (let i = 0; i < this.all.length; i++) if (unchecked(this.all[i]).slot == slot && unchecked(this.all[i]).is(at, length)) return true;
    return false;
  }

  /** Puts the text that the walker has just read under all slots that its key names; hides it if it cannot be read. */
  put(f: Frame, keyAt: usize, keyLength: i32, value: Text, walker: Walker): void {
    if ((this.lengths & (<u64>1 << (keyLength & 63))) == 0) return;
    const identity = this.identity;
    for (let i = 0; i < this.all.length; i++) {
      const name = unchecked(this.all[i]), slot = name.slot;
      if (!name.is(keyAt, keyLength)) continue;
      if (identity && name.identity) identity.attachment(slot, value, walker, f);
      if (!f.wants(slot)) continue;
      if (value == Text.Plain) putOther(f, slot, walker.at, walker.length);
      else if (value != Text.Null) f.hide(slot);
    }
  }
}

const seen: View = new View();

/** Adds a value unless it is the first one again. */
function putOther(f: Frame, slot: i32, at: i32, length: i32): void {
  const first = f.metadata.first(slot);
  if (first >= 0 && f.metadata.view(first, seen).equals(f.metadata.base + at, length)) return;
  f.put(slot, at, length);
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
  const identity = names.identity;
  if (found == Found.Other) names.hide(f);
  if (found != Found.Map) {
    if (identity) identity.settle(f, found == Found.Null);
    return !r.bad;
  }
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
  if (identity) identity.settle(f, true);
  return !r.bad;
}
