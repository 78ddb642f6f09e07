/** Which of the ABI's functions a set of runs has used. */
import { CALLBACKS, HOST_CALLS } from "../../harness/emulator/abi.ts";
import { WITHOUT_CALLER } from "./differences.ts";
import type { Emulated } from "./onemulator.ts";

export interface Coverage { calls: string[]; callbacks: string[]; missing: string[] }

/** Cases that ran the same on Envoy made the same calls there: the emulator tells which. */
export function coverage(runs: Emulated[]): Coverage {
  const used = new Set(runs.flatMap(({ calls, callbacks }) => [...calls, ...callbacks]));
  // what the host calls without a context
  used.add("_initialize").add("proxy_on_memory_allocate");
  const wanted = [...Object.keys(HOST_CALLS), ...Object.keys(CALLBACKS)].filter(name => !Object.hasOwn(WITHOUT_CALLER, name));
  return {
    calls: Object.keys(HOST_CALLS).filter(name => used.has(name)), callbacks: Object.keys(CALLBACKS).filter(name => used.has(name)),
    missing: wanted.filter(name => !used.has(name)),
  };
}

export function told({ calls, callbacks }: Coverage): string {
  return `${calls.length} of ${Object.keys(HOST_CALLS).length} host calls, ${callbacks.length} of ${Object.keys(CALLBACKS).length} callbacks`;
}
