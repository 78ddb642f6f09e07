import { bytesInUse } from "../../bytes/heap";
import { collectSoon, connectionCount, unsureBytes } from "../../context/contexts";
import { selectContext } from "../../host/stream";

/** What an idle connection takes, and what an idle lane does, is beside the bound: `maxConnections` is for that. */
const IDLE_BYTES: usize = 6 << 10;

/** Keeps bytes for a client, and gives some up when it must. */
export interface Hoard {
  /** Bytes, about. */
  weight(): i32;
  /** Gives up the largest thing that is kept. */
  shed(): void;
}

/** Has clients. */
export interface Hoarder {
  /** The one that keeps the most bytes; null: there is none. */
  largest(): Hoard | null;
}

/** All of this VM: they share its memory. */
const keepers: Set<Hoarder> = new Set<Hoarder>();

export function addHoarder(one: Hoarder): void { keepers.add(one); }
export function forgetHoarder(one: Hoarder): void { keepers.delete(one); }

/** One that is left, or null. */
export function anyHoarder(): Hoarder | null {
  const all = keepers.values();
  return all.length ? all[0] : null;
}

/** All bytes that the VM has in use beside idle connections, whatever they are for: no kind must be named to be counted. */
function usedBytes(): usize {
  const all = bytesInUse(), idle = <usize>connectionCount() * IDLE_BYTES;
  return all > idle ? all - idle : 0;
}

/** Three quarters of the bound are in use: whoever keeps something waits, so that others are served with the rest. */
export function isTight(bound: i32): bool { return usedBytes() > <usize>((bound >> 2) * 3); }

export function isFull(bound: i32): bool { return usedBytes() > <usize>bound; }

/** As `isFull`, whatever of the newest objects is garbage. */
export function isSurelyFull(bound: i32): bool {
  const used = usedBytes();
  return used - min(used, unsureBytes()) > <usize>bound;
}

/** Once in a while: where memory is scarce, what is garbage must not count for long. */
export function tidy(bound: i32): void { if (isTight(bound) && unsureBytes() > <usize>(bound >> 5)) collectSoon(); }

/** Gives up the largest things of the connections that keep the most, until an eighth of the bound is free. `current`: the context of this callback. */
export function shedVm(current: u32, bound: i32): void {
  const used = usedBytes(), enough = <usize>((bound >> 3) * 7);
  collectSoon();
  // The next callback knows what was garbage.
  if (!isSurelyFull(bound)) return;
  for (let excess = <isize>(used - enough); excess > 0;) {
    const largest = largestOfAll(), before = largest === null ? 0 : largest.weight();
    if (largest === null || before == 0) break;
    largest.shed();
    excess -= max(1, before - largest.weight());
  }
  selectContext(current);
}

function largestOfAll(): Hoard | null {
  const all = keepers.values();
  let largest: Hoard | null = null;
  for (let i = 0; i < all.length; i++) {
    const candidate = all[i].largest();
    if (candidate && (largest === null || candidate.weight() > largest.weight())) largest = candidate;
  }
  return largest;
}
