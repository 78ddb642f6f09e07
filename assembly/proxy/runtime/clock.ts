import { nowNanoseconds } from "../../host/clock";

/** Time since 1970, read once in a tick or at a rare event, or in each callback if filters ask for it: free to ask for. */
let nanoseconds: u64 = 0;
let milliseconds: u64 = 0;
/** By how much the host's clock was set back since the VM started, in all. */
let setBack: u64 = 0;

/** Milliseconds, for what waits: never less than before, also where the clock was set back. */
export function now(): u64 { return milliseconds; }
/** The clock as it is, for what is told to others. */
export function nowNs(): u64 { return nanoseconds; }

/** Reads the clock; as `now`. */
export function refreshNow(): u64 {
  nanoseconds = nowNanoseconds();
  const read = nanoseconds / 1_000_000 + setBack;
  if (read < milliseconds) setBack += milliseconds - read;
  else milliseconds = read;
  return milliseconds;
}
