import { Reader } from "../../assembly/bytes/reader";
import { Writer } from "../../assembly/bytes/writer";
import { Mutation, PendingRequest } from "../../assembly/codec/index";
import { Names } from "./attachments";
import { argumentCount, LAST_FIELD, resultType, skipArguments, skipResult } from "./decode";
import { HEADER, Result } from "./constants";
import { Edited, Editor } from "./attachmentEdits";
import { endFrame } from "./framing";
import { Text, Walker } from "./hessian";
import { Client } from "./version";

/**
 * Writes whole frames with their attachments changed, all other bytes as they are. Both return how many bytes of the
 * frame `out` replaces: all, or the header where nothing changes; -1 if the message cannot carry the change.
 */
@final
export class Rewriter {
  private editor: Editor;
  /** As the codec's option. */
  strict: bool = false;

  constructor(private walker: Walker) { this.editor = new Editor(walker); }

  request(frame: Reader, names: Names, mutation: Mutation, out: Writer): i32 {
    const walker = this.walker;
    walker.begin(this.strict);
    frame.at = HEADER;
    let types = Text.Null;
    for (let i = 0; i <= LAST_FIELD; i++) types = walker.text(frame);
    const count = frame.bad ? -1 : argumentCount(frame, walker, types, this.strict);
    skipArguments(frame, walker, count);
    return frame.bad || count < 0 ? -1 : this.rewrite(frame, names, true, mutation, out);
  }

  /** `x`: the exchange that the reply belongs to. */
  reply(frame: Reader, names: Names, x: PendingRequest | null, mutation: Mutation, out: Writer): i32 {
    const type = resultType(frame);
    if (type < 0) return -1;
    skipResult(frame, this.walker, type);
    if (frame.bad) return -1;
    if (type >= Result.EXCEPTION_WITH_ATTACHMENTS) return this.rewrite(frame, names, true, mutation, out);
    const start = out.length;
    const replaced = this.rewrite(frame, names, false, mutation, out);
    if (replaced != frame.size) return replaced;
    if (!x || !(x.a & Client.ATTACHMENTS)) {
      out.length = start;
      return -1;
    }
    out.patch8(start + HEADER, 0x90 + type + Result.EXCEPTION_WITH_ATTACHMENTS);
    return replaced;
  }

  /** The frame is at the place of its attachments; `expected`: there are some, or null. */
  private rewrite(frame: Reader, names: Names, expected: bool, mutation: Mutation, out: Writer): i32 {
    const start = out.length;
    out.copy(frame, 0, frame.at);
    const edited = this.editor.edit(frame, names, expected, mutation, out);
    if (edited == Edited.Changed) {
      out.copy(frame, frame.at, frame.left);
      endFrame(out, start);
      return frame.size;
    }
    out.length = start;
    if (edited == Edited.Impossible) return -1;
    out.copy(frame, 0, HEADER);
    return HEADER;
  }
}
