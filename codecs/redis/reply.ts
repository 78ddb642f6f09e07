/** Reads what servers send: the end of each reply, and whose it is. */
import { Reader } from "../../assembly/bytes/reader";
import { Frame, Kind, Order, Outcome, Verdict } from "../../assembly/meta/codec";
import { Exchange } from "../../assembly/meta/exchange";
import { lineEnd, number } from "./arguments";
import { CURSOR, ERROR, Mark, SUBSCRIBED, Type, WHOLE } from "./constants";
import { Multi, Setting } from "./session";
import { RedisWire } from "./wire";

const LOST: string[] = ["loading", "busy", "masterdown", "misconf", "oom", "noreplicas", "clusterdown", "tryagain", "readonly"];
const FAMILY: string[] = ["subscribe", "psubscribe", "ssubscribe", "unsubscribe", "punsubscribe", "sunsubscribe"];
const MESSAGES: string[] = ["message", "pmessage", "smessage"];

export function readReply(w: RedisWire, f: Frame): Verdict {
  const r = w.reader;
  if (w.raw) return stream(r, f);
  const verdict = findEnd(w, r, f);
  if (verdict != Verdict.Head) return verdict;
  f.order = Order.Strict;
  const x = w.find(0), type = r.peek(0);
  if (type == Type.PUSH || (type == Type.ARRAY && (w.subscribed || isSubscription(x)))) {
    if (takePush(w, r, f, x, type)) return Verdict.Head;
  } else if (w.monitoring && type == Type.SIMPLE && isDigit(r.peek(1))) {
    f.kind = Kind.Push;
    return Verdict.Head;
  }
  if (w.greetings == 0 && w.beats > 0) {
    w.beats--;
    f.kind = Kind.Drop;
    return Verdict.Head;
  }
  f.exchange = x;
  if (type == Type.ERROR) takeError(r, f);
  if (x) answer(w, r, f, x, type);
  return Verdict.Head;
}

/** A replica's stream ends with its lane. */
function stream(r: Reader, f: Frame): Verdict {
  f.head = r.size;
  f.size = -1;
  f.last = false;
  return Verdict.Head;
}

/** Where the reply ends: known for a string, found for what is there, left to `tail` for what is large. */
function findEnd(w: RedisWire, r: Reader, f: Frame): Verdict {
  const scanner = w.scanner;
  if (w.scanned == 0) scanner.start(1);
  const end = scanner.scan(r, w.scanned);
  w.scanned = 0;
  if (scanner.bad) return w.bad("no RESP", 0);
  if (end >= 0) {
    f.size = end;
    f.head = r.peek(0) == Type.BULK ? lineEnd(r, 0) : end;
    return Verdict.Head;
  }
  if (scanner.skip > 0 && scanner.pending == 1 && r.size > 0 && r.peek(0) == Type.BULK) {
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
function takeError(r: Reader, f: Frame): void {
  let end = 1;
  while (end < r.size && r.peek(end) > 0x20 && end < 40) end++;
  f.put(ERROR, 1, end - 1);
  f.outcome = r.oneOf(1, end - 1, LOST) >= 0 ? Outcome.Server : Outcome.Caller;
}

/** The answer to a request, as its exchange remembers it. */
function answer(w: RedisWire, r: Reader, f: Frame, x: Exchange, type: i32): void {
  const session = w.client, mark = x.a, failed = type == Type.ERROR;
  if (mark & Mark.PREFIX) {
    if (--x.b == 0) x.a = mark & ~Mark.PREFIX;
    f.kind = Kind.Drop;
    return;
  }
  if (mark & Mark.ABORTED) f.edited = true;
  if (mark & Mark.MONITOR && !failed) w.monitoring = true;
  if (mark & Mark.REPLICATION && !failed) {
    w.raw = true;
    stream(r, f);
  }
  if (mark & Mark.SCAN && type == Type.ARRAY) bindCursor(r, f);
  const setting = <i32>(mark >> Mark.SETUP & 0xff) - 1;
  if (setting >= 0 && failed && !x.mute) session.revert(<Setting>setting, <u32>x.b);
  if (mark & Mark.RESET) w.subscribed = false;
}

/** A SCAN cursor is known to the server that gave it. */
function bindCursor(r: Reader, f: Frame): void {
  const array = lineEnd(r, 0), text = array < 0 ? -1 : lineEnd(r, array);
  if (text < 0 || r.peek(array) != Type.BULK) return;
  const length = number(r, array + 1, text);
  if (length <= 0 || length > 20 || r.size < text + <i32>length) return;
  if (length == 1 && r.peek(text) == 0x30) return;
  f.pin = cursorPin(r.base + text, <i32>length);
}

/** The pin of a cursor, decimal digits. */
export function cursorPin(at: usize, length: i32): u64 {
  let value: u64 = 0;
  for (let i = 0; i < length; i++) value = value * 10 + (load<u8>(at + i) & 15);
  return CURSOR | (value ^ value >> 32 & 0xffff_ffff) & (CURSOR - 1) | 2;
}

function isSubscription(x: Exchange | null): bool { return x !== null && (x.a >> Mark.SUBSCRIPTION & 15) != 0; }

/**
 * What a server sends by itself, and the answers to subscriptions, which look the same. False: an answer like others.
 */
function takePush(w: RedisWire, r: Reader, f: Frame, x: Exchange | null, type: i32): bool {
  const array = lineEnd(r, 0), text = array < 0 ? -1 : lineEnd(r, array);
  const length = text < 0 || r.peek(array) != Type.BULK ? -1 : <i32>number(r, array + 1, text);
  const family = length < 0 ? -1 : r.oneOf(text, length, FAMILY);
  if (family >= 0 && x !== null && <i32>(x.a >> Mark.SUBSCRIPTION & 15) == family + 1) {
    countSubscriptions(w, r, f, x, family, text + length + 2);
    if (type == Type.ARRAY) w.subscribed = true;
    return true;
  }
  if (type == Type.ARRAY && (length < 0 || r.oneOf(text, length, MESSAGES) < 0)) return false;
  f.kind = Kind.Push;
  return true;
}

/** One of the answers to SUBSCRIBE and the like: the third value is how many subscriptions there are now. */
function countSubscriptions(w: RedisWire, r: Reader, f: Frame, x: Exchange, family: i32, second: i32): void {
  const session = w.client, end = f.size - 2;
  let at = end;
  while (at > second && isDigit(r.peek(at - 1))) at--;
  let total = 0;
  for (; at < end; at++) total = total * 10 + r.peek(at) - 0x30;
  if (family == 2 || family == 5) session.shards = total;
  else if (family == 0 || family == 3) session.channels = max(0, total - session.patterns);
  else session.patterns = max(0, total - session.channels);
  f.exchange = x;
  if (x.b > 0) f.last = --x.b == 0;
  else f.last = family == 3 ? session.channels == 0 : family == 4 ? session.patterns == 0 : session.shards == 0;
  if (session.subscribed || !f.last) return;
  f.pin = SUBSCRIBED;
  f.unpin = true;
  w.subscribed = false;
}

function isDigit(byte: i32): bool { return <u32>(byte - 0x30) < 10; }

/** True while a transaction is known to a server: nothing of the filter's own may come between its commands. */
export function inTransaction(w: RedisWire): bool { return w.client.multi == Multi.Sent; }

