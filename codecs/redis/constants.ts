/** Redis on the wire: the RESP specification (redis.io/docs/reference/protocol-spec) and the servers' networking.c. */

/** Slots of the keys that requests and replies supply. */
export const COMMAND = 0, SUBCOMMAND = 1, KEY = 2, CHANNEL = 3, DATABASE = 4, USER = 5, ARGUMENTS = 6;
export const ERROR = 0;

/** A request whose keys lie further on has hidden keys. */
export const MAX_HEAD: i32 = 1 << 20;
/** Arguments that are looked at; those behind are hidden. */
export const MAX_ARGUMENTS: i32 = 4096;
/** PROTO_INLINE_MAX_SIZE: a line of an inline command. */
export const MAX_LINE: i32 = 64 << 10;
/** Length of the line that begins an array or a string. */
export const MAX_NUMBER_LINE: i32 = 32;
/** Servers take INT_MAX arguments (before Redis 7: 1,048,576), and proto-max-bulk-len of 512 MiB. */
export const MAX_COUNT: i64 = i32.MAX_VALUE;
export const MAX_BULK: i64 = 512 << 20;
/** Longest name of a command or a subcommand. */
export const MAX_NAME: i32 = 64;
/** A message up to this size is waited for. */
export const WHOLE: i32 = 64 << 10;
/** Bytes of a command that the session keeps for new lanes; longer ones are not redone. */
export const MAX_KEPT: i32 = 16 << 10;
/** Commands of one setting that are kept while their answers are out; a client that says more waits for them. */
export const MAX_SAID: i32 = 4;
/** And of all settings together. */
export const MAX_SESSION: i32 = 64 << 10;

/** Pins, see Frame.pin: MULTI and WATCH to EXEC, subscriptions (vital), and SCAN cursors, which have this bit. */
export const TRANSACTION: u64 = 1;
export const SUBSCRIBED: u64 = 1 << 63 | 1;
/** Of a client that has asked by which id a server knows it; vital. */
export const IDENTITY: u64 = 1 << 63 | 2;
export const CURSOR: u64 = 1 << 62;

/** Byte values of RESP types. */
export namespace Type {
  export const SIMPLE: i32 = 0x2b; // +
  export const ERROR: i32 = 0x2d; // -
  export const NUMBER: i32 = 0x3a; // :
  export const BULK: i32 = 0x24; // $
  export const ARRAY: i32 = 0x2a; // *
  export const NULL: i32 = 0x5f; // _
  export const BOOLEAN: i32 = 0x23; // #
  export const DOUBLE: i32 = 0x2c; // ,
  export const BIG_NUMBER: i32 = 0x28; // (
  export const BULK_ERROR: i32 = 0x21; // !
  export const VERBATIM: i32 = 0x3d; // =
  export const MAP: i32 = 0x25; // %
  export const SET: i32 = 0x7e; // ~
  export const PUSH: i32 = 0x3e; // >
  export const ATTRIBUTE: i32 = 0x7c; // |
}
