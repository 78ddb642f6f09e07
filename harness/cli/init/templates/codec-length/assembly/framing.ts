/** Where a frame ends, and how much of it must be here before it can be read. */
import { Frame, Verdict, Wire } from "meltemi/assembly";
import { HEADER, MAX_FRAME, METHOD_LENGTH_AT } from "./constants";

/** Verdict.Head with `f.size` and `f.head`, or why not. The lengths are a stranger's: compared with a bound, never added first. */
export function readLengths(w: Wire, f: Frame): Verdict {
  const r = w.reader;
  if (r.size < HEADER) return w.wants(HEADER);
  const follow = r.u32(), method = r.peek(METHOD_LENGTH_AT);
  if (follow > MAX_FRAME - 4) return w.bad("frame of more than 16 MiB", 0);
  if (<i32>follow < HEADER - 4 + method) return w.bad("frame shorter than its method", 0);
  f.size = 4 + <i32>follow;
  f.head = HEADER + method;
  return r.size < f.head ? w.wants(f.head) : Verdict.Head;
}
