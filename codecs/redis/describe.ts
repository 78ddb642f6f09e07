/** What a request does to its connection: its kind, pins and marks. What it changes in the session is for `commit`. */
import { Expect, Frame, Kind, SESSION } from "../../assembly/codec/index";
import { Credentials, readAuth, readHello } from "./auth";
import { Command, KEYLESS, READ, Special } from "./commands";
import { IDENTITY, MAX_KEPT, SUBSCRIBED, TRANSACTION } from "./constants";
import { Mark, numbered, ofSetting, ofSubscription } from "./mark";
import { isWithoutKeys, waitOf } from "./keys";
import { Answer } from "./local";
import { cursorPin } from "./scan";
import { Multi, Setting } from "./session";
import { RedisWire } from "./wire";

/** Subcommands of CLIENT that say something of the connection, and the settings of the first of them. */
const OPTIONS: string[] = ["setname", "no-evict", "no-touch", "capa", "import-source", "setinfo", "reply", "tracking"];
const SETTINGS: StaticArray<i32> = [Setting.Name, Setting.NoEvict, Setting.NoTouch, Setting.Capabilities, Setting.ImportSource];
const SETINFO: i32 = 5, REPLY: i32 = 6, TRACKING: i32 = 7;
const LIBRARY: string[] = ["lib-name", "lib-ver"];
const MODES: string[] = ["on", "off", "skip"];
const ON: i32 = 0, SKIP: i32 = 2;
/** Whoever knows its id can be told from others by it, and ended: with that server's connection. */
const IDENTITIES: string[] = ["id", "info"];
const ACKNOWLEDGEMENTS: string[] = ["ack", "getack"];
const FOR_ALL: string[] = ["load", "flush", "delete", "restore"];

export function describe(w: RedisWire, f: Frame, command: Command, own: Credentials | null, servers: bool): void {
  const session = w.client, special = command.special;
  if (session.replica) return describeReplica(f);
  f.anywhere = (command.flags & KEYLESS) != 0 || isWithoutKeys(w.reader, w.arguments, command);
  f.together = !f.anywhere;
  f.safe = (command.flags & READ) != 0;
  if (session.silent) f.expect = Expect.None;
  if (session.skipsNext) {
    f.expect = Expect.None;
    f.edited = true;
    f.a |= Mark.SKIPPED | numbered(session.skips);
  }
  if (special == Special.Quit) return leave(f);
  if (session.multi != Multi.No && special != Special.Reset) return describeQueued(w, f, special);
  if ((own !== null || servers) && checkCredentials(w, f, special, own)) return;
  if (special != Special.None) describeSpecial(w, f, special, servers);
  if (session.subscriber && !session.resp3 && f.pin == 0) f.pin = SUBSCRIBED;
}

/** What a replica says has no answers. */
function describeReplica(f: Frame): void {
  f.anywhere = true;
  f.expect = Expect.None;
  f.pin = SESSION;
}

/** A command that is refused because it cannot be understood: it spoils its transaction, and silence holds. */
export function describeUnreadable(w: RedisWire, f: Frame): void {
  const session = w.client;
  if (session.silent) f.expect = Expect.None;
  if (session.multi != Multi.No) f.a = Mark.QUEUED | numbered(session.transaction);
}

function local(f: Frame, answer: Answer): void {
  f.kind = Kind.Local;
  f.b = answer;
}

/** QUIT closes the connection, but not before all that was asked before is answered. */
function leave(f: Frame): void {
  local(f, Answer.Ok);
  f.ends = true;
}

/** Passwords that the filter checks itself, instead of servers. True: it answers. */
function checkCredentials(w: RedisWire, f: Frame, special: Special, own: Credentials | null): bool {
  const session = w.client, args = w.arguments, hello = special == Special.Hello;
  if (special == Special.Reset) {
    if (own === null || session.authenticated) return false;
    // No server has heard anything that it could forget.
    local(f, Answer.Reset);
    return true;
  }
  const given = hello ? readHello(w.reader, args) : special == Special.Auth ? readAuth(w.reader, args) : null;
  if (given === null || (hello && given.authAt == 0)) {
    if (own === null || session.authenticated) return false;
    local(f, hello ? Answer.HelloNeedsAuth : Answer.NoAuth);
    return true;
  }
  const answer = own === null ? Answer.NotConfigured : own.match(given) ? Answer.Authenticated : Answer.WrongPassword;
  if (hello && answer == Answer.Authenticated) return false;
  local(f, answer);
  return true;
}

/** Between MULTI and EXEC. */
function describeQueued(w: RedisWire, f: Frame, special: Special): void {
  const session = w.client, args = w.arguments;
  if (special == Special.Multi) return local(f, Answer.NestedMulti);
  if (special == Special.Watch) return local(f, Answer.NotWatched);
  if (isUnfit(w, special)) return local(f, Answer.NotInMulti);
  // DISCARD with arguments is an error, and the transaction goes on.
  const ends = special == Special.Exec || (special == Special.Discard && args.count == 1);
  f.safe = false;
  f.pin = TRANSACTION;
  f.a |= numbered(session.transaction);
  if (session.multi == Multi.Open) {
    if (!ends && f.anywhere && f.size > 0 && f.size <= min(w.reader.size, MAX_KEPT - session.delayed.length)) {
      f.deferred = true;
      f.a |= Mark.QUEUED;
      return local(f, Answer.Queued);
    }
    f.a |= Mark.PREFIX;
    f.b = 1 + session.delayedCount;
    f.edited = true;
  }
  if (!ends) {
    f.together = true;
    f.a |= Mark.QUEUED;
    return;
  }
  f.unpin = true;
  f.edited = true;
  f.a |= special == Special.Exec ? Mark.EXEC : Mark.DISCARD;
  if (special == Special.Exec && session.aborted) f.a |= Mark.ABORTED;
}

/** What says something of the connection would reach one of its servers only, and nobody knows when. */
function isUnfit(w: RedisWire, special: Special): bool {
  switch (special) {
    case Special.Hello: case Special.Auth: case Special.Select: case Special.ReadOnly: case Special.ReadWrite:
    case Special.Monitor: case Special.Replication: case Special.Replconf:
    case Special.Subscribe: case Special.PSubscribe: case Special.SSubscribe:
    case Special.Unsubscribe: case Special.PUnsubscribe: case Special.SUnsubscribe: return true;
    case Special.Client: return clientOption(w) >= 0;
    default: return false;
  }
}

function clientOption(w: RedisWire): i32 {
  const args = w.arguments;
  return args.length > 1 ? w.reader.oneOf(args.at(1), args.lengthOf(1), OPTIONS) : -1;
}

function describeSpecial(w: RedisWire, f: Frame, special: Special, servers: bool): void {
  const args = w.arguments, r = w.reader;
  switch (special) {
    case Special.Multi:
      if (args.count == 1) begin(w, f);
      return;
    case Special.Hello:
      if (args.count == 1) return;
      return readHello(r, args) ? set(w, f, Setting.Hello) : local(f, Answer.HelloSyntax);
    case Special.Auth: return set(w, f, Setting.Auth);
    case Special.Select: return set(w, f, Setting.Select);
    case Special.ReadOnly: case Special.ReadWrite: return set(w, f, Setting.ReadOnly);
    case Special.Client: return describeClient(w, f);
    case Special.Reset: return servers ? local(f, Answer.NoReset) : reset(w, f);
    case Special.Watch:
      f.pin = TRANSACTION;
      return;
    case Special.Unwatch:
      f.pin = TRANSACTION;
      f.unpin = true;
      return;
    case Special.Script:
      // Others get it as one piece.
      if (f.size > 0 && args.length > 1 && r.oneOf(args.at(1), args.lengthOf(1), FOR_ALL) >= 0) f.kind = Kind.Setup;
      return;
    case Special.Scan:
      f.a |= Mark.SCAN;
      if (args.length > 1) f.pin = cursorPin(r, args.at(1), args.lengthOf(1));
      f.unpin = f.pin != 0;
      return;
    case Special.Monitor: return change(w, f, Mark.MONITOR);
    case Special.Replication:
      f.wait = i32.MAX_VALUE;
      return change(w, f, Mark.REPLICATION);
    case Special.Replconf:
      if (isAcknowledgement(w, 3)) return local(f, Answer.Syntax);
      if (isAcknowledgement(w, 1)) f.expect = Expect.None;
      return hold(w, f);
    default:
      if (special >= Special.Subscribe && special <= Special.SUnsubscribe) describeSubscription(w, f, special);
      else f.wait = waitOf(r, args, special);
  }
}

/** MULTI is for the server of the first key, unless it is known which one that will be. */
function begin(w: RedisWire, f: Frame): void {
  if (!w.client.held) return local(f, Answer.Multi);
  f.pin = TRANSACTION;
  f.edited = true;
  f.a |= Mark.BEGINS | numbered(w.client.transaction + 1);
}

/** From its answer on, what comes back means something else; so do the client's bytes, which wait for it. */
function change(w: RedisWire, f: Frame, mark: u64): void {
  if (w.client.monitor) {
    // A server does not answer those that it tells of all commands already.
    f.expect = Expect.None;
    return local(f, Answer.Nothing);
  }
  if (f.expect == Expect.None) return local(f, Answer.Silent);
  f.a |= mark;
  hold(w, f);
}

/**
 * ACK and GETACK have no answer, unless something is wrong before them: there is one among the options from one on, or nobody knows. See
 * replconfCommand in the servers' replication.c.
 */
function isAcknowledgement(w: RedisWire, from: i32): bool {
  const args = w.arguments;
  if (args.length < args.count) return true;
  if ((args.count & 1) == 0) return false;
  for (let i = from; i < args.length; i += 2) if (w.reader.oneOf(args.at(i), args.lengthOf(i), ACKNOWLEDGEMENTS) >= 0) return true;
  return false;
}

/** A command that all lanes must know; the session keeps it when it leaves. */
function set(w: RedisWire, f: Frame, setting: Setting): void {
  const session = w.client;
  f.kind = Kind.Setup;
  f.edited = true;
  // HELLO says a user and a name as well.
  f.fence = session.isCrowded(setting) || (setting == Setting.Hello && (session.isCrowded(Setting.Auth) || session.isCrowded(Setting.Name)));
  f.a |= ofSetting(setting);
  f.b = session.version + 1;
}

/** All that follows goes to this command's lane, if the server agrees to it. */
function hold(w: RedisWire, f: Frame): void {
  f.pin = SESSION;
  f.edited = true;
  f.fence = f.expect != Expect.None;
  if (!w.client.held) f.a |= Mark.HOLDS;
}

function reset(w: RedisWire, f: Frame): void {
  f.kind = Kind.Setup;
  f.edited = true;
  f.fence = true;
  f.a |= Mark.RESET;
  f.b = w.client.resets + 1;
  f.expect = Expect.Some;
}

function describeClient(w: RedisWire, f: Frame): void {
  const args = w.arguments, r = w.reader, option = clientOption(w);
  if (args.count == 2 && args.length == 2 && r.oneOf(args.at(1), args.lengthOf(1), IDENTITIES) >= 0) f.pin = IDENTITY;
  if (option < 0 || args.length < 3) return;
  if (option < SETTINGS.length) return set(w, f, <Setting>SETTINGS[option]);
  if (option == SETINFO) {
    const which = r.oneOf(args.at(2), args.lengthOf(2), LIBRARY);
    if (which >= 0) set(w, f, which == 0 ? Setting.LibraryName : Setting.LibraryVersion);
    return;
  }
  const mode = r.oneOf(args.at(2), args.lengthOf(2), MODES);
  if (option == TRACKING && mode == ON) return hold(w, f);
  if (option != REPLY || mode < 0 || args.count != 3) return;
  if (mode == SKIP) return local(f, Answer.Skip);
  set(w, f, Setting.Reply);
  f.expect = mode == ON ? Expect.Some : Expect.None;
}

/** Its answers are pushes, which CLIENT REPLY does not keep back. */
function describeSubscription(w: RedisWire, f: Frame, special: Special): void {
  const count = w.arguments.count;
  if (count == 1 && special < Special.Unsubscribe) return;
  f.expect = Expect.Some;
  f.edited = true;
  f.pin = SUBSCRIBED;
  f.a |= ofSubscription(special - Special.Subscribe);
  f.b = count - 1;
}
