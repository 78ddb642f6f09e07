/**
 * Which host callback is running. Pushing (handing bytes on with `proxy_continue_stream`) from inside a write callback
 * crashes Envoy, and many pushes in one callback overflow its stack; so host/stream.ts asks here and refuses.
 */
let owner: u32 = 0;

/** A callback in which the connection of this id, and no other, may push once. */
export function beginPushable(context: u32): void { owner = context; }

/** Ends it; also called by the push itself, since nothing can be put into the buffer after it. */
export function endPushable(): void { owner = 0; }

export function mayPush(context: u32): bool { return owner == context && context != 0; }
