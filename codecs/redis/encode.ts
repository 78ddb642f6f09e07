/** A request leaves for a server: what it means for the session holds from here on. */
import { Reader } from "../../assembly/bytes/reader";
import { Writer } from "../../assembly/bytes/writer";
import { Expect, Frame } from "../../assembly/codec/index";
import { Given, readAuth, readHello } from "./auth";
import { Arguments } from "./arguments";
import { Type } from "./constants";
import { Mark, settingOf, subscriptionOf } from "./mark";
import { copyOf, Multi, NONE, RedisSession, Setting } from "./session";
import { RedisWire } from "./wire";
import { writeArguments, writeBulk, writeCount } from "./respWriter";

const DEFAULT: StaticArray<u8> = [0x64, 0x65, 0x66, 0x61, 0x75, 0x6c, 0x74];
/** Bytes of a value that metadata tell: a database, a user. */
const MAX_VALUE: i32 = 256;

/** Commands as a new lane is told them. */
const kept: Writer = new Writer(256);

/** Writes the head as it leaves; returns how many bytes of the request that replaces, 0: all of it is needed, -1: that is too much. */
export function commit(w: RedisWire, f: Frame, out: Writer): i32 {
  const session = w.client, r = w.reader, mark = f.a;
  const setting = <i32>settingOf(mark);
  if (setting >= 0 || mark & (Mark.RESET | Mark.EXEC | Mark.DISCARD | Mark.MONITOR | Mark.REPLICATION)) {
    if (f.size < 0) return -1;
    if (r.size < f.size) return 0;
  }
  if (mark & Mark.SKIPPED) {
    session.skipsNext = false;
    if (f.expect == Expect.None) out.text("*3\r\n$6\r\nCLIENT\r\n$5\r\nREPLY\r\n$4\r\nSKIP\r\n");
  }
  if (mark & Mark.PREFIX) {
    out.text("*1\r\n$5\r\nMULTI\r\n");
    out.bytes(changetype<usize>(session.delayed), session.delayed.length);
    session.begun();
  }
  if (mark & Mark.BEGINS) {
    session.setMulti(Multi.Open);
    session.begun();
  }
  if (mark & (Mark.EXEC | Mark.DISCARD)) {
    session.setMulti(Multi.No);
    if (mark & Mark.ABORTED) {
      out.text("*1\r\n$7\r\nDISCARD\r\n");
      return f.size;
    }
  }
  if (mark & Mark.HOLDS) session.held = true;
  if (subscriptionOf(mark) >= 0) session.subscriber = true;
  if (setting < 0) {
    out.bytes(r.base, f.head);
    return f.head;
  }
  session.version++;
  keep(w, <Setting>setting, f, out);
  return f.size;
}

/** Keeps a setting in the session, and writes its command. */
function keep(w: RedisWire, setting: Setting, f: Frame, out: Writer): void {
  const session = w.client, args = w.arguments, r = w.reader, size = f.size;
  switch (setting) {
    case Setting.Hello: return keepHello(w, f, out);
    case Setting.Auth:
      keepUser(session, readAuth(r, args));
      break;
    case Setting.Select: session.put(setting, r.base, size, valueOf(r, args, 1)); break;
    case Setting.Reply:
      session.silent = f.expect == Expect.None;
      session.put(setting, r.base, session.silent ? size : 0, NONE);
      break;
    // READWRITE is what a new connection is anyway; it has nine letters, READONLY eight.
    case Setting.ReadOnly: session.put(setting, r.base, args.lengthOf(0) == 9 ? 0 : size, NONE); break;
    default: session.put(setting, r.base, size, NONE);
  }
  out.bytes(r.base, size);
}

/** HELLO says several things, and each of them may be said again by another command. */
function keepHello(w: RedisWire, f: Frame, out: Writer): void {
  const session = w.client, args = w.arguments, r = w.reader, given = readHello(r, args);
  kept.reset();
  writeCount(kept, Type.ARRAY, 2);
  writeArguments(kept, r, args, 0, 2);
  session.put(Setting.Hello, kept.base, kept.length, valueOf(r, args, 1));
  if (given && given.nameAt > 0) {
    kept.reset();
    kept.text("*3\r\n$6\r\nCLIENT\r\n$7\r\nSETNAME\r\n");
    writeArguments(kept, r, args, given.nameAt, given.nameAt + 1);
    session.put(Setting.Name, kept.base, kept.length, NONE);
  }
  if (given && given.authAt > 0 && w.stripsCredentials) {
    // They are the filter's own affair.
    session.authenticated = true;
    writeCount(out, Type.ARRAY, args.length - 3);
    writeArguments(out, r, args, 0, given.authAt);
    writeArguments(out, r, args, given.authAt + 3, args.length);
    return;
  }
  if (given && given.authAt > 0) keepUser(session, given);
  out.bytes(r.base, f.size);
}

function keepUser(session: RedisSession, given: Given): void {
  kept.reset();
  const named = given.userLength >= 0;
  writeCount(kept, Type.ARRAY, named ? 3 : 2);
  kept.text("$4\r\nAUTH\r\n");
  if (named) writeBulk(kept, given.userAt, given.userLength);
  writeBulk(kept, given.passwordAt, max(0, given.passwordLength));
  session.put(Setting.Auth, kept.base, kept.length, named ? copyOf(given.userAt, min(given.userLength, MAX_VALUE)) : DEFAULT);
}

/** An argument, to be told by metadata. */
function valueOf(r: Reader, args: Arguments, i: i32): StaticArray<u8> {
  return i < args.length ? copyOf(r.base + args.at(i), min(args.lengthOf(i), MAX_VALUE)) : NONE;
}
