import { Writer } from "../../bytes/writer";

/**
 * Numbers things by their bytes: the first bytes that come are 0, the next 1. Bounded; a look-up allocates nothing. Open
 * addressing with at most half of the places taken.
 */
@final
export class Table {
  private places: StaticArray<i32>;
  private hashes: StaticArray<u64>;
  private starts: StaticArray<i32>;
  private keys: Writer = new Writer(1024);
  length: i32 = 0;

  constructor(private most: i32) {
    let size = 16;
    while (size < most * 2) size <<= 1;
    this.places = new StaticArray<i32>(size);
    this.hashes = new StaticArray<u64>(most);
    this.starts = new StaticArray<i32>(most + 1);
  }

  /** The number of these bytes; `length` as it was if they are new; -1: new, but there is no room. */
  number(at: usize, size: i32): i32 {
    const hash = hashOf(at, size), mask = this.places.length - 1;
    let place = <i32>hash & mask;
    let known = unchecked(this.places[place]) - 1;
    while (known >= 0 && !(unchecked(this.hashes[known]) == hash && this.isAt(known, at, size))) {
      place = (place + 1) & mask;
      known = unchecked(this.places[place]) - 1;
    }
    return known < 0 ? this.add(place, hash, at, size) : known;
  }

  private isAt(number: i32, at: usize, size: i32): bool {
    const start = unchecked(this.starts[number]);
    return unchecked(this.starts[number + 1]) - start == size && memory.compare(this.keys.base + start, at, size) == 0;
  }

  private add(place: i32, hash: u64, at: usize, size: i32): i32 {
    const number = this.length;
    if (number == this.most) return -1;
    this.keys.bytes(at, size);
    this.starts[number + 1] = this.keys.length;
    this.hashes[number] = hash;
    this.places[place] = number + 1;
    this.length = number + 1;
    return number;
  }
}

/** Eight bytes at a time; the end is filled up with zeros and told apart by the length. */
function hashOf(at: usize, size: i32): u64 {
  let hash: u64 = 0x9e3779b97f4a7c15 ^ <u64>size, i = 0;
  for (; i + 8 <= size; i += 8) hash = turn(hash ^ load<u64>(at + i));
  let last: u64 = 0;
  for (; i < size; i++) last = last << 8 | <u64>load<u8>(at + i);
  hash = turn(hash ^ last);
  return hash ^ hash >> 32;
}

@inline function turn(value: u64): u64 { return rotl(value * 0xbf58476d1ce4e5b9, 29); }
