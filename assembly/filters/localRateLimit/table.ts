/**
 * The buckets of one limit: one, or one for each value of a key. They lie in shared data, which cannot forget a name, so
 * values share a fixed number of sets by their hash, and the least recently used value of a full set goes. What it had is
 * not forgotten: each set remembers the poorest of those that went, and whoever comes new begins with that. So nobody gets
 * more than his due by being forgotten, however many values there are; too small a table makes limits tighter.
 */
import { Writer } from "../../bytes/writer";
import { Status } from "../../env/enums";
import { ABSENT, readSharedData, setSharedData, sharedDataVersion } from "../../host/sharedData";
import { Bucket, isOpen, Lease, LEASE_SIZE, State, STATE_SIZE } from "./bucket";

/** Values of a set. */
const WAYS: i32 = 16;
/** Each miss means that another worker was faster. */
const MAX_TRIES: i32 = 32;

const shared: Writer = new Writer((WAYS + 1) * STATE_SIZE);
const moved: StaticArray<u64> = new StaticArray<u64>(STATE_SIZE >> 3);
/** The lease that made way for the one that was last asked for; no tokens: none did. */
const pushedOut: StaticArray<u64> = new StaticArray<u64>(LEASE_SIZE >> 3);

@final
export class Table {
  /** Values that had to go. */
  evicted: i64 = 0;
  private readonly names: string[] = [];
  private readonly leases: StaticArray<u64>;
  private readonly ways: i32;

  /** values: 1, or how many values of a key are to be told apart. */
  constructor(private readonly bucket: Bucket, name: string, values: i32) {
    // Values do not fall evenly: with room for twice as many, hardly one in a hundred sets overflows early.
    const sets = values <= WAYS ? 1 : (2 * values + WAYS - 1) / WAYS, ways = min(values, WAYS);
    this.ways = ways;
    this.leases = new StaticArray<u64>(sets * ways * (LEASE_SIZE >> 3));
    for (let i = 0; i < sets; i++) this.names.push(name + "/" + i.toString());
  }

  /** Takes a token of a value's bucket; false: it is empty. Mostly without a host call. */
  take(key: u64, now: i64): bool {
    const set = this.setOf(key), lease = this.lease(set, key);
    if (isOpen(lease, now)) {
      lease.left--;
      return true;
    }
    if (lease.left == 0 && now < lease.until && lease.until - now <= this.bucket.batchUs) return false;
    return this.renew(set, lease, now);
  }

  /** Gives the token that was just taken back. */
  putBack(key: u64): void { this.lease(this.setOf(key), key).left++; }

  private setOf(key: u64): i32 { return <i32>(key % <u64>this.names.length); }

  /** This worker's lease of a value, which is the first of its set from now on. */
  private lease(set: i32, key: u64): Lease {
    const size = LEASE_SIZE, first = changetype<usize>(this.leases) + set * this.ways * size, pushed = changetype<Lease>(pushedOut);
    let at = 0;
    while (at < this.ways && !(changetype<Lease>(first + at * size).used && changetype<Lease>(first + at * size).key == key)) at++;
    pushed.left = 0;
    if (at < this.ways) {
      toFront(first, at, size);
      return changetype<Lease>(first);
    }
    memory.copy(changetype<usize>(pushedOut), first + (this.ways - 1) * size, size);
    toFront(first, this.ways - 1, size);
    memory.fill(first, 0, size);
    const lease = changetype<Lease>(first);
    lease.key = key;
    lease.used = 1;
    return lease;
  }

  /** Gives back what is left of a lease and takes a new one; true if there was a token. */
  private renew(set: i32, lease: Lease, now: i64): bool {
    const evicted = this.evicted, left = lease.left, held = lease.held, pushed = changetype<Lease>(pushedOut), pushedLeft = pushed.left, pushedHeld = pushed.held;
    for (let i = 0; i < MAX_TRIES; i++) {
      this.evicted = evicted;
      const version = this.read(set);
      if (pushedLeft > 0) {
        pushed.left = pushedLeft;
        pushed.held = pushedHeld;
        this.settleAway(pushed, now);
      }
      lease.left = left;
      lease.held = held;
      const state = this.state(lease.key, now);
      this.bucket.settle(state, now);
      this.bucket.giveBack(state, lease);
      const tokens = this.bucket.take(state);
      if (setSharedData(this.names[set], shared.base, shared.length, version) != Status.Ok) continue;
      lease.left = lease.held = tokens > 0 ? tokens - 1 : 0;
      lease.epoch = state.epoch;
      lease.until = tokens > 0 ? 0 : this.bucket.due(state, now);
      return tokens > 0;
    }
    return false;
  }

  /** Reads a set; the version to write it with. */
  private read(set: i32): u32 {
    const size = (this.ways + 1) * STATE_SIZE;
    shared.reset();
    const found = readSharedData(this.names[set], shared), version = found ? sharedDataVersion() : ABSENT;
    if (shared.length == size) return version;
    shared.reset();
    memory.fill(shared.reserve(size), 0, size);
    return version;
  }

  private settleAway(lease: Lease, now: i64): void {
    const at = this.find(lease.key);
    if (at == this.ways) return;
    this.bucket.settle(this.at(at), now);
    this.bucket.giveBack(this.at(at), lease);
  }

  private at(i: i32): State { return changetype<State>(shared.base + i * STATE_SIZE); }

  /** Place of a value in the set, or behind the last. */
  private find(key: u64): i32 {
    let at = 0;
    while (at < this.ways && (this.at(at).key != key || this.at(at).at == 0)) at++;
    return at;
  }

  /** The bucket of a value, which is the first of its set from now on. */
  private state(key: u64, now: i64): State {
    let at = this.find(key);
    if (at == this.ways) this.replace(--at, key, now);
    toFront(shared.base, at, STATE_SIZE);
    return this.at(0);
  }

  /** The bucket at this place goes; a new value begins no better than the poorest that went. */
  private replace(at: i32, key: u64, now: i64): void {
    const old = this.at(at), poorest = this.at(this.ways);
    this.bucket.settle(poorest, now);
    if (old.at != 0) {
      this.evicted++;
      this.bucket.settle(old, now);
      poorest.parts = min(poorest.parts, old.parts);
      poorest.out = max(poorest.out, old.out);
      poorest.before = max(poorest.before, old.before);
    }
    memory.copy(changetype<usize>(old), changetype<usize>(poorest), STATE_SIZE);
    old.key = key;
  }
}

/** Of records of one size in a row: moves one to the front, those before it one back. */
function toFront(first: usize, at: i32, size: i32): void {
  if (at == 0) return;
  memory.copy(changetype<usize>(moved), first + at * size, size);
  memory.copy(first + size, first, at * size);
  memory.copy(first, changetype<usize>(moved), size);
}
