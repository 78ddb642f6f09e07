import { Writer } from "../../assembly/bytes/writer";
import { Failure, MIXED_ROUTES, Reason, reasonName } from "../../assembly/meta/failure";

/** Words that a fault may use besides ERR, by their code. Rules add others; none that makes clients go elsewhere. */
const words: string[] = ["ERR", "NOPERM", "NOAUTH", "WRONGPASS", "LOADING", "BUSY", "OOM", "READONLY", "NOSCRIPT", "MASTERDOWN", "MISCONF", "WRONGTYPE"];

/** Clients of a cluster would act on these: look elsewhere, or ask again without end. */
const MISLEADING = ["MOVED", "ASK", "CLUSTERDOWN", "TRYAGAIN", "CROSSSLOT"];

/** Code of an error word, in upper case; -1 if it is none or would mislead clients. Configure time only. */
export function codeOfWord(text: string): i32 {
  if (text.length == 0 || text.length > 32 || MISLEADING.includes(text)) return -1;
  for (let i = 0; i < text.length; i++) if (text.charCodeAt(i) < 0x41 || text.charCodeAt(i) > 0x5a) return -1;
  const known = words.indexOf(text);
  return known >= 0 ? known : words.push(text) - 1;
}

export function wordOf(failure: Failure): string {
  if (failure === MIXED_ROUTES) return "CROSSSLOT";
  if (failure.reason == Reason.Denied) return "NOPERM";
  return failure.reason == Reason.FaultAbort && failure.code > 0 && failure.code < words.length ? words[failure.code] : "ERR";
}

export function textOf(failure: Failure): string {
  if (failure === MIXED_ROUTES) return "Keys in request lead to different servers";
  return failure.text.length ? failure.text : reasonName(failure.reason);
}

/** A simple error: one line, whatever the text has in it. */
export function writeError(out: Writer, word: string, text: string): void {
  out.u8(0x2d);
  out.text(word);
  out.u8(0x20);
  const from = out.length;
  out.text(text);
  for (let at = out.base + from; at < out.base + out.length; at++) if (load<u8>(at) < 0x20) store<u8>(at, 0x20);
  out.text("\r\n");
}
