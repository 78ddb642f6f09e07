/** Where a command's keys and its timeout are among its arguments. */
import { Reader } from "../../assembly/bytes/reader";
import { Frame } from "../../assembly/meta/codec";
import { Arguments } from "./arguments";
import { Command, Special } from "./commands";
import { KEY } from "./constants";

const STREAMS: string[] = ["streams"];
const BLOCK: string[] = ["block"];
const STORE: string[] = ["store", "storedist"];
const KEYS: string[] = ["keys"];

export function putKeys(r: Reader, args: Arguments, command: Command, f: Frame): void {
  const count = args.count;
  switch (command.special) {
    case Special.Count1: return putCounted(args, f, r, 1, 2);
    case Special.Count2: case Special.BlockCount2: return putCounted(args, f, r, 2, 3);
    case Special.StoreCount2:
      putRange(args, f, 1, 1, 1);
      return putCounted(args, f, r, 2, 3);
    case Special.Streams: {
      const first = indexOf(r, args, 1, STREAMS) + 1;
      if (first > 0) putRange(args, f, first, first + (count - first) / 2 - 1, 1);
      return;
    }
    case Special.Store: {
      putRange(args, f, 1, 1, 1);
      let at = indexOf(r, args, 2, STORE);
      while (at >= 0) {
        putRange(args, f, at + 1, at + 1, 1);
        at = indexOf(r, args, at + 2, STORE);
      }
      return;
    }
    case Special.Migrate: {
      const keys = indexOf(r, args, 6, KEYS);
      if (args.length > 3 && args.lengthOf(3) > 0) putRange(args, f, 3, 3, 1);
      if (keys > 0) putRange(args, f, keys + 1, count - 1, 1);
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
function putCounted(args: Arguments, f: Frame, r: Reader, number: i32, first: i32): void {
  if (number >= args.length) return;
  const keys = decimal(r, args, number);
  if (keys > 0) putRange(args, f, first, first + <i32>min<i64>(keys, args.length) - 1, 1);
}

/** Index of the first argument from one on that is a word, -1 if there is none. */
function indexOf(r: Reader, args: Arguments, from: i32, words: string[]): i32 {
  for (let i = from; i < args.length; i++) if (r.oneOf(args.at(i), args.lengthOf(i), words) >= 0) return i;
  return -1;
}

/** Milliseconds that a command asks its server to wait; i32.MAX_VALUE: for ever. */
export function waitOf(r: Reader, args: Arguments, special: Special): i32 {
  const last = args.length - 1;
  switch (special) {
    case Special.BlockLast: return last > 0 ? seconds(r, args, last) : 0;
    case Special.BlockCount2: return last > 0 ? seconds(r, args, 1) : 0;
    case Special.Wait: return last > 0 ? forEver(decimal(r, args, last)) : 0;
    case Special.Streams: {
      const block = indexOf(r, args, 1, BLOCK);
      return block > 0 && block < last ? forEver(decimal(r, args, block + 1)) : 0;
    }
    default: return 0;
  }
}

/** A timeout in seconds, with a fraction or without. */
function seconds(r: Reader, args: Arguments, i: i32): i32 {
  const at = args.at(i), end = at + args.lengthOf(i);
  let value: i64 = 0, scale: i64 = 0;
  for (let p = at; p < end && value < 1 << 31; p++) {
    const byte = r.peek(p), digit = byte - 0x30;
    if (byte == 0x2e && scale == 0) scale = 1000;
    else if (<u32>digit > 9) return 0;
    else if (scale == 0) value = value * 10 + digit * 1000;
    else {
      scale /= 10;
      value += digit * scale;
    }
  }
  return forEver(value);
}

function forEver(milliseconds: i64): i32 { return milliseconds <= 0 || milliseconds > i32.MAX_VALUE ? i32.MAX_VALUE : <i32>milliseconds; }

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
