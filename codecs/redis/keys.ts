/** Where a command's keys and its timeout are among its arguments. */
import { Reader } from "../../assembly/bytes/reader";
import { Frame, Verdict } from "../../assembly/codec/index";
import { Arguments } from "./arguments";
import { Command, CONTAINER, Special } from "./commands";
import { CHANNEL, KEY } from "./constants";
import { lastDebugged } from "./reach";
import { RedisWire } from "./wire";

const STREAM_OPTIONS: string[] = ["streams", "block", "count", "claim", "group", "noack"];
const SORT_OPTIONS: string[] = ["store", "get", "by", "limit"];
const GEO_OPTIONS: string[] = ["store", "storedist"];
const MIGRATE_OPTIONS: string[] = ["keys", "auth", "auth2"];
const STRALGO_OPTIONS: string[] = ["keys", "strings"];

/** Milliseconds of a command that waits without end. */
const FOR_EVER: i32 = i32.MAX_VALUE;

/**
 * Reads the arguments that must be there: keys and channels if anybody asks for them, all of a command that changes the
 * connection. Head: they are there, or `wanted` is more than `length`, and they are too many or too far.
 */
export function readArguments(w: RedisWire, command: Command, f: Frame): Verdict {
  const args = w.arguments, count = args.count, special = command.special, keys = f.wants(KEY);
  let wanted = command.flags & CONTAINER ? 2 : 1;
  switch (special) {
    case Special.None:
      if (keys && command.first > 0) wanted = command.last > 0 ? command.last + 1 : count;
      break;
    case Special.Count1: case Special.Pairs1: case Special.Count2: case Special.StoreCount2: case Special.BlockCount2:
      if (keys || special == Special.BlockCount2) return readCounted(w, special);
      break;
    case Special.Sub: wanted = 3; break;
    case Special.Script: case Special.Cluster: case Special.Module: break;
    case Special.Copy:
      if (keys) wanted = command.last + 1;
      break;
    case Special.Publish: wanted = 2; break;
    case Special.Sort: case Special.GeoRadius: case Special.Migrate: case Special.StrAlgo: case Special.Watch: case Special.Debug:
      if (keys) wanted = count;
      break;
    case Special.Subscribe: case Special.PSubscribe: case Special.SSubscribe:
    case Special.Unsubscribe: case Special.PUnsubscribe: case Special.SUnsubscribe:
      if (f.wants(CHANNEL)) wanted = count;
      break;
    default: wanted = count;
  }
  return read(w, wanted);
}

function read(w: RedisWire, wanted: i32): Verdict {
  w.wanted = min(wanted, w.arguments.count);
  return w.arguments.read(w, w.wanted);
}

/** As many as the number in front of the keys says. */
function readCounted(w: RedisWire, special: Special): Verdict {
  const number = numberAt(special), verdict = read(w, number + 1);
  if (verdict != Verdict.Head || w.arguments.length <= number) return verdict;
  const keys = decimal(w.reader, w.arguments, number);
  return read(w, <i32>min<i64>(number + 1 + keys * stepOf(special), w.arguments.count));
}

/** Index of the argument with the number of keys. */
function numberAt(special: Special): i32 { return special == Special.Count1 || special == Special.Pairs1 ? 1 : 2; }
function stepOf(special: Special): i32 { return special == Special.Pairs1 ? 2 : 1; }

/** True of a script, or of a subcommand, that names no keys. */
export function isWithoutKeys(r: Reader, args: Arguments, command: Command): bool {
  const special = command.special;
  if (special == Special.Sub) return args.count < 3;
  if (special == Special.Debug) return lastDebugged(r, args) == 0;
  return special == Special.Count2 && args.length > 2 && decimal(r, args, 2) == 0;
}

export function putKeys(r: Reader, args: Arguments, command: Command, f: Frame): void {
  const count = args.count, special = command.special;
  switch (special) {
    case Special.Count1: case Special.Pairs1: case Special.Count2: case Special.BlockCount2: return putCounted(args, f, r, special);
    case Special.StoreCount2:
      putRange(args, f, 1, 1, 1);
      return putCounted(args, f, r, special);
    case Special.Streams: {
      const first = streamsAt(r, args);
      if (first > 0) putRange(args, f, first, first + (count - first) / 2 - 1, 1);
      return;
    }
    case Special.Sort: {
      putRange(args, f, 1, 1, 1);
      for (let i = 2; i < args.length; i++) {
        const option = optionAt(r, args, i, SORT_OPTIONS);
        if (option == 0) putRange(args, f, i + 1, i + 1, 1);
        if (option >= 0) i += option == 3 ? 2 : 1;
      }
      return;
    }
    case Special.GeoRadius: {
      putRange(args, f, 1, 1, 1);
      for (let i = 5; i < args.length; i++) {
        if (optionAt(r, args, i, GEO_OPTIONS) < 0) continue;
        i++;
        putRange(args, f, i, i, 1);
      }
      return;
    }
    case Special.Migrate: {
      if (args.length > 3 && args.lengthOf(3) > 0) putRange(args, f, 3, 3, 1);
      for (let i = 6; i < args.length; i++) {
        const option = optionAt(r, args, i, MIGRATE_OPTIONS);
        if (option == 0) return putRange(args, f, i + 1, count - 1, 1);
        if (option > 0) i += option;
      }
      return;
    }
    case Special.StrAlgo: {
      for (let i = 2; i < args.length; i++) {
        const option = optionAt(r, args, i, STRALGO_OPTIONS);
        if (option == 0) putRange(args, f, i + 1, i + 2, 1);
        if (option >= 0) i += 2;
      }
      return;
    }
    case Special.Debug: {
      const last = lastDebugged(r, args);
      if (last) putRange(args, f, 2, last < 0 ? count + last : last, 1);
      return;
    }
    default:
      if (command.first > 0) putRange(args, f, command.first, command.last < 0 ? count + command.last : command.last, command.step);
  }
}

function putRange(args: Arguments, f: Frame, first: i32, last: i32, step: i32): void {
  for (let i = first; i <= last && i < args.length; i += step) f.put(KEY, args.at(i), args.lengthOf(i));
}

/** Keys whose number is an argument. */
function putCounted(args: Arguments, f: Frame, r: Reader, special: Special): void {
  const number = numberAt(special), step = stepOf(special);
  if (number >= args.length) return;
  const keys = <i32>min<i64>(decimal(r, args, number), args.length);
  putRange(args, f, number + 1, number + keys * step, step);
}

function optionAt(r: Reader, args: Arguments, i: i32, options: string[]): i32 { return r.oneOf(args.at(i), args.lengthOf(i), options); }

/** Index of the first key behind STREAMS, 0 if there is none; as xreadGetKeys in the servers' db.c. */
function streamsAt(r: Reader, args: Arguments): i32 {
  for (let i = 1; i < args.length; i++) {
    const option = optionAt(r, args, i, STREAM_OPTIONS);
    if (option == 0) return i + 1;
    if (option < 0) return 0;
    i += behind(option);
  }
  return 0;
}

/** Arguments of an option of XREAD and XREADGROUP. */
function behind(option: i32): i32 { return option == 4 ? 2 : option == 5 ? 0 : 1; }

/** Milliseconds that a command asks its server to wait; i32.MAX_VALUE: for ever, or a time that cannot be read. */
export function waitOf(r: Reader, args: Arguments, special: Special): i32 {
  const last = args.length - 1;
  switch (special) {
    case Special.BlockLast: return last > 0 ? seconds(r, args, last) : 0;
    case Special.BlockCount2: return last > 0 ? seconds(r, args, 1) : 0;
    case Special.Wait: return last > 0 ? forEver(decimal(r, args, last)) : 0;
    case Special.Streams: return blockOf(r, args);
    default: return 0;
  }
}

function blockOf(r: Reader, args: Arguments): i32 {
  let wait = 0;
  for (let i = 1; i < args.length; i++) {
    const option = optionAt(r, args, i, STREAM_OPTIONS);
    if (option <= 0) break;
    i += behind(option);
    if (option == 1 && i < args.length) wait = forEver(decimal(r, args, i));
  }
  return wait;
}

/**
 * A timeout in seconds, with a fraction or without. Less than a millisecond is for ever, as it is to Redis 6; so is what
 * only strtold reads (1e3, 0x10): a wrong one is answered at once.
 */
function seconds(r: Reader, args: Arguments, i: i32): i32 {
  const at = args.at(i), end = at + args.lengthOf(i);
  let value: i64 = 0, scale: i64 = 1000, fraction = false;
  for (let p = at; p < end && value <= i32.MAX_VALUE; p++) {
    const byte = r.peek(p), digit = byte - 0x30;
    if (byte == 0x2e && !fraction) fraction = true;
    else if (<u32>digit > 9) return FOR_EVER;
    else if (fraction) value += digit * (scale /= 10);
    else value = value * 10 + digit * 1000;
  }
  return forEver(value);
}

function forEver(milliseconds: i64): i32 { return milliseconds <= 0 || milliseconds > i32.MAX_VALUE ? FOR_EVER : <i32>milliseconds; }

/** An argument's number, 0 if it is none. */
function decimal(r: Reader, args: Arguments, i: i32): i64 {
  const at = args.at(i), length = args.lengthOf(i);
  let value: i64 = 0;
  if (length > 18) return 0;
  for (let p = 0; p < length; p++) {
    const digit = r.peek(at + p) - 0x30;
    if (<u32>digit > 9) return 0;
    value = value * 10 + digit;
  }
  return value;
}
