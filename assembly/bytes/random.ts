/**
 * Numbers for dice, not for secrets (SplitMix64). In a module Math.random cannot be used: it imports what Envoy does not
 * have. Seed it with `nowNanoseconds()`.
 */
@final
export class Random {
  constructor(private state: u64) {}

  next(): u64 {
    this.state += 0x9e3779b97f4a7c15;
    let z = this.state;
    z = (z ^ z >> 30) * 0xbf58476d1ce4e5b9;
    z = (z ^ z >> 27) * 0x94d049bb133111eb;
    return z ^ z >> 31;
  }

  /** Adds what nobody can know, such as the time of an event in nanoseconds. */
  stir(value: u64): void { this.state ^= rotl(value * 0xd6e8feb86659fd93, 32); }

  /** One of 0..n-1; 0 if n is 0. */
  below(n: u32): u32 { return n ? <u32>(this.next() % n) : 0; }
}
