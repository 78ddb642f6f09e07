/** Writes a request again with the changes that rules and filters made. */
import { Change, Frame, Mutation, Reader, Writer } from "meltemi/assembly";
import { LF, SPACE } from "./constants";
import { wordEnd } from "./framing";

/** Bytes of the frame that `out` replaces; -1: a line cannot say it. Only `method` can be set, and there is one: the last change counts. */
export function encodeRequest(r: Reader, f: Frame, mutation: Mutation, out: Writer): i32 {
  const edit = mutation.at(mutation.length - 1);
  if (edit.change == Change.Remove || edit.valueLength == 0 || edit.valueHas(SPACE) || edit.valueHas(LF)) return -1;
  const lineFeed = f.size - 1, method = wordEnd(r, wordEnd(r, 0, lineFeed) + 1, lineFeed) + 1, end = wordEnd(r, method, lineFeed);
  out.copy(r, 0, method);
  out.bytes(edit.valueAt, edit.valueLength);
  out.copy(r, end, f.size - end);
  return f.size;
}
