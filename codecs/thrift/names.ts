import { utf8Bytes } from "../../assembly/bytes/utf8";
import { Frame } from "../../assembly/codec/index";

/** THeader keys that a configuration asks for, with their slots; of one direction. Case does not count. */
@final
export class Names {
  private names: Array<StaticArray<u8>> = [];
  private slots: Array<i32> = [];
  /** Bit n: some name has n bytes (mod 64). */
  private lengths: u64 = 0;

  /** Configure time only. `name` is lower case. */
  add(name: string, slot: i32): void {
    if (this.slots.includes(slot)) return;
    const bytes = utf8Bytes(name);
    this.names.push(bytes);
    this.slots.push(slot);
    this.lengths |= <u64>1 << (bytes.length & 63);
  }

  /** Says of a key and its value, by address, under which slots they are known. */
  put(f: Frame, keyAt: usize, keyLength: i32, valueAt: usize, valueLength: i32): void {
    if ((this.lengths & (<u64>1 << (keyLength & 63))) == 0) return;
    for (let i = 0; i < this.slots.length; i++) {
      const slot = unchecked(this.slots[i]);
      if (!f.wants(slot) || !this.same(i, keyAt, keyLength)) continue;
      f.put(slot, <i32>(valueAt - f.metadata.base), valueLength);
    }
  }

  /** True if the bytes of a key are the name of a slot. */
  matches(slot: i32, at: usize, length: i32): bool {
    const i = this.slots.indexOf(slot);
    return i >= 0 && this.same(i, at, length);
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
