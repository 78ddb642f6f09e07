/** Thrift on the wire: apache/thrift, doc/specs/thrift-{binary,compact}-protocol.md and HeaderFormat.md; TApplicationException. */

/** Bytes of a message's name at most; generated names have some dozens. */
export const MAX_NAME: i32 = 4096;
/** Bytes of a framed message at most (fbthrift: MAX_FRAME_SIZE), its length apart. */
export const MAX_FRAME: i32 = 0x3fff_ffff;
/** THeader counts its header in words of four bytes, in 16 bits; behind it as much as is read of a payload. */
export const MAX_HEAD: i32 = 0xffff * 4 + 14 + (64 << 10);

/** How messages are told apart on a connection. */
export namespace Transport {
  export const UNFRAMED: i32 = 0;
  export const FRAMED: i32 = 1;
  export const HEADER: i32 = 2;
}

export namespace Protocol {
  export const BINARY: i32 = 0;
  /** Binary without a version in front (TBinaryProtocol with strictWrite=false). */
  export const OLD_BINARY: i32 = 1;
  export const COMPACT: i32 = 2;
  /** What a THeader names and this codec cannot read. */
  export const UNKNOWN: i32 = 3;
}

export namespace Type {
  export const CALL: i32 = 1;
  export const REPLY: i32 = 2;
  export const EXCEPTION: i32 = 3;
  export const ONEWAY: i32 = 4;
}

/** Types of values: of the binary protocol, and of the compact one. */
export namespace Binary {
  export const STOP: i32 = 0;
  export const BOOL: i32 = 2;
  export const BYTE: i32 = 3;
  export const DOUBLE: i32 = 4;
  export const I16: i32 = 6;
  export const I32: i32 = 8;
  export const I64: i32 = 10;
  export const STRING: i32 = 11;
  export const STRUCT: i32 = 12;
  export const MAP: i32 = 13;
  export const SET: i32 = 14;
  export const LIST: i32 = 15;
  export const UUID: i32 = 16;
}

export namespace Compact {
  export const STOP: i32 = 0;
  export const TRUE: i32 = 1;
  export const FALSE: i32 = 2;
  export const BYTE: i32 = 3;
  export const I16: i32 = 4;
  export const I32: i32 = 5;
  export const I64: i32 = 6;
  export const DOUBLE: i32 = 7;
  export const BINARY: i32 = 8;
  export const LIST: i32 = 9;
  export const SET: i32 = 10;
  export const MAP: i32 = 11;
  export const STRUCT: i32 = 12;
  export const UUID: i32 = 13;
}

/** First bytes of a message: `80 01`, or `82` and a version in the low five bits. */
export const STRICT_FIRST: i32 = 0x80;
export const STRICT_SECOND: i32 = 0x01;
export const COMPACT_FIRST: i32 = 0x82;
export const COMPACT_VERSION: i32 = 1;
export const COMPACT_VERSION_MASK: i32 = 0x1f;

/** THeader: length 4, magic 2, flags 2, sequence id 4, words of header 2, then the header. */
export namespace Header {
  export const MAGIC: i32 = 0x0fff;
  export const START: i32 = 14;
  /** HEADER_FLAG_SUPPORT_OUT_OF_ORDER: replies may come in any order. */
  export const OUT_OF_ORDER: i32 = 1;
  export const PADDING: i32 = 0;
  export const KEY_VALUE: i32 = 1;
  /** Keys that hold for all later messages of the connection too (fbthrift). */
  export const PERSISTENT: i32 = 2;
  export const ZLIB: i32 = 1;
  export const BINARY: i32 = 0;
  export const COMPACT: i32 = 2;
}

/** Types of TApplicationException. */
export namespace Code {
  export const UNKNOWN_METHOD: i32 = 1;
  export const INTERNAL_ERROR: i32 = 6;
  export const PROTOCOL_ERROR: i32 = 7;
}

/** Keys of exchanges: the sequence id below this bit, so that none but id 0 is 0. */
export const KEYED: u64 = 1 << 32;
/** The sequence id of a THeader below this bit: of messages that cannot be read, or have none of their own (fbthrift). */
export const HEADED: u64 = 1 << 33;

/** Slots of the keys that requests have, in the order of `Traits.requestKeys`. */
export namespace Key {
  export const SERVICE: i32 = 0;
  export const METHOD: i32 = 1;
  export const TYPE: i32 = 2;
  export const SEQID: i32 = 3;
  export const TRANSPORT: i32 = 4;
  export const PROTOCOL: i32 = 5;
}

export const REQUEST_KEYS: string[] = ["service", "method", "type", "seqid", "transport", "protocol", "*"];

/** Slots of the keys of replies. */
export namespace ReplyKey {
  export const TYPE: i32 = 0;
}

export const RESPONSE_KEYS: string[] = ["type", "*"];

/** How a rule spells a THeader key whose name is also that of a fixed key. */
export const HEADER_PREFIX: string = "header.";
