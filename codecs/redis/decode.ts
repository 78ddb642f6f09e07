/** Reads what clients send: where a request ends, what it is and which keys it has. */
import { Reader } from "../../assembly/bytes/reader";
import { Frame, Kind, Order, SESSION, Verdict } from "../../assembly/codec/index";
import { Arguments } from "./arguments";
import { Credentials } from "./auth";
import { Command, CONTAINER, findCommand, Special } from "./commands";
import { ARGUMENTS, CHANNEL, COMMAND, DATABASE, KEY, MAX_NAME, SUBCOMMAND, USER, WHOLE } from "./constants";
import { describe, describeUnreadable } from "./describe";
import { putKeys, readArguments } from "./keys";
import { hideUnseen } from "./reach";
import { Setting } from "./session";
import { RedisWire } from "./wire";

/** Lower-case names and numbers as text: valid until the next request is read. */
const names: StaticArray<u8> = new StaticArray<u8>(MAX_NAME * 2 + 16);
const nameAt: usize = changetype<usize>(names), subcommandAt: usize = nameAt + MAX_NAME, numberEnd: usize = nameAt + MAX_NAME * 2 + 16;
const ZERO: StaticArray<u8> = [0x30];
const DEFAULT: StaticArray<u8> = [0x64, 0x65, 0x66, 0x61, 0x75, 0x6c, 0x74];

/** `own`: clients must say these; `servers`: the filter has passwords for servers. */
export function readRequest(w: RedisWire, f: Frame, own: Credentials | null, servers: bool): Verdict {
  const r = w.reader, args = w.arguments;
  f.order = Order.Strict;
  if (w.read) args.reset();
  w.read = false;
  const begun = args.begin(w);
  if (begun != Verdict.Head) return begun;
  if (args.count == 0) {
    // Servers pass over an empty line and an empty array.
    f.head = f.size = args.next;
    f.kind = Kind.Drop;
    w.read = true;
    if (w.client.replica) lifeOfReplica(f);
    return Verdict.Head;
  }
  const named = args.read(w, 1);
  if (named != Verdict.Head) return named;
  if (args.length == 0) return w.bad("command name too far", 0);
  const command = findCommand(nameAt, lowerCase(r, args, 0, nameAt));
  if (command.special == Special.Http) return w.bad("HTTP", 0);
  const verdict = readArguments(w, command, f);
  if (verdict != Verdict.Head) return verdict;
  const measured = args.measure(w);
  if (measured == Verdict.Bad || (measured == Verdict.Need && r.size < WHOLE)) return measured;
  w.need = 0;
  f.head = args.next;
  f.size = measured == Verdict.Head ? args.size : -1;
  w.read = true;
  w.scanner.start(args.count - args.length, true);
  if (w.client.replica && (command.special != Special.Replconf || args.escapedAt < args.count)) {
    // A server would do what it says, and write the answer into the stream.
    f.kind = Kind.Drop;
    return Verdict.Head;
  }
  if (args.escapedAt < firstValue(command)) {
    describeUnreadable(w, f);
    return w.bad("quotes inside the command name or an argument that must be read", 0);
  }
  putFacts(w, f, command, own);
  describe(w, f, command, own, servers);
  return Verdict.Head;
}

/** A replica that reads a large stream says with empty lines that it lives: its server asks for them. */
function lifeOfReplica(f: Frame): void {
  if (f.size > 2) return;
  f.kind = Kind.Part;
  f.pin = SESSION;
}

/** Index of the first argument that may be what it likes, for nothing hangs on it. */
function firstValue(command: Command): i32 {
  if (command.special >= Special.Hello && command.special != Special.Publish) return i32.MAX_VALUE;
  return command.flags & CONTAINER ? 2 : 1;
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

function putFacts(w: RedisWire, f: Frame, command: Command, own: Credentials | null): void {
  const args = w.arguments, r = w.reader, special = command.special;
  const known = args.length >= w.wanted && args.escapedAt >= w.wanted;
  if (args.lengthOf(0) <= MAX_NAME) putBytes(f, COMMAND, nameAt, args.lengthOf(0));
  else f.put(COMMAND, args.at(0), args.lengthOf(0));
  if (command.flags & CONTAINER && args.count > 1) {
    if (args.length > 1 && args.lengthOf(1) <= MAX_NAME) putBytes(f, SUBCOMMAND, subcommandAt, lowerCase(r, args, 1, subcommandAt));
    else f.hide(SUBCOMMAND);
  }
  if (f.wants(DATABASE)) putDatabase(w, f);
  if (f.wants(USER)) putUser(w, f, own);
  if (f.wants(ARGUMENTS)) putNumber(f, args.count);
  if (f.wants(KEY)) {
    if (known) putKeys(r, args, command, f);
    else f.hide(KEY);
  }
  hideUnseen(r, args, command, f);
  if (!f.wants(CHANNEL)) return;
  const last = special == Special.Publish ? 2 : special >= Special.Subscribe && special <= Special.SUnsubscribe ? args.length : 0;
  if (last > 0 && !known) f.hide(CHANNEL);
  else for (let i = 1; i < min(last, args.length); i++) f.put(CHANNEL, args.at(i), args.lengthOf(i));
}

/** Bytes that are none of the request. */
function putBytes(f: Frame, slot: i32, at: usize, length: i32): void { f.put(slot, <i32>(at - f.metadata.base), length); }

function putNumber(f: Frame, number: i32): void {
  let at = numberEnd, left = number;
  do {
    store<u8>(--at, <u8>(0x30 + left % 10));
    left /= 10;
  } while (left > 0);
  putBytes(f, ARGUMENTS, at, <i32>(numberEnd - at));
}

/** The one that a server has agreed to; while its answer is out both are, for a refused SELECT changes nothing. */
function putDatabase(w: RedisWire, f: Frame): void {
  let said = w.client.newest(Setting.Select), sure = false;
  while (said) {
    if (said.cut) return f.hide(DATABASE);
    f.putText(DATABASE, said.value);
    sure = said.sure;
    said = said.older;
  }
  if (!sure) f.putText(DATABASE, ZERO);
}

/** Nobody is who he says before a server, or the filter, has let him in. */
function putUser(w: RedisWire, f: Frame, own: Credentials | null): void {
  const session = w.client, said = session.newest(Setting.Auth);
  if (own) {
    if (session.authenticated) f.putText(USER, own.user);
  } else if (said === null) f.putText(USER, DEFAULT);
  else if (said.sure) f.putText(USER, said.value);
  else f.hide(USER);
}
