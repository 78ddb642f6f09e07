/**
 * Huffman code of HPACK (RFC 7541, Appendix B). It is canonical: codes of one length follow each other in the order of
 * their symbols, so that the lengths say all, and decoding compares with one limit for each length.
 */

/** Length in bits of the code of each byte, and of EOS. */
const LENGTHS: StaticArray<u8> = [
  13, 23, 28, 28, 28, 28, 28, 28, 28, 24, 30, 28, 28, 30, 28, 28,
  28, 28, 28, 28, 28, 28, 30, 28, 28, 28, 28, 28, 28, 28, 28, 28,
  6, 10, 10, 12, 13, 6, 8, 11, 10, 10, 8, 11, 8, 6, 6, 6,
  5, 5, 5, 6, 6, 6, 6, 6, 6, 6, 7, 8, 15, 6, 12, 10,
  13, 6, 7, 7, 7, 7, 7, 7, 7, 7, 7, 7, 7, 7, 7, 7,
  7, 7, 7, 7, 7, 7, 7, 7, 8, 7, 8, 13, 19, 13, 14, 6,
  15, 5, 6, 5, 6, 5, 6, 6, 6, 5, 7, 7, 6, 6, 6, 5,
  6, 7, 6, 5, 5, 6, 7, 7, 7, 7, 7, 15, 11, 14, 13, 28,
  20, 22, 20, 20, 22, 22, 22, 23, 22, 23, 23, 23, 23, 23, 24, 23,
  24, 24, 22, 23, 24, 23, 23, 23, 23, 21, 22, 23, 22, 23, 23, 24,
  22, 21, 20, 22, 22, 23, 23, 21, 23, 22, 22, 24, 21, 22, 23, 23,
  21, 21, 22, 21, 23, 22, 23, 23, 20, 22, 22, 22, 23, 22, 22, 23,
  26, 26, 20, 19, 22, 23, 22, 25, 26, 26, 26, 27, 27, 26, 24, 25,
  19, 21, 26, 27, 27, 26, 27, 24, 21, 21, 26, 26, 28, 27, 27, 27,
  20, 24, 20, 21, 22, 21, 21, 23, 22, 22, 25, 25, 24, 24, 26, 23,
  26, 27, 26, 26, 27, 27, 27, 27, 27, 28, 27, 27, 27, 27, 27, 26,
  30,
];

const SHORTEST = 5;
const LONGEST = 30;
const EOS = 256;

/** Symbols in the order of their codes. */
const SYMBOLS: StaticArray<u16> = new StaticArray<u16>(257);
/** By length: the first code beyond those of that length or less, aligned to 30 bits. */
const LIMITS: StaticArray<u32> = new StaticArray<u32>(LONGEST + 1);
/** By length: what to add to a code for its place in SYMBOLS. */
const PLACES: StaticArray<i32> = new StaticArray<i32>(LONGEST + 1);

function build(): void {
  let code = 0, place = 0;
  for (let length = SHORTEST; length <= LONGEST; length++) {
    PLACES[length] = place - code;
    for (let symbol = 0; symbol <= EOS; symbol++) {
      if (<i32>LENGTHS[symbol] != length) continue;
      SYMBOLS[place++] = <u16>symbol;
      code++;
    }
    LIMITS[length] = <u32>code << (LONGEST - length);
    code <<= 1;
  }
}
build();

/**
 * Decodes a string. Returns its length, or -1 if it is not well-formed (section 5.2: EOS in it, padding that is longer
 * than 7 bits or not of ones). At most `room` bytes are written, further ones only counted.
 */
export function huffmanDecode(at: usize, length: i32, out: usize, room: i32): i32 {
  const end = at + length;
  let hold: u64 = 0, held = 0, count = 0;
  while (true) {
    while (held <= 56 && at < end) {
      hold = hold << 8 | <u64>load<u8>(at++);
      held += 8;
    }
    if (held == 0) return count;
    const window = ahead(hold, held);
    let bits = SHORTEST;
    while (window >= unchecked(LIMITS[bits])) if (++bits > LONGEST) return -1;
    if (bits > held) return held < 8 && window == ONES ? count : -1;
    const place = <i32>(window >> (LONGEST - bits)) + unchecked(PLACES[bits]);
    const symbol = unchecked(SYMBOLS[place]);
    if (symbol == EOS) return -1;
    if (count < room) store<u8>(out + count, <u8>symbol);
    count++;
    held -= bits;
  }
}

const ONES: u32 = (1 << LONGEST) - 1;

/** The next 30 bits, filled up with ones as the padding is. */
@inline function ahead(hold: u64, held: i32): u32 {
  if (held >= LONGEST) return <u32>(hold >> (held - LONGEST)) & ONES;
  const missing = LONGEST - held;
  return (<u32>hold << missing | ((1 << missing) - 1)) & ONES;
}
