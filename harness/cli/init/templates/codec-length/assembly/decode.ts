/** What a frame means: called with the bytes from its first one on. */
import { Frame, Outcome, Verdict, Wire } from "meltemi/assembly";
import { ERROR, HEADER, METHOD, REPLY, REQUEST } from "./constants";
import { readLengths } from "./framing";

export function decode(w: Wire, f: Frame, fromServer: bool): Verdict {
  const lengths = readLengths(w, f);
  if (lengths != Verdict.Head) return lengths;
  const r = w.reader;
  f.key = r.u32();
  const type = r.u8();
  if (fromServer ? type != REPLY && type != ERROR : type != REQUEST) return w.bad("unknown type", 8);
  f.put(METHOD, HEADER, f.head - HEADER);
  if (type == ERROR) f.outcome = Outcome.Server;
  return Verdict.Head;
}
