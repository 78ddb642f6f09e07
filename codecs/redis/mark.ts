import { Setting } from "./session";

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
}

/** Above the flags, from these bits on: a kind of subscription plus one (4 bits), a setting plus one (8), a number (32). */
const SUBSCRIPTION: u64 = 16, SETTING: u64 = 20, NUMBER: u64 = 32;

/** Which transaction, or which SKIP, of its connection a request belongs to. */
export function numbered(number: u32): u64 { return <u64>number << NUMBER; }
export function numberOf(a: u64): u32 { return <u32>(a >> NUMBER); }

/** The request says a setting of the session, whose version is in `b`. */
export function ofSetting(setting: Setting): u64 { return <u64>(setting + 1) << SETTING; }
export function saysSetting(a: u64): bool { return (a >> SETTING & 0xff) != 0; }
export function settingOf(a: u64): Setting { return <Setting>(<i32>(a >> SETTING & 0xff) - 1); }

/** The request subscribes, or ends that: `kind` counts the commands from SUBSCRIBE on; `b`: answers to come, 0: one for each channel there is. */
export function ofSubscription(kind: i32): u64 { return <u64>(kind + 1) << SUBSCRIPTION; }
/** -1: of none. */
export function subscriptionOf(a: u64): i32 { return <i32>(a >> SUBSCRIPTION & 15) - 1; }
