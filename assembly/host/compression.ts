import { callForeign } from "./foreign";
import { Writer } from "../bytes/writer";

/** Appends bytes, deflated with zlib's header (RFC 1950), to a writer; false if the host cannot. */
export function compress(at: usize, length: i32, into: Writer): bool { return callForeign("compress", at, length, into); }

/**
 * Inflates what `compress` made. Envoy quirk: the result has no bound, so bytes from strangers must not come here.
 */
export function uncompress(at: usize, length: i32, into: Writer): bool { return callForeign("uncompress", at, length, into); }
