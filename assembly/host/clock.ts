import { proxy_get_current_time_nanoseconds, proxy_set_tick_period_milliseconds } from "../env/imports";
import { Status } from "../env/enums";
import { RESULT } from "../env/memory";

/** Wall clock in nanoseconds since 1970. A host call: not for each message. Envoy quirk: whole microseconds. */
export function nowNanoseconds(): u64 {
  proxy_get_current_time_nanoseconds(RESULT);
  return load<u64>(RESULT);
}

export function nowMilliseconds(): u64 { return nowNanoseconds() / 1_000_000; }

/**
 * Asks for `onTick` of the current root context at this period in milliseconds; 0 ends it. A tick costs CPU even when
 * idle (16 ms a second at a period of 10 ms): not for what `NetworkContext.wake` can do.
 */
export function setTickPeriod(milliseconds: u32): Status { return <Status>proxy_set_tick_period_milliseconds(milliseconds); }
