import { Writer } from "./writer";

/**
 * Names and values as the host takes them: u32 count, for each pair u32 length of the name and u32 of the value, then for
 * each pair name, NUL, value, NUL; all little endian (proxy-wasm ABI 0.2.1, "Serialized maps"). Envoy takes 1,024 pairs
 * and 1 MiB at most.
 */
@final
export class PairWriter {
  count: i32 = 0;
  private lengths: Writer = new Writer(64);
  private data: Writer = new Writer(256);
  private whole: Writer = new Writer(256);

  reset(): this {
    this.count = 0;
    this.lengths.reset();
    this.data.reset();
    return this;
  }

  add(name: string, value: string): this {
    const data = this.data;
    this.lengths.u32le(data.text(name));
    data.u8(0);
    this.lengths.u32le(data.text(value));
    data.u8(0);
    this.count++;
    return this;
  }

  addBytes(nameAt: usize, nameLength: i32, valueAt: usize, valueLength: i32): this {
    const data = this.data;
    this.lengths.u32le(nameLength);
    this.lengths.u32le(valueLength);
    data.bytes(nameAt, nameLength);
    data.u8(0);
    data.bytes(valueAt, valueLength);
    data.u8(0);
    this.count++;
    return this;
  }

  /** Bytes of the names and values. */
  get size(): i32 { return this.data.length - 2 * this.count; }

  /** All of it in one piece, valid until the next call. No pairs are no bytes. */
  encode(): Writer {
    const whole = this.whole;
    whole.reset();
    if (this.count == 0) return whole;
    whole.u32le(this.count);
    whole.bytes(this.lengths.base, this.lengths.length);
    whole.bytes(this.data.base, this.data.length);
    return whole;
  }
}

/** Walks pairs in the host's encoding, in place; lengths that do not fit end the walk. */
@final
export class PairReader {
  /** Of the current pair. */
  nameAt: usize = 0;
  nameLength: i32 = 0;
  valueAt: usize = 0;
  valueLength: i32 = 0;
  count: i32 = 0;
  private base: usize = 0;
  private end: usize = 0;
  private data: usize = 0;
  private index: i32 = 0;

  /** Before the first pair. False: these are no pairs. */
  reset(at: usize, size: i32): bool {
    this.base = at;
    this.end = at + size;
    this.index = 0;
    this.count = size < 4 ? 0 : load<u32>(at);
    if (<u32>this.count > <u32>max(0, size - 4) >> 3) this.count = 0;
    this.data = at + 4 + (<usize>this.count << 3);
    return this.count > 0 || size == 0 || (size >= 4 && load<u32>(at) == 0);
  }

  /** Moves to the next pair; false behind the last. */
  next(): bool {
    if (this.index >= this.count) return false;
    const lengths = this.base + 4 + (<usize>this.index << 3), name = load<u32>(lengths), value = load<u32>(lengths, 4);
    const left = <u64>(this.end - this.data);
    if (<u64>name + <u64>value + 2 > left) {
      this.index = this.count;
      return false;
    }
    this.nameAt = this.data;
    this.nameLength = name;
    this.valueAt = this.data + name + 1;
    this.valueLength = value;
    this.data += name + value + 2;
    this.index++;
    return true;
  }

  /** Moves to the next pair of a name, ASCII in lower case as HTTP/2 has them; false if there is none behind the current one. */
  find(name: string): bool {
    while (this.next()) if (this.nameIs(name)) return true;
    return false;
  }

  nameIs(text: string): bool { return isText(this.nameAt, this.nameLength, text); }
  valueIs(text: string): bool { return isText(this.valueAt, this.valueLength, text); }

  /** As text; allocates. */
  name(): string { return String.UTF8.decodeUnsafe(this.nameAt, this.nameLength); }
  value(): string { return String.UTF8.decodeUnsafe(this.valueAt, this.valueLength); }
}

/** True if bytes are those of an ASCII text. */
function isText(at: usize, length: i32, text: string): bool {
  if (text.length != length) return false;
  for (let i = 0; i < length; i++) if (<i32>load<u8>(at + i) != text.charCodeAt(i)) return false;
  return true;
}
