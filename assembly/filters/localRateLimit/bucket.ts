/**
 * The arithmetic of a token bucket that workers share. It fills all the time, not in steps. A worker takes tokens in
 * batches, a lease: what is in the bucket and what is out on lease is never more than `max`, so neither is a burst.
 * Time is in microseconds since 1970. Tokens are counted in parts, `fillUs` to a token: all sums are whole and exact.
 */

/** Most tokens of a bucket and of a fill; with a day to fill, parts stay below 2^63. */
export const MAX_TOKENS: i64 = 1 << 24;
/** A lease lasts until the end of the epoch behind that in which it was taken: 0.26 s to 0.52 s. */
const EPOCH_BITS: i64 = 18;
/** Clocks of workers differ by less; a clock that falls behind by more was set back. */
const SKEW_US: i64 = 1_000_000;
/** A worker takes what comes in this time, at most. */
const BATCH_US: i64 = 2_000;
/** A lease is at most this part of a full bucket. */
const BATCH_PART: i64 = 32;

export function epochOf(now: i64): u32 { return <u32>(now >> EPOCH_BITS); }

/** A bucket as it lies in shared data; all zero: nobody has used it, it is full. */
@unmanaged
export class State {
  /** Hash of the value that it belongs to. */
  key: u64;
  /** When `parts` was right; 0: never. */
  at: i64;
  parts: i64;
  epoch: u32;
  /** Tokens out on lease that were taken in this epoch, and in the one before. */
  out: u32;
  before: u32;
  spare: u32;
}
export const STATE_SIZE: i32 = 40;

/** What one worker has of a bucket; all zero: nothing. */
@unmanaged
export class Lease {
  key: u64;
  /** Without tokens: it is no use to ask before this. */
  until: i64;
  left: u32;
  /** Tokens that `out` (or `before`) counts for it. */
  held: u32;
  epoch: u32;
  used: u32;
}
export const LEASE_SIZE: i32 = 32;

export function isOpen(lease: Lease, now: i64): bool { return lease.left > 0 && epochOf(now) - lease.epoch <= 1; }

@final
export class Bucket {
  /** Parts of all its tokens. */
  readonly size: i64;
  /** Tokens of a lease, at most. */
  readonly batch: i64;
  /** Time in which a lease's tokens come. */
  readonly batchUs: i64;

  constructor(most: i64, private readonly perFill: i64, private readonly fillUs: i64) {
    this.size = most * fillUs;
    this.batch = max(1, min(most / BATCH_PART, perFill * BATCH_US / fillUs));
    this.batchUs = (this.batch * fillUs + perFill - 1) / perFill;
  }

  /** Adds what has come since the last time, and forgets leases that have expired. */
  settle(s: State, now: i64): void {
    if (s.at == 0 || now < s.at - SKEW_US) {
      if (s.at == 0) s.parts = this.size;
      s.at = now;
      s.epoch = epochOf(now);
      s.out = s.before = 0;
      return;
    }
    const gone = max(0, now - s.at), epochs = <i32>(epochOf(now) - s.epoch);
    if (epochs > 0) {
      s.before = epochs == 1 ? s.out : 0;
      s.out = 0;
      s.epoch += epochs;
    }
    s.parts = gone > this.size / this.perFill ? this.size : s.parts + gone * this.perFill;
    s.at += gone;
    this.cap(s);
  }

  /** Of a settled bucket: tokens for a worker that uses one of them now; 0: there are none. */
  take(s: State): u32 {
    const whole = s.parts / this.fillUs;
    if (whole == 0) return 0;
    const tokens = max(1, min(this.batch, whole / 2));
    s.parts -= tokens * this.fillUs;
    s.out += <u32>tokens - 1;
    return <u32>tokens;
  }

  /** Of a settled bucket: takes back what is left of a lease, also of one that has expired. */
  giveBack(s: State, lease: Lease): void {
    if (lease.epoch == s.epoch) s.out -= min(s.out, lease.held);
    else if (s.epoch - lease.epoch == 1) s.before -= min(s.before, lease.held);
    s.parts += <i64>lease.left * this.fillUs;
    lease.left = lease.held = 0;
    this.cap(s);
  }

  /** Of a settled bucket without a token: when it is worth asking again. */
  due(s: State, now: i64): i64 { return now + (this.batch * this.fillUs - s.parts + this.perFill - 1) / this.perFill; }

  private cap(s: State): void { s.parts = min(s.parts, max(0, this.size - (<i64>s.out + s.before) * this.fillUs)); }
}
