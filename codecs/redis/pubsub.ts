/** Subscriptions: their answers, one for each channel, and the messages, which look the same. */
import { Frame, Kind, PendingRequest } from "../../assembly/codec/index";
import { lineEnd, number } from "./arguments";
import { SUBSCRIBED, Type } from "./constants";
import { subscriptionOf } from "./mark";
import { RedisWire } from "./wire";

/** In the order of Special.Subscribe and those that follow it. */
const FAMILY: string[] = ["subscribe", "psubscribe", "ssubscribe", "unsubscribe", "punsubscribe", "sunsubscribe"];
const CHANNELS: i32 = 0, SHARDS: i32 = 2, UNSUBSCRIBE: i32 = 3;
const MESSAGES: string[] = ["message", "pmessage", "smessage"];

/** A push of RESP3, or an array of RESP2 that is none of the answers of old. False: an answer like others. */
export function takePush(w: RedisWire, f: Frame, x: PendingRequest | null, type: i32): bool {
  const asked = x ? subscriptionOf(x.a) : -1;
  if (type == Type.ARRAY && (w.resp3 || (!w.subscribed && asked < 0))) return false;
  const r = w.reader, array = lineEnd(r, 0), text = array < 0 ? -1 : lineEnd(r, array);
  const length = text < 0 || r.peek(array) != Type.BULK ? -1 : <i32>number(r, array + 1, text);
  const family = length < 0 ? -1 : r.oneOf(text, length, FAMILY);
  if (x && family >= 0 && family == asked && f.size > 0) {
    countSubscriptions(w, f, x, family, text + length + 2);
    return true;
  }
  if (type == Type.ARRAY && (length < 0 || r.oneOf(text, length, MESSAGES) < 0)) return false;
  f.kind = Kind.Push;
  return true;
}

/** One of the answers to SUBSCRIBE and the like: the third value is how many subscriptions there are now. */
function countSubscriptions(w: RedisWire, f: Frame, x: PendingRequest, family: i32, second: i32): void {
  const session = w.client, r = w.reader, end = f.size - 2;
  let at = end;
  while (at > second && isDigit(r.peek(at - 1))) at--;
  let total = 0;
  for (; at < end; at++) total = total * 10 + r.peek(at) - 0x30;
  const kind = family % UNSUBSCRIBE;
  if (kind == SHARDS) session.shards = total;
  else if (kind == CHANNELS) session.channels = max(0, total - session.patterns);
  else session.patterns = max(0, total - session.channels);
  f.request = x;
  if (x.b > 0) f.last = --x.b == 0;
  else f.last = kind == SHARDS ? session.shards == 0 : kind == CHANNELS ? session.channels == 0 : session.patterns == 0;
  // Another SUBSCRIBE may be on its way behind an UNSUBSCRIBE: the answers have the last word.
  const subscribed = session.subscribed;
  w.subscribed = subscribed;
  session.subscriber = subscribed;
  f.pin = SUBSCRIBED;
  f.unpin = !subscribed && f.last;
  if (!subscribed && !f.last) f.pin = 0;
}

function isDigit(byte: i32): bool { return <u32>(byte - 0x30) < 10; }
