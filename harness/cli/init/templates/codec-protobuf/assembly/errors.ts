/** Errors of the protocol. */
import { writeNumber, writeText, writeVarint } from "as-proxy-wasm/assembly/bytes/protobuf";
import { Failure, PendingRequest, Writer } from "meltemi/assembly";
import { BODY, ERROR, ID, TYPE } from "./constants";

const message = new Writer();

/** `x`: the request that failed; none: the connection as a whole did. */
export function writeError(x: PendingRequest | null, failure: Failure, out: Writer): void {
  message.reset();
  writeNumber(message, ID, x ? x.key : 0);
  writeNumber(message, TYPE, ERROR);
  writeText(message, BODY, failure.text);
  writeVarint(out, message.length);
  out.bytes(message.base, message.length);
}
