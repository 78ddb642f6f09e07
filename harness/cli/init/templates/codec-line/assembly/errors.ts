/** Errors of the protocol. */
import { Failure, PendingRequest, Writer } from "meltemi/assembly";
import { LF } from "./constants";

/** `x`: the request that failed; none: the connection as a whole did. */
export function writeError(x: PendingRequest | null, failure: Failure, out: Writer): void {
  out.text(`error ${x ? x.key : 0} ${failure.text.split("\n").join(" ")}`);
  out.u8(LF);
}
