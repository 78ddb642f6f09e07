import { proxy_close_stream, proxy_continue_stream, proxy_set_effective_context } from "../env/imports";
import { Buffer, Status, Stream } from "../env/enums";
import { replaceBuffer } from "./buffer";
import { endPushable, mayPush } from "./callback";

/**
 * Replaces what the client sent by these bytes and hands them to the next filter. Only once for each callback, only for
 * the connection whose data or wake-up callback is running: elsewhere nothing is done and false returned; call
 * `NetworkContext.wake` there instead.
 */
export function push(context: u32, at: usize, length: i32): bool {
  if (!mayPush(context)) return false;
  endPushable();
  if (replaceBuffer(Buffer.Downstream, at, length) != Status.Ok) return false;
  proxy_continue_stream(Stream.Downstream);
  return true;
}

/** Takes all bytes out of the client's buffer without handing anything on. */
export function drainDownstream(): void { replaceBuffer(Buffer.Downstream, 0, 0); }

/** Closes the client's connection after what was written has left. Safe in every callback. */
export function closeDownstream(): void { proxy_close_stream(Stream.Downstream); }

/** Selects the context that following host calls act on. False: it is gone, and the root is still selected. */
export function selectContext(id: u32): bool { return proxy_set_effective_context(id) == Status.Ok; }
