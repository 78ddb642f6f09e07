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

/** What an exchange remembers of its request, in `a`. */
export namespace Mark {
  /** MULTI and what was delayed went in front of it: `b` answers are dropped. */
  export const PREFIX: u64 = 1 << 0;
  /** A command between MULTI and EXEC; EXEC; DISCARD. All three have NUMBER. */
  export const QUEUED: u64 = 1 << 1;
  export const EXEC: u64 = 1 << 2;
  export const DISCARD: u64 = 1 << 3;
  /** EXEC that went as DISCARD, because a command of the transaction was refused. */
  export const ABORTED: u64 = 1 << 4;
  /** No server got it. */
  export const REFUSED: u64 = 1 << 5;
  export const SCAN: u64 = 1 << 6;
  export const MONITOR: u64 = 1 << 7;
  /** PSYNC, SYNC: replies are no RESP any more. */
  export const REPLICATION: u64 = 1 << 8;
  /** It has pinned the session to its lane, unless the server refuses it. */
  export const HOLDS: u64 = 1 << 9;
  /** Has its number in `b`. */
  export const RESET: u64 = 1 << 10;
  /** CLIENT REPLY SKIP was said before it. Has NUMBER. */
  export const SKIPPED: u64 = 1 << 11;
  /** A refused EXEC whose transaction a server has begun. */
  export const ORPHAN: u64 = 1 << 12;
  /** MULTI that a server has got as it came. Has NUMBER. */
  export const BEGINS: u64 = 1 << 13;
  /** Kind of subscription plus one, 4 bits; `b`: answers to come, 0: one for each channel there is. */
  export const SUBSCRIPTION: u64 = 16;
  /** Setting plus one, 8 bits; `b`: its version. */
  export const SETTING: u64 = 20;
  /** Which transaction or SKIP of the connection, 32 bits. */
  export const NUMBER: u64 = 32;
}

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
