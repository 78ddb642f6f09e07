import { proxy_close_stream, proxy_continue_stream, proxy_done, proxy_set_effective_context } from "../env/imports";
import { Buffer, Status, Stream } from "../env/enums";
import { replaceBuffer } from "./buffer";
import { endPushable, mayPush } from "./callback";

/**
 * Replaces what the client sent by these bytes and hands them to the next filter. Only once for each callback, only for
 * the connection whose data or wake-up callback is running: elsewhere nothing is done and false returned; call
 * `NetworkContext.wake` there instead. Envoy quirks: from a write callback it ends in a segmentation fault, 300 of them
 * in one callback overflow V8's stack, and what is put into the buffer after it goes along.
 */
export function push(context: u32, at: usize, length: i32): bool {
  if (!mayPush(context)) return false;
  endPushable();
  if (replaceBuffer(Buffer.Downstream, at, length) != Status.Ok) return false;
  proxy_continue_stream(Stream.Downstream);
  return true;
}

/** Hands on what the client's buffer holds, under the same rules as `push`. */
export function continueDownstream(context: u32): bool {
  if (!mayPush(context)) return false;
  endPushable();
  return proxy_continue_stream(Stream.Downstream) == Status.Ok;
}

/** Takes all bytes out of the client's buffer without handing anything on. */
export function drainDownstream(): void { replaceBuffer(Buffer.Downstream, 0, 0); }

/** Closes the client's connection once the callback has returned and what was written has left. Safe in every callback. */
export function closeDownstream(): void { proxy_close_stream(Stream.Downstream); }

/**
 * The request, held by Action.Pause, goes on. Envoy quirks: in the header callback that itself returns Pause it lets the
 * headers go and holds the body for ever; the request's maps and bodies cannot be read after it; it is Ok without a request.
 */
export function continueRequest(): Status { return <Status>proxy_continue_stream(Stream.HttpRequest); }
/** The response, held by Action.Pause, goes on. */
export function continueResponse(): Status { return <Status>proxy_continue_stream(Stream.HttpResponse); }
/** Ends the HTTP stream at once: the client sees a reset, not an answer. */
export function resetHttpStream(): Status { return <Status>proxy_close_stream(Stream.HttpRequest); }

/** Selects the context that following host calls act on. False: it is gone, and what was selected before still is. */
export function selectContext(id: u32): bool { return proxy_set_effective_context(id) == Status.Ok; }

/** Ends a root whose `onDone` returned false; NotFound if there is none such. */
export function done(): Status { return <Status>proxy_done(); }
