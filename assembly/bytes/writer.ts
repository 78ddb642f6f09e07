import { gaveBlock, tookBlock } from "./heap";
import { Reader } from "./reader";

/**
 * Growing output buffer, reused for ever: `reset` keeps its memory, so a warm writer allocates nothing.
 * Numbers are big endian unless the name says otherwise.
 */
@final
export class Writer {
  /** Address of the first byte; changes when the buffer grows. */
  base: usize;
  /** Bytes written. */
  length: i32 = 0;
  /** Bytes there is room for before it grows. */
  capacity: i32;

  constructor(capacity: i32 = 256) {
    this.capacity = capacity;
    this.base = heap.alloc(capacity);
    tookBlock(capacity);
  }

  reset(): void { this.length = 0; }

  /** Gives the memory back; the writer must not be used afterwards. */
  free(): void {
    heap.free(this.base);
    gaveBlock(this.capacity);
    this.base = 0;
    this.capacity = 0;
    this.length = 0;
  }

  /** Empty, and no larger than so many bytes. */
  trim(most: i32): void {
    this.length = 0;
    if (this.capacity <= most) return;
    heap.free(this.base);
    gaveBlock(this.capacity - most);
    this.base = heap.alloc(most);
    this.capacity = most;
  }

  /** Makes room for n more bytes and returns their address; they count as written. */
  reserve(n: i32): usize {
    const at = this.length;
    if (n > this.capacity - at) this.grow(at + n);
    this.length = at + n;
    return this.base + at;
  }

  u8(value: i32): void { store<u8>(this.reserve(1), <u8>value); }
  u16(value: i32): void { store<u16>(this.reserve(2), bswap<u16>(<u16>value)); }
  u32(value: u32): void { store<u32>(this.reserve(4), bswap<u32>(value)); }
  u64(value: u64): void { store<u64>(this.reserve(8), bswap<u64>(value)); }
  u16le(value: i32): void { store<u16>(this.reserve(2), <u16>value); }
  u32le(value: u32): void { store<u32>(this.reserve(4), value); }
  u64le(value: u64): void { store<u64>(this.reserve(8), value); }

  u24(value: i32): void {
    this.u8(value >> 16);
    this.u16(value & 0xffff);
  }

  /** Overwrites bytes that were written before, for lengths known only at the end. */
  patch32(at: i32, value: u32): void { store<u32>(this.base + at, bswap<u32>(value)); }
  patch16(at: i32, value: i32): void { store<u16>(this.base + at, bswap<u16>(<u16>value)); }
  patch8(at: i32, value: i32): void { store<u8>(this.base + at, <u8>value); }

  /** Copies n bytes from an address. */
  bytes(from: usize, n: i32): void { memory.copy(this.reserve(n), from, n); }

  /** Copies n bytes of a reader from an absolute offset; less if it has less. */
  copy(from: Reader, at: i32, n: i32): void {
    if (at < 0 || n <= 0 || at >= from.size) return;
    this.bytes(from.base + at, min(n, from.size - at));
  }

  /** A text in UTF-8, without length or end mark; returns the bytes written. */
  text(value: string): i32 {
    const n = String.UTF8.byteLength(value);
    String.UTF8.encodeUnsafe(changetype<usize>(value), value.length, this.reserve(n));
    return n;
  }

  /** A copy of what was written; allocates. */
  copied(): StaticArray<u8> {
    const bytes = new StaticArray<u8>(this.length);
    memory.copy(changetype<usize>(bytes), this.base, this.length);
    return bytes;
  }

  /** Drops n bytes at the front. */
  shift(n: i32): void {
    if (n == 0) return;
    this.length -= n;
    memory.copy(this.base, this.base + n, this.length);
  }

  private grow(needed: i32): void {
    let capacity = this.capacity;
    while (capacity < needed) capacity <<= 1;
    this.base = heap.realloc(this.base, capacity);
    tookBlock(capacity - this.capacity);
    this.capacity = capacity;
  }
}
