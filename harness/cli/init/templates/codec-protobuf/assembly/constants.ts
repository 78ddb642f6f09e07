/**
 * {{name}}: a protocol made up for this project; make it yours. Every frame, both ways, is a varint with the bytes that follow
 * (as `writeDelimitedTo` writes it), and a message:
 *
 *   message Envelope {
 *     uint64 id = 1;
 *     Type type = 2;       // REQUEST = 0, REPLY = 1, ERROR = 2
 *     string method = 3;
 *     bytes body = 4;
 *   }
 */
export const ID = 1, TYPE = 2, METHOD = 3, BODY = 4;

/** Types. */
export const REQUEST: u64 = 0, REPLY: u64 = 1, ERROR: u64 = 2;

/** Bytes of a message at most: fields come in any order, so all of it must be here before it can be routed. */
export const MAX_MESSAGE: i32 = 1 << 20;

/** Bytes of a varint at most. */
export const MAX_VARINT = 10;

/** Slot of the key `method`. */
export const METHOD_SLOT = 0;
