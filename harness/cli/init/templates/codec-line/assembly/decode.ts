/** What a line means: called with the bytes from its first one on. */
import { Frame, Outcome, Verdict } from "meltemi/assembly";
import { METHOD } from "./constants";
import { decimal, LineWire, readLine, wordEnd } from "./framing";

export function decodeRequest(w: LineWire, f: Frame): Verdict {
  const line = readLine(w, f);
  if (line != Verdict.Head) return line;
  if (!w.reader.matches(0, "call ")) return w.bad("no call", 0);
  const behind = readId(w, f, 5), lineFeed = f.size - 1;
  if (behind < 0) return w.bad("the id is no number", 5);
  const method = behind + 1, end = wordEnd(w.reader, method, lineFeed);
  if (end <= method) return w.bad("no method", behind);
  f.put(METHOD, method, end - method);
  return Verdict.Head;
}

export function decodeReply(w: LineWire, f: Frame): Verdict {
  const line = readLine(w, f);
  if (line != Verdict.Head) return line;
  const failed = w.reader.matches(0, "error ");
  if (!failed && !w.reader.matches(0, "ok ")) return w.bad("neither ok nor error", 0);
  const id = failed ? 6 : 3;
  if (readId(w, f, id) < 0) return w.bad("the id is no number", id);
  f.outcome = failed ? Outcome.Server : Outcome.Ok;
  return Verdict.Head;
}

/** Puts the id at an offset into the frame: the offset behind it, or -1. */
function readId(w: LineWire, f: Frame, at: i32): i32 {
  const end = wordEnd(w.reader, at, f.size - 1), id = decimal(w.reader, at, end);
  if (id < 0) return -1;
  f.key = id;
  return end;
}
