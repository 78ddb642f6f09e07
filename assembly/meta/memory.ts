import { bytesInUse } from "../bytes/writer";
import { selectContext } from "../host/stream";
import { Connection } from "./connection";
import { ServiceRoot } from "./root";

/** All roots of this VM: they share its memory. */
const roots: Set<ServiceRoot> = new Set<ServiceRoot>();

export function addRoot(root: ServiceRoot): void { roots.add(root); }
export function forgetRoot(root: ServiceRoot): void { roots.delete(root); }

/** One that is left, or null. */
export function anyRoot(): ServiceRoot | null {
  const all = roots.values();
  return all.length ? all[0] : null;
}

/** Gives up the largest things of the connections that keep the most, until an eighth of the bound is free. */
export function shedVm(current: Connection, bound: i32): void {
  const enough = <usize>((bound >> 3) * 7);
  while (bytesInUse() > enough) {
    const largest = largestConnection();
    if (largest === null || largest.stored == 0) break;
    largest.shed();
  }
  selectContext(current.id);
}

function largestConnection(): Connection | null {
  const all = roots.values();
  let largest: Connection | null = null;
  for (let i = 0; i < all.length; i++) {
    const candidate = all[i].largestConnection();
    if (candidate && (largest === null || candidate.stored > largest.stored)) largest = candidate;
  }
  return largest;
}
