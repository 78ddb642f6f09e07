import { proxy_get_buffer_bytes, proxy_get_buffer_status, proxy_set_buffer_bytes } from "../env/imports";
import { Buffer, Status } from "../env/enums";
import { answered, landIn, liftOff, RESULT_AT, RESULT_SIZE } from "../env/memory";
import { Writer } from "../bytes/writer";

const ALL: i32 = i32.MAX_VALUE;

/** Appends all bytes of a host buffer to a writer; returns how many. An empty or missing buffer is 0. */
export function readBuffer(buffer: Buffer, into: Writer): i32 { return readRange(buffer, 0, ALL, into); }

/** Appends some bytes of a host buffer to a writer; returns how many: fewer if the buffer ends before. */
export function readRange(buffer: Buffer, start: i32, length: i32, into: Writer): i32 {
  const before = into.length;
  store<u32>(RESULT_SIZE, 0);
  landIn(into);
  const good = answered(proxy_get_buffer_bytes(buffer, start, length, RESULT_AT, RESULT_SIZE));
  liftOff();
  if (!good) into.length = before;
  return into.length - before;
}

/**
 * Bytes in a host buffer; 0 if it is not there. Envoy quirk: bodies and data that are not there are empty ones, Ok;
 * NotFound are only the plugin's configuration and the body of a call outside of their callbacks.
 */
export function bufferSize(buffer: Buffer): i32 {
  return answered(proxy_get_buffer_status(buffer, RESULT_AT, RESULT_SIZE)) ? load<u32>(RESULT_AT) : 0;
}

/** Replaces all bytes of a host buffer. Envoy quirk: BadArgument when the connection never had data. */
export function replaceBuffer(buffer: Buffer, at: usize, length: i32): Status {
  return <Status>proxy_set_buffer_bytes(buffer, 0, ALL, at, length);
}

/** Puts bytes behind those of a host buffer. */
export function appendBuffer(buffer: Buffer, at: usize, length: i32): Status {
  return <Status>proxy_set_buffer_bytes(buffer, ALL, 0, at, length);
}

/** Puts bytes before those of a host buffer. */
export function prependBuffer(buffer: Buffer, at: usize, length: i32): Status {
  return <Status>proxy_set_buffer_bytes(buffer, 0, 0, at, length);
}

/**
 * Replaces the first bytes of a host buffer by others, which may be more or fewer. Envoy quirk: only the beginning can
 * be replaced, anything in the middle is BadArgument.
 */
export function replacePrefix(buffer: Buffer, replaced: i32, at: usize, length: i32): Status {
  return <Status>proxy_set_buffer_bytes(buffer, 0, replaced, at, length);
}

/** A buffer as text; allocates. Body callbacks and configuration only. */
export function bufferText(buffer: Buffer): string {
  const bytes = new Writer();
  readBuffer(buffer, bytes);
  const text = String.UTF8.decodeUnsafe(bytes.base, bytes.length);
  bytes.free();
  return text;
}
