import { HASH_START, hashBytes } from "../../proxy/cluster/hash";

/** Bytes of all tokens together: beyond them all are forgotten, and verified anew. */
const MAX_BYTES: i32 = 16 << 20;

/** A token that was verified, and what it claims. */
@final
export class Verified {
  /** Values of the claims that are told, one after the other; a claim ends where `ends` says, -1: it is not there. */
  values: StaticArray<u8> = new StaticArray<u8>(0);
  ends: StaticArray<i32> = new StaticArray<i32>(0);
  /** Asked for since the hand last passed. */
  isUsed: bool = false;
  /** Next of the same bucket, -1: none. */
  next: i32 = -1;

  /** until: milliseconds since 1970. */
  constructor(public token: StaticArray<u8>, public hash: u64, public until: u64) {}
}

/**
 * Verified tokens, by a hash of the whole token and the token itself, until they expire. Bounded: where it is full, the first that nobody has asked for
 * since the hand last passed makes room (the clock algorithm).
 */
@final
export class Cache {
  private entries: Verified[] = [];
  /** By the low bits of the hash: the first entry, -1: none. */
  private buckets: StaticArray<i32>;
  private hand: i32 = 0;
  private bytes: i32 = 0;

  constructor(private capacity: i32) {
    let size = 16;
    while (size < capacity) size <<= 1;
    this.buckets = new StaticArray<i32>(size);
    this.buckets.fill(-1);
  }

  /** Null: it was not verified, or has expired. */
  find(at: usize, length: i32, now: u64): Verified | null {
    const hash = hashBytes(HASH_START, at, length);
    for (let i = this.buckets[this.bucket(hash)]; i >= 0; i = this.entries[i].next) {
      const entry = this.entries[i];
      if (entry.hash != hash || entry.token.length != length || memory.compare(changetype<usize>(entry.token), at, length) != 0) continue;
      entry.isUsed = true;
      return entry.until > now ? entry : null;
    }
    return null;
  }

  /** Takes a token that `find` did not find, or that had expired. Allocates. */
  add(at: usize, length: i32, until: u64): Verified {
    if (this.bytes + length > MAX_BYTES) this.clear();
    this.bytes += length;
    const token = new StaticArray<u8>(length);
    memory.copy(changetype<usize>(token), at, length);
    const entry = new Verified(token, hashBytes(HASH_START, at, length), until), place = this.room();
    if (place == this.entries.length) this.entries.push(entry);
    else this.entries[place] = entry;
    const bucket = this.bucket(entry.hash);
    entry.next = this.buckets[bucket];
    this.buckets[bucket] = place;
    return entry;
  }

  /** The keys have changed: nothing that was verified counts any more. */
  clear(): void {
    this.entries = [];
    this.buckets.fill(-1);
    this.hand = 0;
    this.bytes = 0;
  }

  private bucket(hash: u64): i32 { return <i32>(hash ^ hash >> 32) & (this.buckets.length - 1); }

  /** A place that is free, or was made so. */
  private room(): i32 {
    if (this.entries.length < this.capacity) return this.entries.length;
    while (this.entries[this.hand].isUsed) {
      this.entries[this.hand].isUsed = false;
      this.hand = (this.hand + 1) % this.capacity;
    }
    const place = this.hand;
    this.hand = (place + 1) % this.capacity;
    this.unlink(place);
    this.bytes -= this.entries[place].token.length;
    return place;
  }

  private unlink(place: i32): void {
    const gone = this.entries[place], bucket = this.bucket(gone.hash);
    if (this.buckets[bucket] == place) {
      this.buckets[bucket] = gone.next;
      return;
    }
    let before = this.buckets[bucket];
    while (this.entries[before].next != place) before = this.entries[before].next;
    this.entries[before].next = gone.next;
  }
}
