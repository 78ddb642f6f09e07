import { proxy_get_buffer_bytes, proxy_set_buffer_bytes } from "../env/imports";
import { Buffer, Status } from "../env/enums";
import { landIn, liftOff, RESULT_AT, RESULT_SIZE } from "../env/memory";
import { Writer } from "../bytes/writer";

const ALL: i32 = i32.MAX_VALUE;

/** Appends all bytes of a host buffer to a writer; returns how many. An empty or missing buffer is 0. */
export function readBuffer(buffer: Buffer, into: Writer): i32 {
  const before = into.length;
  store<u32>(RESULT_SIZE, 0);
  landIn(into);
  const status = proxy_get_buffer_bytes(buffer, 0, ALL, RESULT_AT, RESULT_SIZE);
  liftOff();
  if (status != Status.Ok) into.length = before;
  return into.length - before;
}

/** Replaces all bytes of a host buffer. Envoy quirk: BadArgument when the connection never had data. */
export function replaceBuffer(buffer: Buffer, at: usize, length: i32): Status {
  return proxy_set_buffer_bytes(buffer, 0, ALL, at, length);
}

/** A configuration buffer as text; allocates. */
export function bufferText(buffer: Buffer): string {
  const bytes = new Writer();
  readBuffer(buffer, bytes);
  const text = String.UTF8.decodeUnsafe(bytes.base, bytes.length);
  bytes.free();
  return text;
}
