import { setTimeout as delay } from "node:timers/promises";

/** Milliseconds between two looks of `until`. */
const PACE = 25;

/**
 * Looks again and again until `look` returns something other than null, undefined or false; an error of `look` counts
 * as "not yet". After `ms` milliseconds it gives up with `what` and the last error.
 */
export async function until<T>(what: string, ms: number, look: () => T | Promise<T>): Promise<NonNullable<T>> {
  const end = Date.now() + ms;
  let last = "";
  for (;;) {
    try {
      const found = await look();
      if (found !== null && found !== undefined && found !== false) return found;
      last = "";
    } catch (error) {
      last = error instanceof Error ? error.message : String(error);
    }
    if (Date.now() >= end) throw new Error(`${what}: not after ${ms / 1000} s${last && ` (last: ${last})`}`);
    await delay(Math.min(PACE, Math.max(1, end - Date.now())));
  }
}
