import { Writer } from "./writer";

const KEPT_BYTES: i32 = 16 << 10;
const KEPT: i32 = 256;

const spare: Writer[] = [];

/** An empty writer, from the VM's pool; for bytes that must outlive a callback. Give it back, or its memory is lost. */
export function takeBuffer(): Writer {
  return spare.length > 0 ? spare.pop() : new Writer(512);
}

/** Gives a writer back; null is nothing. Large ones return their memory at once. */
export function giveBuffer(buffer: Writer | null): void {
  if (buffer === null) return;
  if (buffer.capacity > KEPT_BYTES || spare.length >= KEPT) {
    buffer.free();
    return;
  }
  buffer.reset();
  spare.push(buffer);
}
