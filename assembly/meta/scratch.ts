import { Writer } from "../bytes/writer";
import { Buffer } from "../env/enums";
import { nowMilliseconds, nowNanoseconds } from "../host/clock";
import { Outlet } from "./outlet";

/**
 * Buffers of one callback, shared by the whole VM: callbacks do not nest, and nothing in here outlives one. They keep
 * their memory, so a warm VM allocates nothing.
 */

/** What the client sent. */
export const clientIn: Writer = new Writer(64 << 10);
/** What the next filter wrote. */
export const upstreamIn: Writer = new Writer(64 << 10);
/** What goes to the client. */
export const clientOut: Outlet = new Outlet(Buffer.Upstream, upstreamIn);
/** What a codec encodes. */
export const encoded: Writer = new Writer(4 << 10);
/** A codec's handshake with a server. */
export const greetings: Writer = new Writer(512);

/** Room that they keep. */
const MOST: i32 = 1 << 20;

/** In a tick: what an uncommonly large message needed is given back. */
export function trimScratch(): void {
  clientIn.trim(MOST);
  upstreamIn.trim(MOST);
  clientOut.trim(MOST);
  encoded.trim(MOST);
}

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
