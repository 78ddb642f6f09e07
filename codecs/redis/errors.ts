import { Writer } from "../../assembly/bytes/writer";
import { Failure, failureText, MIXED_ROUTES, Reason } from "../../assembly/codec/index";

/** Clients of a cluster would act on these: look elsewhere, or ask again without end. */
const MISLEADING: string[] = ["MOVED", "ASK", "CLUSTERDOWN", "TRYAGAIN", "CROSSSLOT", "REDIRECT"];
const MAX_WORD: i32 = 32;

/** Words of errors that rules name for faults, by their code. */
@final
export class Words {
  private words: string[] = ["ERR"];

  /** Code of a word in capitals; -1 if it is none or would mislead clients. Configure time only. */
  code(text: string): i32 {
    if (text.length == 0 || text.length > MAX_WORD || MISLEADING.includes(text)) return -1;
    for (let i = 0; i < text.length; i++) if (text.charCodeAt(i) < 0x41 || text.charCodeAt(i) > 0x5a) return -1;
    const known = this.words.indexOf(text);
    return known >= 0 ? known : this.words.push(text) - 1;
  }

  of(failure: Failure): string {
    if (failure === MIXED_ROUTES) return "CROSSSLOT";
    if (failure.reason == Reason.Denied) return "NOPERM";
    return failure.reason == Reason.FaultAbort && <u32>failure.code < <u32>this.words.length ? this.words[failure.code] : "ERR";
  }
}

export function textOf(failure: Failure): string {
  if (failure === MIXED_ROUTES) return "Keys in request are routed to different servers";
  return failureText(failure);
}

/** A simple error: one line, whatever the text has in it. */
export function writeError(out: Writer, word: string, text: string, more: string = ""): void {
  const from = beginError(out, word);
  out.text(text);
  out.text(more);
  endError(out, from);
}

/** Begins a simple error, whose text follows; returns where that is. */
export function beginError(out: Writer, word: string): i32 {
  out.u8(0x2d);
  out.text(word);
  out.u8(0x20);
  return out.length;
}

export function endError(out: Writer, from: i32): void {
  for (let at = out.base + from; at < out.base + out.length; at++) if (load<u8>(at) < 0x20) store<u8>(at, 0x20);
  out.u16(0x0d0a);
}
