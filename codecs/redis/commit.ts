/** A request leaves for a server: what it means for the session holds from here on. */
import { Writer } from "../../assembly/bytes/writer";
import { Expect, Frame } from "../../assembly/meta/codec";
import { credentialsIn, Given } from "./auth";
import { DEFAULT, copyOf, Multi, Setting, ZERO } from "./session";
import { Mark } from "./constants";
import { RedisWire } from "./wire";

/** Writes the head as it leaves; returns how many bytes of the request that replaces, 0: all of it is needed. */
export function commit(w: RedisWire, f: Frame, out: Writer): i32 {
  const session = w.client, r = w.reader, mark = f.a;
  if ((mark >> Mark.SETUP & 0xff || mark & (Mark.RESET | Mark.EXEC | Mark.DISCARD)) && r.size < f.size) return 0;
  if (mark & Mark.PREFIX) {
    out.text("*1\r\n$5\r\nMULTI\r\n");
    out.bytes(changetype<usize>(session.delayed), session.delayed.length);
    const aborted = session.aborted;
    session.setMulti(Multi.Sent);
    session.aborted = aborted;
  }
  if (mark & (Mark.EXEC | Mark.DISCARD)) {
    session.setMulti(Multi.No);
    if (mark & Mark.ABORTED) {
      out.text("*1\r\n$7\r\nDISCARD\r\n");
      return f.size;
    }
  } else if (session.skipsNext && f.expect == Expect.None && session.multi == Multi.No) {
    out.text("*3\r\n$6\r\nCLIENT\r\n$5\r\nREPLY\r\n$4\r\nSKIP\r\n");
    session.skipsNext = false;
  }
  if (mark & Mark.RESET) session.clear();
  if (mark & Mark.REPLICATION) session.replica = true;
  const setting = <i32>(mark >> Mark.SETUP & 0xff) - 1;
  if (setting < 0) {
    out.bytes(r.base, f.head);
    return f.head;
  }
  const from = out.length;
  writeSetting(w, <Setting>setting, f, out);
  session.settings[setting].put(out.base + from, isOff(w, <Setting>setting) ? 0 : out.length - from);
  return f.size;
}

/** READWRITE, and CLIENT REPLY ON: what a new connection is anyway. */
function isOff(w: RedisWire, setting: Setting): bool {
  if (setting == Setting.Reply) return !w.client.silent;
  // READWRITE has nine letters, READONLY eight.
  return setting == Setting.ReadOnly && w.arguments.lengthOf(0) == 9;
}

function writeSetting(w: RedisWire, setting: Setting, f: Frame, out: Writer): void {
  const session = w.client, args = w.arguments, r = w.reader;
  if (setting == Setting.Hello || setting == Setting.Auth) {
    const given = credentialsIn(r, args, setting == Setting.Hello);
    session.userBefore = session.user;
    if (given.passwordLength >= 0) session.user = given.userLength >= 0 ? copyOf(given.userAt, given.userLength) : DEFAULT;
    if (setting == Setting.Hello) {
      session.resp3Before = session.resp3;
      session.resp3 = args.lengthOf(1) == 1 && r.peek(args.at(1)) == 0x33;
      if (given.passwordLength >= 0 && w.stripsCredentials) {
        session.authenticated = true;
        return writeWithout(w, given, out);
      }
    }
  } else if (setting == Setting.Select && args.length > 1) {
    session.databaseBefore = session.database;
    session.database = args.lengthOf(1) <= 10 ? copyOf(r.base + args.at(1), args.lengthOf(1)) : ZERO;
  } else if (setting == Setting.Reply) {
    session.silent = f.expect == Expect.None;
  }
  out.bytes(r.base, f.size);
}

/** HELLO without its credentials, which are the filter's own affair. */
function writeWithout(w: RedisWire, given: Given, out: Writer): void {
  const args = w.arguments, r = w.reader;
  const left = args.length - (given.to - given.from);
  out.text("*" + left.toString() + "\r\n");
  for (let i = 0; i < args.length; i++) {
    if (i >= given.from && i < given.to) continue;
    out.text("$" + args.lengthOf(i).toString() + "\r\n");
    out.bytes(r.base + args.at(i), args.lengthOf(i));
    out.text("\r\n");
  }
}

