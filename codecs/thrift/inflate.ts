/** Inflates the beginning of a zlib stream (RFC 1950, RFC 1951), after the manner of Mark Adler's puff. */
const MAX_BITS: i32 = 15;
const LITERALS: i32 = 288;
const DISTANCES: i32 = 32;
/** Bytes of Adler-32 behind the last block. */
const CHECK_SUM: i32 = 4;
/** A stream that needs more blocks for its first few thousand bytes is made to cost time. */
const MAX_BLOCKS: i32 = 64;

export enum Inflated {
  /** As much as was asked for is there, or the stream has ended. */
  Done = 0,
  /** More input is needed for more output. */
  Need = 1,
  Bad = 2,
}

const BASE_LENGTH: StaticArray<u16> = [
  3, 4, 5, 6, 7, 8, 9, 10, 11, 13, 15, 17, 19, 23, 27, 31, 35, 43, 51, 59, 67, 83, 99, 115, 131, 163, 195, 227, 258,
];
const MORE_LENGTH: StaticArray<u8> = [0, 0, 0, 0, 0, 0, 0, 0, 1, 1, 1, 1, 2, 2, 2, 2, 3, 3, 3, 3, 4, 4, 4, 4, 5, 5, 5, 5, 0];
const BASE_DISTANCE: StaticArray<u16> = [
  1, 2, 3, 4, 5, 7, 9, 13, 17, 25, 33, 49, 65, 97, 129, 193, 257, 385, 513, 769, 1025, 1537, 2049, 3073, 4097, 6145, 8193, 12289, 16385, 24577,
];
const MORE_DISTANCE: StaticArray<u8> = [
  0, 0, 0, 0, 1, 1, 2, 2, 3, 3, 4, 4, 5, 5, 6, 6, 7, 7, 8, 8, 9, 9, 10, 10, 11, 11, 12, 12, 13, 13,
];
/** Order in which a block tells the lengths of its code for lengths. */
const ORDER: StaticArray<u8> = [16, 17, 18, 0, 8, 7, 9, 6, 10, 5, 11, 4, 12, 3, 13, 2, 14, 1, 15];

/** A canonical code: how many codes there are of each length, and their symbols in order. */
@final
class Code {
  counts: StaticArray<u16> = new StaticArray<u16>(MAX_BITS + 1);
  symbols: StaticArray<u16> = new StaticArray<u16>(LITERALS);
  private offsets: StaticArray<u16> = new StaticArray<u16>(MAX_BITS + 1);

  /** Codes that are left unused: 0 for a complete set, below 0 for too many. */
  build(lengths: StaticArray<u8>, from: i32, n: i32): i32 {
    const counts = this.counts, offsets = this.offsets;
    for (let i = 0; i <= MAX_BITS; i++) counts[i] = 0;
    for (let i = 0; i < n; i++) counts[lengths[from + i]]++;
    if (<i32>counts[0] == n) return 0;
    let left = 1;
    for (let i = 1; i <= MAX_BITS; i++) {
      left = (left << 1) - <i32>counts[i];
      if (left < 0) return left;
    }
    offsets[1] = 0;
    for (let i = 1; i < MAX_BITS; i++) offsets[i + 1] = offsets[i] + counts[i];
    for (let i = 0; i < n; i++) {
      const length = lengths[from + i];
      if (length) this.symbols[offsets[length]++] = <u16>i;
    }
    return left;
  }
}

/** Keeps the bytes that it has made until it is asked again: one of them serves a whole codec. */
@final
export class Inflater {
  length: i32 = 0;
  /** The stream has ended, with all that it gives made. */
  ended: bool = false;
  private from: usize = 0;
  private out: StaticArray<u8> = new StaticArray<u8>(0);
  private limit: i32 = 0;
  private at: usize = 0;
  private end: usize = 0;
  private hold: u32 = 0;
  private held: i32 = 0;
  /** More of the block could be made than was asked for. */
  private open: bool = false;
  private status: Inflated = Inflated.Done;
  private fixedLiterals: Code = new Code();
  private fixedDistances: Code = new Code();
  private literals: Code = new Code();
  private distances: Code = new Code();
  private lengths: StaticArray<u8> = new StaticArray<u8>(LITERALS + DISTANCES);

  constructor() {
    const lengths = this.lengths;
    for (let i = 0; i < LITERALS; i++) lengths[i] = i < 144 ? 8 : i < 256 ? 9 : i < 280 ? 7 : 8;
    this.fixedLiterals.build(lengths, 0, LITERALS);
    for (let i = 0; i < 30; i++) lengths[i] = 5;
    this.fixedDistances.build(lengths, 0, 30);
  }

  /** Address of the bytes made. */
  get base(): usize { return changetype<usize>(this.out); }

  /** Bytes of input that the stream takes once it has ended, its check sum included, which is not looked at. */
  get used(): i32 { return <i32>(this.at - this.from) + CHECK_SUM; }

  /** Makes the first `limit` bytes, or what `size` bytes of input give. */
  run(at: usize, size: i32, limit: i32): Inflated {
    this.at = at;
    this.from = at;
    this.ended = false;
    if (this.out.length < limit) this.out = new StaticArray<u8>(limit);
    this.end = at + size;
    this.length = 0;
    this.limit = limit;
    this.hold = 0;
    this.held = 0;
    this.status = Inflated.Done;
    const method = this.bits(8), flags = this.bits(8);
    if (this.status) return this.status;
    // A preset dictionary is nothing that peers could have agreed on.
    if ((method & 15) != 8 || method >> 4 > 7 || ((method << 8) | flags) % 31 || flags & 0x20) return Inflated.Bad;
    let last = 0;
    this.open = false;
    for (let blocks = 0; !last && !this.status && this.length < this.limit; blocks++) {
      if (blocks == MAX_BLOCKS) return Inflated.Bad;
      last = this.bits(1);
      const kind = this.bits(2);
      if (this.status) break;
      if (kind == 0) this.stored();
      else if (kind == 1) this.codes(this.fixedLiterals, this.fixedDistances);
      else if (kind == 2) this.dynamic();
      else this.status = Inflated.Bad;
    }
    this.ended = last != 0 && !this.open && this.status == Inflated.Done;
    return this.status;
  }

  private bits(n: i32): i32 {
    while (this.held < n) {
      if (this.at == this.end) {
        this.status = Inflated.Need;
        return 0;
      }
      this.hold |= <u32>load<u8>(this.at++) << this.held;
      this.held += 8;
    }
    const value = this.hold & ((1 << n) - 1);
    this.hold >>= n;
    this.held -= n;
    return <i32>value;
  }

  private symbol(code: Code): i32 {
    let bits = 0, first = 0, index = 0;
    for (let length = 1; length <= MAX_BITS; length++) {
      bits |= this.bits(1);
      if (this.status) return 0;
      const count = <i32>unchecked(code.counts[length]);
      if (bits - count < first) return unchecked(code.symbols[index + (bits - first)]);
      index += count;
      first = (first + count) << 1;
      bits <<= 1;
    }
    this.status = Inflated.Bad;
    return 0;
  }

  private stored(): void {
    this.hold = 0;
    this.held = 0;
    const length = this.bits(16);
    const check = this.bits(16);
    if (this.status) return;
    if ((length ^ check) != 0xffff) {
      this.status = Inflated.Bad;
      return;
    }
    const there = <i32>min<usize>(length, this.end - this.at), n = min(there, this.limit - this.length);
    memory.copy(this.base + this.length, this.at, n);
    this.length += n;
    this.at += n;
    this.open = n < length;
    if (n < length && this.length < this.limit) this.status = Inflated.Need;
  }

  private dynamic(): void {
    const literals = this.bits(5) + 257, distances = this.bits(5) + 1, told = this.bits(4) + 4, lengths = this.lengths;
    if (this.status) return;
    if (literals > 286 || distances > 30) return this.fail();
    for (let i = 0; i < 19; i++) lengths[ORDER[i]] = i < told ? <u8>this.bits(3) : 0;
    if (this.status) return;
    if (this.literals.build(lengths, 0, 19)) return this.fail();
    for (let i = 0; i < literals + distances;) {
      const symbol = this.symbol(this.literals);
      if (this.status) return;
      if (symbol < 16) {
        lengths[i++] = <u8>symbol;
        continue;
      }
      if (symbol == 16 && i == 0) return this.fail();
      const repeated = symbol == 16 ? lengths[i - 1] : 0;
      let times = symbol == 16 ? 3 + this.bits(2) : symbol == 17 ? 3 + this.bits(3) : 11 + this.bits(7);
      if (this.status) return;
      if (i + times > literals + distances) return this.fail();
      while (times--) lengths[i++] = repeated;
    }
    if (lengths[256] == 0) return this.fail();
    // An incomplete code is fine only if it is one code of one bit.
    let left = this.literals.build(lengths, 0, literals);
    if (left && (left < 0 || literals - <i32>this.literals.counts[0] != 1)) return this.fail();
    left = this.distances.build(lengths, literals, distances);
    if (left && (left < 0 || distances - <i32>this.distances.counts[0] != 1)) return this.fail();
    this.codes(this.literals, this.distances);
  }

  private codes(literals: Code, distances: Code): void {
    while (this.length < this.limit) {
      const symbol = this.symbol(literals);
      if (this.status || symbol == 256) return;
      if (symbol < 256) {
        store<u8>(this.base + this.length++, <u8>symbol);
        continue;
      }
      if (symbol > 285) return this.fail();
      const length = <i32>BASE_LENGTH[symbol - 257] + this.bits(MORE_LENGTH[symbol - 257]);
      const place = this.symbol(distances);
      if (this.status) return;
      if (place > 29) return this.fail();
      const distance = <i32>BASE_DISTANCE[place] + this.bits(MORE_DISTANCE[place]);
      if (this.status) return;
      if (distance > this.length) return this.fail();
      for (let i = min(length, this.limit - this.length); i > 0; i--) {
        store<u8>(this.base + this.length, load<u8>(this.base + this.length - distance));
        this.length++;
      }
    }
    this.open = true;
  }

  private fail(): void { this.status = Inflated.Bad; }
}
