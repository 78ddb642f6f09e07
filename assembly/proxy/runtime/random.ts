import { nowMilliseconds } from "../../host/clock";

let state: u64 = 0;

/** A random number that costs no host call (xorshift64*); for shares and jitter, not for secrets. */
export function random(): u64 {
  if (state == 0) state = nowMilliseconds() | 1;
  state ^= state >> 12;
  state ^= state << 25;
  state ^= state >> 27;
  return state * 0x2545f4914f6cdd1d;
}

/** A random number below a bound. */
export function randomBelow(bound: u32): u32 { return <u32>((random() >> 32) * <u64>bound >> 32); }
