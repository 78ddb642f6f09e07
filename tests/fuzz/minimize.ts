/** Makes a case that fails smaller, as long as it fails in the same way. */
import type { Case } from "./case.ts";
import { play, Refused } from "./play.ts";

/** Plays at most. */
const MOST_TRIES = 250;

/** What went wrong, without what differs from one case to another; of bytes it keeps the words that they begin with (`opening`). */
export const kindOf = (why: string): string => why.replace(/[0-9a-f]{16,}/g, "HEX").replace(/"(?:[^"\\]|\\.)*"/g, "TEXT").replace(/\d+/g, "N");

export function minimize(wasm: Uint8Array, one: Case, why: string): Case {
  const kind = kindOf(why);
  let best = one, tries = 0;
  const fails = (steps: Case["steps"]): boolean => {
    tries++;
    try {
      const found = play(wasm, { ...one, steps });
      return found !== null && kindOf(found) === kind;
    } catch (error) {
      if (error instanceof Refused) return false;
      throw error;
    }
  };
  for (let size = best.steps.length >> 1; size >= 1; size >>= 1) {
    for (let at = best.steps.length - size; at >= 0 && tries < MOST_TRIES; at -= size) {
      const steps = [...best.steps.slice(0, at), ...best.steps.slice(at + size)];
      if (fails(steps)) best = { ...best, steps };
      at = Math.min(at, best.steps.length);
    }
  }
  return best;
}
