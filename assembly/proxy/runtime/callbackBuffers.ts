import { Writer } from "../../bytes/writer";
import { Buffer } from "../../env/enums";
import { SpliceBuffer } from "./spliceBuffer";

/**
 * Buffers of one callback, shared by the whole VM: callbacks do not nest, and nothing in here outlives one. They keep
 * their memory, so a warm VM allocates nothing.
 */

/** What the client sent. */
export const clientIn: Writer = new Writer(64 << 10);
/** What the next filter wrote. */
export const upstreamIn: Writer = new Writer(64 << 10);
/** What goes to the client. */
export const clientOut: SpliceBuffer = new SpliceBuffer(Buffer.Upstream, upstreamIn);
/** What a codec encodes. */
export const encoded: Writer = new Writer(4 << 10);
/** A codec's handshake with a server. */
export const greetings: Writer = new Writer(512);

/** Room that they keep. */
const MOST: i32 = 1 << 20;

/** In a tick: what an uncommonly large message needed is given back. */
export function trimCallbackBuffers(): void {
  clientIn.trim(MOST);
  upstreamIn.trim(MOST);
  clientOut.trim(MOST);
  encoded.trim(MOST);
}
