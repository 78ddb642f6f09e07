/** Writes the head of a request again with the changes that rules and filters made. */
import { Frame, Mutation, Reader, Writer } from "meltemi/assembly";
import { HEADER, METHOD_LENGTH_AT } from "./constants";

/** Bytes of the frame that `out` replaces; -1: a frame cannot say it. Only `method` can be set, and there is one: the last change counts. */
export function encodeRequest(r: Reader, f: Frame, mutation: Mutation, out: Writer): i32 {
  const edit = mutation.at(mutation.length - 1), length = edit.valueLength, body = f.size - f.head;
  if (length > 0xff) return -1;
  out.copy(r, 0, HEADER);
  out.patch32(0, <u32>(HEADER - 4 + length + body));
  out.patch8(METHOD_LENGTH_AT, length);
  out.bytes(edit.valueAt, length);
  return f.head;
}
