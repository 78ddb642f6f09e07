/** Reads what servers send: the end of each reply, and whose it is. */
import { Reader } from "../../assembly/bytes/reader";
import { Frame, Kind, Order, Outcome, PendingRequest, SESSION, Verdict } from "../../assembly/codec/index";
import { lineEnd } from "./arguments";
import { ERROR, Type, WHOLE } from "./constants";
import { Mark, numberOf, saysSetting, settingOf, subscriptionOf } from "./mark";
import { isVital } from "./greeting";
import { takePush } from "./pubsub";
import { beginStream, consents, stream, takeReplication } from "./replication";
import { bindCursor } from "./scan";
import { Multi, Setting } from "./session";
import { RedisWire } from "./wire";

/** The last two begin what Envoy's redis_proxy says of nodes that fail it: `upstream failure`, `no upstream host`. */
const LOST: string[] = ["loading", "busy", "masterdown", "misconf", "oom", "noreplicas", "clusterdown", "tryagain", "readonly", "upstream", "no"];

export function readReply(w: RedisWire, f: Frame): Verdict {
  const r = w.reader;
  if (w.raw) return stream(r, f);
  const x = w.find(0);
  if (x !== null && x.a & Mark.REPLICATION && w.isAnswering && r.size > 0 && takeReplication(w, f, x)) return Verdict.Head;
  const verdict = findEnd(w, r, f);
  if (verdict != Verdict.Head) return verdict;
  f.order = Order.Strict;
  const type = r.peek(0), failed = type == Type.ERROR || type == Type.BULK_ERROR;
  if (failed) takeError(r, f, type);
  if (w.greeting.left > 0) {
    // Only HELLO answers with a map.
    if (type == Type.MAP) w.resp3 = true;
    return Verdict.Head;
  }
  if (w.isOutOfStep) return differs(w, f);
  if ((type == Type.PUSH || type == Type.ARRAY) && takePush(w, f, x, type)) return Verdict.Head;
  if (w.monitoring && type == Type.SIMPLE && <u32>(r.peek(1) - 0x30) < 10) {
    f.kind = Kind.Push;
    return Verdict.Head;
  }
  if (w.beats > 0) {
    w.beats--;
    f.kind = Kind.Drop;
    return Verdict.Head;
  }
  f.request = x;
  if (x === null) return Verdict.Head;
  answer(w, f, x, type, failed);
  return x.mute && w.isOutOfStep ? differs(w, f) : Verdict.Head;
}

/** What is sent there would run in another database, or be answered in another version: the lane must go. */
function differs(w: RedisWire, f: Frame): Verdict {
  f.size = 0;
  return w.bad("a server that differs from the others", 0);
}

/** Where the reply ends: known for a string, found for what is there, left to `tail` for what is large. */
function findEnd(w: RedisWire, r: Reader, f: Frame): Verdict {
  const scanner = w.scanner;
  if (w.scanned == 0) scanner.start(1, false);
  const end = scanner.scan(r, w.scanned);
  w.scanned = 0;
  if (scanner.bad) return w.bad("no RESP", 0);
  if (end >= 0) {
    f.size = end;
    f.head = r.peek(0) == Type.BULK ? lineEnd(r, 0) : end;
    return Verdict.Head;
  }
  if (scanner.skip > 0 && scanner.pending == 1 && r.peek(0) == Type.BULK) {
    f.head = lineEnd(r, 0);
    f.size = r.size + <i32>scanner.skip;
    return Verdict.Head;
  }
  if (r.size < WHOLE) {
    w.scanned = r.size;
    return w.wants(r.size + 1);
  }
  f.head = r.size;
  f.size = -1;
  return Verdict.Head;
}

/** An error's first word, and whether it speaks of the server's state. */
function takeError(r: Reader, f: Frame, type: i32): void {
  const from = type == Type.ERROR ? 1 : lineEnd(r, 0);
  let end = from;
  while (end < r.size && r.peek(end) > 0x20 && end - from < 40) end++;
  f.put(ERROR, from, end - from);
  f.outcome = r.oneOf(from, end - from, LOST) >= 0 ? Outcome.Server : Outcome.Caller;
}

/** The answer to a request, as its exchange remembers it. */
function answer(w: RedisWire, f: Frame, x: PendingRequest, type: i32, failed: bool): void {
  const mark = x.a;
  if (mark == 0) return;
  if (mark & Mark.PREFIX) {
    if (--x.b == 0) x.a = mark & ~Mark.PREFIX;
    f.kind = Kind.Drop;
    return;
  }
  if (mark & (Mark.DISCARD | Mark.ABORTED)) {
    if (mark & Mark.ABORTED) f.edited = true;
    // The transaction goes on, and nobody can end it.
    if (failed) w.draining = true;
  }
  if (saysSetting(mark)) settle(w, x, type, failed);
  if (mark & Mark.RESET) return settleReset(w, f, x, type);
  if (failed) return fail(w, f, mark);
  if (mark & Mark.MONITOR) {
    w.monitoring = true;
    w.client.monitor = true;
  }
  if (mark & Mark.SCAN && type == Type.ARRAY) bindCursor(w.reader, f);
  if (mark & Mark.REPLICATION && consents(w.reader)) beginStream(w, f, x);
}

/** A server has forgotten all that was said, or not. */
function settleReset(w: RedisWire, f: Frame, x: PendingRequest, type: i32): void {
  const agreed = type == Type.SIMPLE, number = <u32>x.b;
  if (agreed) {
    w.resp3 = false;
    w.subscribed = false;
    w.monitoring = false;
  }
  if (x.mute) return w.copiedReset(number, !agreed);
  w.client.reset(number, agreed);
  if (!agreed) return;
  f.pin = SESSION;
  f.unpin = true;
}

/** A server has agreed to a setting, or refused it; the client hears it of one of them. */
function settle(w: RedisWire, x: PendingRequest, type: i32, failed: bool): void {
  const setting = settingOf(x.a), version = <u32>x.b;
  if (setting == Setting.Hello && !failed) w.resp3 = type == Type.MAP;
  if (x.mute) {
    if (isVital(setting)) w.copied(setting, version, failed);
  } else if (failed) {
    w.client.revert(version);
  } else {
    w.client.agree(version);
  }
}

/** The server refuses what the session was already taken for. */
function fail(w: RedisWire, f: Frame, mark: u64): void {
  const session = w.client;
  if (mark & Mark.BEGINS && session.multi != Multi.No && numberOf(mark) == session.transaction) session.setMulti(Multi.No);
  if (mark & Mark.HOLDS) {
    session.held = false;
    f.pin = SESSION;
    f.unpin = true;
  }
  if (subscriptionOf(mark) >= 0) session.subscriber = session.subscribed;
}
