/**
 * Sticky reader over one run of bytes. Every read is checked; the first one past the end sets `bad`, and that
 * read and all later ones return zero, so a codec asks once, at the end, instead of after each read.
 * Offsets are relative to the first byte, so they stay true when the bytes move in memory.
 */
@final
export class Reader {
  /** Address of the first byte. Owned by the framework; valid until the callback returns. */
  base: usize = 0;
  /** How many bytes there are. */
  size: i32 = 0;
  /** Offset of the next read. */
  at: i32 = 0;
  /** True once a read went past the end. */
  bad: bool = false;

  reset(base: usize, size: i32): void {
    this.base = base;
    this.size = size;
    this.at = 0;
    this.bad = false;
  }

  /** Bytes not read yet. */
  @inline get left(): i32 { return this.size - this.at; }

  /** Moves to an absolute offset; outside of the bytes it sets `bad`. */
  seek(at: i32): void {
    if (<u32>at > <u32>this.size) this.fail();
    else this.at = at;
  }

  /** Passes over n bytes; a negative n sets `bad`. */
  skip(n: i32): void {
    if (<u32>n > <u32>this.left) this.fail();
    else this.at += n;
  }

  u8(): i32 {
    const p = this.take(1);
    return p ? <i32>load<u8>(p) : 0;
  }

  u16(): i32 {
    const p = this.take(2);
    return p ? <i32>bswap<u16>(load<u16>(p)) : 0;
  }

  u24(): i32 {
    const p = this.take(3);
    return p ? (<i32>load<u8>(p) << 16) | <i32>bswap<u16>(load<u16>(p, 1)) : 0;
  }

  u32(): u32 {
    const p = this.take(4);
    return p ? bswap<u32>(load<u32>(p)) : 0;
  }

  i32(): i32 { return <i32>this.u32(); }

  u64(): u64 {
    const p = this.take(8);
    return p ? bswap<u64>(load<u64>(p)) : 0;
  }

  u16le(): i32 {
    const p = this.take(2);
    return p ? <i32>load<u16>(p) : 0;
  }

  u32le(): u32 {
    const p = this.take(4);
    return p ? load<u32>(p) : 0;
  }

  u64le(): u64 {
    const p = this.take(8);
    return p ? load<u64>(p) : 0;
  }

  /** The byte at an absolute offset, without moving; -1 past the end. */
  peek(at: i32): i32 {
    return <u32>at < <u32>this.size ? <i32>load<u8>(this.base + at) : -1;
  }

  /** True if the bytes at an absolute offset are those of an ASCII text. */
  matches(at: i32, text: string): bool {
    const n = text.length;
    if (at < 0 || n > this.size - at) return false;
    for (let i = 0; i < n; i++) {
      if (<i32>load<u8>(this.base + at + i) != text.charCodeAt(i)) return false;
    }
    return true;
  }

  /** Index of the first of some lower-case ASCII names that the bytes at an absolute offset are, ignoring case; or -1. */
  oneOf(at: i32, length: i32, names: string[]): i32 {
    if (at < 0 || length < 0 || length > this.size - at) return -1;
    for (let i = 0; i < names.length; i++) {
      if (unchecked(names[i]).length == length && sameText(this.base + at, unchecked(names[i]))) return i;
    }
    return -1;
  }

  /** Offset of a byte value at or after an absolute offset, -1 if there is none. */
  find(byte: u8, from: i32): i32 {
    for (let i = max(from, 0); i < this.size; i++) {
      if (load<u8>(this.base + i) == byte) return i;
    }
    return -1;
  }

  /** The UTF-8 text at an absolute offset. Allocates: for configure time, logs and tests. */
  text(at: i32, length: i32): string {
    if (at < 0 || length < 0 || length > this.size - at) return "";
    return String.UTF8.decodeUnsafe(this.base + at, length);
  }

  /** Marks the bytes as bad; every later read returns zero. */
  fail(): void {
    this.bad = true;
    this.at = this.size;
  }

  @inline private take(n: i32): usize {
    if (n > this.left) {
      this.fail();
      return 0;
    }
    const p = this.base + this.at;
    this.at += n;
    return p;
  }
}

function sameText(at: usize, text: string): bool {
  for (let i = 0; i < text.length; i++) {
    const byte = <i32>load<u8>(at + i);
    if ((<u32>(byte - 0x41) < 26 ? byte | 0x20 : byte) != text.charCodeAt(i)) return false;
  }
  return true;
}
