/** Reads what clients send: where a request ends, its keys, and what it does to the connection. */
import { Reader } from "../../assembly/bytes/reader";
import { Expect, Frame, Kind, Order, SESSION, Verdict } from "../../assembly/meta/codec";
import { Arguments } from "./arguments";
import { Answer, Credentials, credentialsIn } from "./auth";
import { Command, CONTAINER, findCommand, KEYLESS, READ, Special } from "./commands";
import {
  ARGUMENTS, CHANNEL, COMMAND, DATABASE, KEY, Mark, MAX_KEPT, MAX_NAME, SUBCOMMAND, SUBSCRIBED, TRANSACTION, USER, WHOLE,
} from "./constants";
import { putKeys, waitOf } from "./keys";
import { cursorPin } from "./reply";
import { Multi, RedisSession, Setting } from "./session";
import { RedisWire } from "./wire";

const OPTIONS: string[] = ["setname", "setinfo", "no-evict", "no-touch", "reply", "tracking"];
const LIBRARY: string[] = ["lib-name", "lib-ver"];
const MODES: string[] = ["on", "off", "skip"];
const FOR_ALL: string[] = ["load", "flush", "delete", "restore"];

/** Lower-case names and numbers as text: valid until the next request is read. */
const names: StaticArray<u8> = new StaticArray<u8>(MAX_NAME * 2 + 16);
const nameAt: usize = changetype<usize>(names);

export function readRequest(w: RedisWire, f: Frame, own: Credentials | null, servers: bool): Verdict {
  const session = w.client, r = w.reader, args = w.arguments;
  f.order = Order.Strict;
  if (session.replica) return stream(r, f);
  if (w.read) args.reset();
  w.read = false;
  const begun = args.begin(w);
  if (begun != Verdict.Head) return begun;
  if (args.count == 0) {
    // Servers pass over an empty line and an empty array.
    f.head = f.size = args.next;
    f.kind = Kind.Drop;
    w.read = true;
    return Verdict.Head;
  }
  const named = args.inline ? Verdict.Head : args.read(w, 1);
  if (named != Verdict.Head) return named;
  if (args.length == 0) return w.bad("command name too far", 0);
  const command = findCommand(nameAt, lowerCase(r, args, 0, nameAt));
  const wanted = argumentsWanted(command, args.count, f), all = args.inline ? Verdict.Head : args.read(w, wanted);
  if (all != Verdict.Head) return all;
  f.head = args.next;
  f.size = args.inline ? args.next : args.size(r);
  if (f.size < 0 && r.size < WHOLE) return w.wants(r.size + 1);
  w.read = true;
  w.scanner.start(args.count - args.length);
  const sub = command.flags & CONTAINER && args.length > 1 ? lowerCase(r, args, 1, nameAt + MAX_NAME) : 0;
  putFacts(w, f, command, sub, args.length < wanted);
  describe(w, f, command, own, servers);
  return Verdict.Head;
}

/** What a replica sends has no answers. */
function stream(r: Reader, f: Frame): Verdict {
  f.head = f.size = r.size;
  f.expect = Expect.None;
  f.pin = SESSION;
  f.anywhere = true;
  return Verdict.Head;
}

/** Copies an argument in lower case; returns its length, 0 if it is too long for a name. */
function lowerCase(r: Reader, args: Arguments, i: i32, to: usize): i32 {
  const length = args.lengthOf(i), from = r.base + args.at(i);
  if (length > MAX_NAME) return 0;
  for (let at = 0; at < length; at++) {
    const byte = load<u8>(from + at);
    store<u8>(to + at, <u32>(byte - 0x41) < 26 ? byte | 0x20 : byte);
  }
  return length;
}

/** How many arguments must be there: the keys if anybody asks for them, all of those that change the connection. */
function argumentsWanted(command: Command, count: i32, f: Frame): i32 {
  const special = command.special;
  if (special == Special.None) {
    if (command.flags & CONTAINER) return min(2, count);
    if (command.first == 0 || !f.wants(KEY)) return 1;
    return command.last > 0 ? min(command.last + 1, count) : count;
  }
  if (special == Special.Watch) return f.wants(KEY) ? count : 1;
  if (special == Special.Publish) return min(2, count);
  if (special >= Special.Subscribe && special <= Special.SUnsubscribe) return f.wants(CHANNEL) ? count : 1;
  if (special == Special.Sub) return min(3, count);
  if (special == Special.Script) return min(2, count);
  if (special <= Special.StoreCount2 || special == Special.Migrate) return f.wants(KEY) ? count : 1;
  return count;
}

function putFacts(w: RedisWire, f: Frame, command: Command, sub: i32, cut: bool): void {
  const args = w.arguments, session = w.client, r = w.reader, base = <i32>(nameAt - r.base);
  const length = args.lengthOf(0);
  if (length <= MAX_NAME) f.put(COMMAND, base, length);
  else f.put(COMMAND, args.at(0), length);
  if (sub > 0) f.put(SUBCOMMAND, base + MAX_NAME, sub);
  if (f.wants(DATABASE)) f.put(DATABASE, <i32>(changetype<usize>(session.database) - r.base), session.database.length);
  if (f.wants(USER)) f.put(USER, <i32>(changetype<usize>(session.user) - r.base), session.user.length);
  if (f.wants(ARGUMENTS)) {
    const at = nameAt + MAX_NAME * 2 + 16;
    let from = at, left = args.count;
    do {
      store<u8>(--from, <u8>(0x30 + left % 10));
      left /= 10;
    } while (left > 0);
    f.put(ARGUMENTS, <i32>(from - r.base), <i32>(at - from));
  }
  if (f.wants(KEY)) {
    if (cut || args.escaped) f.hide(KEY);
    else putKeys(r, args, command, f);
  }
  if (!f.wants(CHANNEL)) return;
  const special = command.special;
  const last = special == Special.Publish ? 2 : special >= Special.Subscribe && special <= Special.SUnsubscribe ? args.length : 0;
  if (last > 0 && (cut || args.escaped)) f.hide(CHANNEL);
  else for (let i = 1; i < min(last, args.length); i++) f.put(CHANNEL, args.at(i), args.lengthOf(i));
}

/** Kind, pins and marks. What it changes in the session is changed when the request leaves, in `commit`. */
function describe(w: RedisWire, f: Frame, command: Command, own: Credentials | null, servers: bool): void {
  const session = w.client, special = command.special;
  f.anywhere = (command.flags & KEYLESS) != 0;
  if (session.silent) f.expect = Expect.None;
  if ((own !== null || servers) && checkCredentials(w, f, special, own)) return;
  if (session.multi != Multi.No && special != Special.Quit && special != Special.Reset) return describeQueued(w, f, special);
  f.safe = (command.flags & READ) != 0;
  if (special == Special.Multi && w.arguments.count == 1) return local(f, Answer.Multi);
  if (special != Special.None) describeSpecial(w, f, special);
  if (session.skipsNext && f.kind == Kind.Call) {
    f.expect = Expect.None;
    f.edited = true;
  }
  if (session.subscribed && !session.resp3 && f.pin == 0) f.pin = SUBSCRIBED;
}

function local(f: Frame, answer: Answer): void {
  f.kind = Kind.Local;
  f.b = answer;
}

/** Passwords that the filter checks itself. True: it answers. */
function checkCredentials(w: RedisWire, f: Frame, special: Special, own: Credentials | null): bool {
  const session = w.client;
  if (special == Special.Quit || special == Special.Reset) return false;
  if (special != Special.Auth && special != Special.Hello) {
    if (own === null || session.authenticated) return false;
    local(f, Answer.NoAuth);
    return true;
  }
  const given = credentialsIn(w.reader, w.arguments, special == Special.Hello);
  if (special == Special.Hello && given.passwordLength < 0) {
    if (own === null || session.authenticated) return false;
    local(f, Answer.HelloNeedsAuth);
    return true;
  }
  const answer = own === null ? Answer.NotConfigured : own.match(given) ? Answer.Authenticated : Answer.WrongPassword;
  if (special == Special.Hello && answer == Answer.Authenticated) return false;
  local(f, answer);
  return true;
}

/** Between MULTI and EXEC. */
function describeQueued(w: RedisWire, f: Frame, special: Special): void {
  const session = w.client;
  if (special == Special.Multi) return local(f, Answer.NestedMulti);
  const ends = special == Special.Exec || special == Special.Discard;
  f.pin = TRANSACTION;
  if (session.multi == Multi.Open) {
    if (!ends && f.anywhere && f.size > 0 && f.size <= min(w.reader.size, MAX_KEPT - session.delayed.length)) return local(f, Answer.Queued);
    f.a |= Mark.PREFIX;
    f.b = 1 + session.delayedCount;
    f.edited = true;
  }
  if (ends) {
    f.unpin = true;
    f.edited = true;
    f.a |= special == Special.Exec ? Mark.EXEC : Mark.DISCARD;
    if (special == Special.Exec && session.aborted) f.a |= Mark.ABORTED;
  } else {
    f.together = true;
    f.a |= Mark.QUEUED;
  }
}

function describeSpecial(w: RedisWire, f: Frame, special: Special): void {
  const args = w.arguments, r = w.reader;
  switch (special) {
    case Special.Hello:
      if (args.count > 1) set(w, f, Setting.Hello);
      else f.kind = Kind.Setup;
      break;
    case Special.Auth: return set(w, f, Setting.Auth);
    case Special.Select: return set(w, f, Setting.Select);
    case Special.ReadOnly: case Special.ReadWrite: return set(w, f, Setting.ReadOnly);
    case Special.Client: return describeClient(w, f);
    case Special.Reset:
      f.kind = Kind.Setup;
      f.edited = true;
      f.a |= Mark.RESET;
      f.pin = TRANSACTION;
      f.unpin = true;
      f.expect = Expect.Some;
      break;
    case Special.Watch:
      f.pin = TRANSACTION;
      f.together = true;
      break;
    case Special.Unwatch:
      f.pin = TRANSACTION;
      f.unpin = true;
      break;
    case Special.Script:
      if (args.length > 1 && r.oneOf(args.at(1), args.lengthOf(1), FOR_ALL) >= 0) f.kind = Kind.Setup;
      break;
    case Special.Scan:
      f.a |= Mark.SCAN;
      if (args.length > 1 && !(args.lengthOf(1) == 1 && r.peek(args.at(1)) == 0x30)) {
        f.pin = cursorPin(r.base + args.at(1), min(20, args.lengthOf(1)));
        f.unpin = true;
      }
      break;
    case Special.Monitor: f.a |= Mark.MONITOR; f.pin = SESSION; break;
    case Special.Replication:
      f.a |= Mark.REPLICATION;
      f.edited = true;
      f.pin = SESSION;
      break;
    case Special.Replconf: case Special.Quit: f.pin = SESSION; break;
    default:
      if (special >= Special.Subscribe && special <= Special.SUnsubscribe) describeSubscription(w, f, special);
      else f.wait = waitOf(r, args, special);
  }
}

/** A command that all lanes must know; the session keeps it when it leaves. */
function set(w: RedisWire, f: Frame, setting: Setting): void {
  f.kind = Kind.Setup;
  f.edited = true;
  f.a |= <u64>(setting + 1) << Mark.SETUP;
  f.b = w.client.settings[setting].version + 1;
}

function describeClient(w: RedisWire, f: Frame): void {
  const args = w.arguments, r = w.reader;
  if (args.count < 3) return;
  const option = r.oneOf(args.at(1), args.lengthOf(1), OPTIONS);
  const mode = r.oneOf(args.at(2), args.lengthOf(2), MODES);
  if (option == 0) set(w, f, Setting.Name);
  else if (option == 1) {
    const which = r.oneOf(args.at(2), args.lengthOf(2), LIBRARY);
    if (which >= 0) set(w, f, which == 0 ? Setting.LibraryName : Setting.LibraryVersion);
  } else if (option == 2) set(w, f, Setting.NoEvict);
  else if (option == 3) set(w, f, Setting.NoTouch);
  else if (option == 5 && mode == 0) f.pin = SESSION;
  else if (option == 4 && mode == 2) {
    f.kind = Kind.Drop;
    w.client.skipsNext = !w.client.silent;
  } else if (option == 4 && mode >= 0) {
    set(w, f, Setting.Reply);
    f.expect = mode == 0 ? Expect.Some : Expect.None;
  }
}

function describeSubscription(w: RedisWire, f: Frame, special: Special): void {
  const family = special - Special.Subscribe;
  f.pin = SUBSCRIBED;
  f.a |= <u64>(family + 1) << Mark.SUBSCRIPTION;
  // Without arguments: one answer for each channel there is.
  f.b = w.arguments.count - 1;
}
