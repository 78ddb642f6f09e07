/** Where a frame ends. */
import { readVarint } from "as-proxy-wasm/assembly/bytes/protobuf";
import { Frame, Verdict, Wire } from "meltemi/assembly";
import { MAX_MESSAGE, MAX_VARINT } from "./constants";

/** Verdict.Head with `f.size` and `f.head`, and the reader at the message; or why not. The length is a stranger's: compared, never added first. */
export function readLength(w: Wire, f: Frame): Verdict {
  const r = w.reader, length = readVarint(r);
  if (r.bad) return r.size < MAX_VARINT ? w.wants(r.size + 1) : w.bad("no length", 0);
  if (length > <u64>MAX_MESSAGE) return w.bad("message of more than 1 MiB", 0);
  f.head = f.size = r.at + <i32>length;
  return r.size < f.size ? w.wants(f.size) : Verdict.Head;
}
