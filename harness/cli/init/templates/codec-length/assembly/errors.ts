/** Errors of the protocol. */
import { Failure, PendingRequest, Writer } from "meltemi/assembly";
import { ERROR, HEADER } from "./constants";

/** `x`: the request that failed; none: the connection as a whole did. */
export function writeError(x: PendingRequest | null, failure: Failure, out: Writer): void {
  out.u32(HEADER - 4 + String.UTF8.byteLength(failure.text));
  out.u32(x ? <u32>x.key : 0);
  out.u8(ERROR);
  out.u8(0);
  out.text(failure.text);
}
