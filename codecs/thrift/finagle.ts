/**
 * Finagle's clients begin a connection with a call of `__can__finagle__trace__v3__`. A server that knows it answers with a reply, and from
 * then on a struct of headers stands before each message (twitter/finagle: ThriftTracing, TTwitterServerFilter). That form is not read
 * here: it reaches no server, since the codec itself answers the call, as servers that do not know it, and clients stay plain.
 */
import { utf8Bytes } from "../../assembly/bytes/utf8";
import { Failure, Reason } from "../../assembly/meta/failure";

/** What the names of all versions of the call begin with. */
const PROBE: StaticArray<u8> = utf8Bytes("__can__finagle__trace__");

/** An UNKNOWN_METHOD. */
export const STAYS_PLAIN = new Failure(Reason.RouteNotFound, "headers before messages are not known here");

/** True if a message's name asks whether the server knows Finagle's headers. */
export function isProbe(at: usize, length: i32): bool {
  return length >= PROBE.length && memory.compare(at, changetype<usize>(PROBE), PROBE.length) == 0;
}
