import { proxy_get_current_time_nanoseconds, proxy_set_tick_period_milliseconds } from "../env/imports";

const time: usize = memory.data(8, 8);

/** Wall clock in nanoseconds since 1970. A host call: not for each message. */
export function nowNanoseconds(): u64 {
  proxy_get_current_time_nanoseconds(time);
  return load<u64>(time);
}

export function nowMilliseconds(): u64 { return nowNanoseconds() / 1_000_000; }

/** Asks for `onTick` of the current root context at this period in milliseconds; 0 ends it. */
export function setTickPeriod(milliseconds: u32): void { proxy_set_tick_period_milliseconds(milliseconds); }
