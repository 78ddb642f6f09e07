import { bytesInUse } from "../../bytes/heap";
import { collectSoon, connectionCount, unsureBytes } from "../../context/contexts";
import { selectContext } from "../../host/stream";
import { Connection } from "./connection";
import { ServiceRoot } from "./listenerRoot";

/** What an idle connection takes, and what an idle lane does, is beside the bound: `maxConnections` is for that. */
const IDLE_BYTES: usize = 6 << 10;

/** All roots of this VM: they share its memory. */
const roots: Set<ServiceRoot> = new Set<ServiceRoot>();

export function addRoot(root: ServiceRoot): void { roots.add(root); }
export function forgetRoot(root: ServiceRoot): void { roots.delete(root); }

/** One that is left, or null. */
export function anyRoot(): ServiceRoot | null {
  const all = roots.values();
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
    const largest = largestConnection(), before = largest === null ? 0 : largest.weight;
    if (largest === null || before == 0) break;
    largest.shed();
    excess -= max(1, before - largest.weight);
  }
  selectContext(current);
}

function largestConnection(): Connection | null {
  const all = roots.values();
  let largest: Connection | null = null;
  for (let i = 0; i < all.length; i++) {
    const candidate = all[i].largestConnection();
    if (candidate && (largest === null || candidate.weight > largest.weight)) largest = candidate;
  }
  return largest;
}
