/** What a command reaches besides the keys that it names: it is hidden, so that rules on keys reckon with it. See docs/filters/auth.md. */
import { Reader } from "../../assembly/bytes/reader";
import { Frame } from "../../assembly/codec/index";
import { Arguments } from "./arguments";
import { Command, Special, UNSEEN, WIDE } from "./commands";
import { DATABASE, KEY } from "./constants";

/** Subcommands of DEBUG that name a key, or (the first) keys; what others do is not known. */
const OF_KEYS: string[] = ["digest-value", "object", "htstats-key", "sdslen", "ziplist", "listpack", "quicklist"];
/** Subcommands that reach no key at all. */
const OF_CLUSTER: string[] = [
  "info", "links", "myid", "myshardid", "nodes", "shards", "slots", "slot-stats", "slaves", "replicas", "countkeysinslot", "keyslot",
  "count-failure-reports", "getslotmigrations", "help",
];
const OF_MODULES: string[] = ["list", "help"];
const TRACKING: string[] = ["tracking"], BROADCAST: string[] = ["bcast"];
const SORT_OPTIONS: string[] = ["get", "by", "limit", "store"];
const STAR: i32 = 0x2a;

/** Place of the last key of a DEBUG, counted from the end if below 0; 0: it names none. */
export function lastDebugged(r: Reader, args: Arguments): i32 {
  const which = wordOf(r, args, 1, OF_KEYS);
  return which < 0 || args.count < 3 ? 0 : which == 0 ? -1 : 2;
}

export function hideUnseen(r: Reader, args: Arguments, command: Command, f: Frame): void {
  const flags = reach(r, args, command);
  if (flags & UNSEEN) f.hideMore(KEY);
  if (flags & WIDE) f.hideMore(DATABASE);
}

function reach(r: Reader, args: Arguments, command: Command): i32 {
  switch (command.special) {
    case Special.Sort: return followsPatterns(r, args) ? UNSEEN : 0;
    case Special.Debug: return lastDebugged(r, args) ? 0 : UNSEEN | WIDE;
    case Special.Cluster: return wordOf(r, args, 1, OF_CLUSTER) < 0 ? UNSEEN | WIDE : 0;
    case Special.Module: return wordOf(r, args, 1, OF_MODULES) < 0 ? UNSEEN | WIDE : 0;
    case Special.Client: return tellsOfAll(r, args) ? UNSEEN | WIDE : 0;
    case Special.Copy: return command.last == 1 || args.count > 3 ? WIDE : 0;
    default: return command.flags;
  }
}

function wordOf(r: Reader, args: Arguments, i: i32, words: string[]): i32 {
  return i < args.length ? r.oneOf(args.at(i), args.lengthOf(i), words) : -1;
}

/** SORT looks other keys up by patterns with a star in them, as lookupKeyByPattern in the servers' sort.c. */
function followsPatterns(r: Reader, args: Arguments): bool {
  for (let i = 2; i < args.length; i++) {
    const option = wordOf(r, args, i, SORT_OPTIONS);
    if (option < 0) continue;
    i += option == 2 ? 2 : 1;
    if (option < 2 && i < args.length && hasStar(r, args.at(i), args.lengthOf(i))) return true;
  }
  return false;
}

function hasStar(r: Reader, at: i32, length: i32): bool {
  for (let i = 0; i < length; i++) if (r.peek(at + i) == STAR) return true;
  return false;
}

/** CLIENT TRACKING with BCAST tells the names of all keys that change. */
function tellsOfAll(r: Reader, args: Arguments): bool {
  if (wordOf(r, args, 1, TRACKING) < 0) return false;
  for (let i = 2; i < args.length; i++) if (wordOf(r, args, i, BROADCAST) >= 0) return true;
  return false;
}
