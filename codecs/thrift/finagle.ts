/**
 * Finagle's clients begin a connection with a call of `__can__finagle__trace__v3__`. A server that knows it answers with a reply, and from
 * then on a struct of headers stands before each message (twitter/finagle: ThriftTracing, TTwitterServerFilter). That form is read with the
 * option `finagle` only: otherwise the call reaches no server, the codec itself answers as those that do not know it, and clients stay plain.
 */
import { utf8Bytes } from "../../assembly/bytes/utf8";
import { Failure, Frame, Order, PendingRequest, Reason, SESSION, Verdict } from "../../assembly/codec/index";
import { Protocol, Type } from "./constants";
import { Message } from "./message";
import { ThriftWire } from "./wire";
import { PROBES, UPGRADED } from "./messageWriter";

/** What the names of all versions of the call begin with. */
const PROBE: StaticArray<u8> = utf8Bytes("__can__finagle__trace__");

/** An UNKNOWN_METHOD. */
export const STAYS_PLAIN = new Failure(Reason.RouteNotFound, "headers before messages are not supported");

/** True if a message's name asks whether the server knows Finagle's headers. */
export function isProbe(at: usize, length: i32): bool {
  return length >= PROBE.length && memory.compare(at, changetype<usize>(PROBE), PROBE.length) == 0;
}

/** The probe goes to a server, and all that follows to the same; nobody knows what that means before it has answered. */
export function ask(w: ThriftWire, f: Frame): void {
  w.own.asks = true;
  f.a |= PROBES;
  f.order = Order.Replies;
  f.pin = SESSION;
  f.fence = true;
}

/** The server's answer to the probe. */
export function takeConsent(w: ThriftWire, x: PendingRequest, message: Message, f: Frame): Verdict {
  if (message.type == Type.EXCEPTION) {
    f.pin = SESSION;
    f.unpin = true;
    return Verdict.Head;
  }
  // The client has been told that there are none, or will be, and its server reads them.
  if (x.mute || x.carried) {
    f.size = 0;
    return w.bad("headers before messages that begin too late", 0);
  }
  const session = w.own;
  session.upgraded = true;
  session.shape |= UPGRADED;
  session.compactHeaders = message.protocol == Protocol.COMPACT;
  return Verdict.Head;
}
