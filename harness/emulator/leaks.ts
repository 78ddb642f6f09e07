import type { Calls } from "./calls.ts";
import type { Vm } from "./vm.ts";

/** Memory that a module may have at the end of a test, bytes. */
const MEMORY = 64 << 20;

/** What is looked at: an emulator. */
interface Looked { vm: Vm; calls: Calls; memoryBytes(): number }

/** What a test has left behind, one line each; empty: nothing. Streams must have ended before. */
export function leaks(emulator: Looked, memory = MEMORY): string[] {
  const found: string[] = [];
  emulator.vm.forget();
  for (const { id, connection, http } of emulator.vm.contexts.values()) {
    if (connection) found.push(`connection ${id} is still open${connection.waiting > 0 ? `, with ${connection.waiting} bytes of its client` : ""}`);
    if (http) found.push(`HTTP stream ${id} is still open`);
  }
  if (emulator.calls.pending > 0) found.push(`${emulator.calls.pending} calls have neither ended nor been given up`);
  if (emulator.memoryBytes() > memory) found.push(`the module's memory has ${emulator.memoryBytes()} bytes, more than ${memory}`);
  return found;
}
