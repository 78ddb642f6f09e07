import { Pool } from "./pool";
import { Writer } from "./writer";

/** Of one writer, and of all in the pool. */
const KEPT_BYTES: i32 = 64 << 10;
const POOL_BYTES: i32 = 4 << 20;

const spare: Pool<Writer> = new Pool<Writer>();
let pooled: i32 = 0;

/** Bytes of the smallest. */
export const BUFFER_BYTES: i32 = 512;

/** An empty writer, from the VM's pool; for bytes that must outlive a callback. Give it back, or its memory is lost. */
export function takeBuffer(): Writer {
  const buffer = spare.take();
  if (buffer === null) return new Writer(BUFFER_BYTES);
  pooled -= buffer.capacity;
  return buffer;
}

/** Gives a writer back; null is nothing. Large ones return their memory at once. */
export function giveBuffer(buffer: Writer | null): void {
  if (buffer === null) return;
  if (buffer.capacity > KEPT_BYTES || pooled + buffer.capacity > POOL_BYTES) {
    buffer.free();
    return;
  }
  buffer.reset();
  pooled += buffer.capacity;
  spare.give(buffer);
}
