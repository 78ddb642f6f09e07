/**
 * {{name}}: a protocol made up for this project; make it yours. Every frame, both ways, numbers big endian:
 *
 *   0 u32 bytes that follow | 4 u32 id | 8 u8 type | 9 u8 length of the method | 10 method | body
 */
export const HEADER = 10, METHOD_LENGTH_AT = 9;

/** Types. */
export const REQUEST = 0, REPLY = 1, ERROR = 2;

/** Bytes of a frame at most. */
export const MAX_FRAME: u32 = 16 << 20;

/** Slot of the key `method`. */
export const METHOD = 0;
