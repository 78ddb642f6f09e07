/** What servers say to PSYNC and SYNC before their stream begins, which is no RESP (syncCommand in the servers' replication.c). */
import { Reader } from "../../assembly/bytes/reader";
import { Frame, Order, PendingRequest, Verdict } from "../../assembly/codec/index";
import { Type } from "./constants";
import { RedisWire } from "./wire";

const LF: i32 = 0x0a;
const CONSENTS: string[] = ["+fullresync", "+continue"];

/** True if this is none of the replies that all commands have. */
export function takeReplication(w: RedisWire, f: Frame, x: PendingRequest): bool {
  const first = w.reader.peek(0);
  f.order = Order.Strict;
  f.request = x;
  if (first == LF) {
    // The server lives, and has more to do before it answers.
    f.head = f.size = 1;
    f.last = false;
    f.fence = true;
    return true;
  }
  // $length, $EOF:mark, or $ENDOFF: what it announces follows at once.
  if (first == Type.BULK) beginStream(w, f, x);
  return first == Type.BULK;
}

/** The server agrees to PSYNC: from here on all that it sends is its stream. */
export function consents(r: Reader): bool {
  for (let i = 0; i < CONSENTS.length; i++) if (r.oneOf(0, CONSENTS[i].length, CONSENTS) == i) return true;
  return false;
}

export function beginStream(w: RedisWire, f: Frame, x: PendingRequest): void {
  w.raw = true;
  if (!x.mute) w.client.replica = true;
  stream(w.reader, f);
}

/** It ends with its lane. */
export function stream(r: Reader, f: Frame): Verdict {
  f.head = r.size;
  f.size = -1;
  f.last = false;
  return Verdict.Head;
}
