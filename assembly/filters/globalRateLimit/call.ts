import { readBuffer } from "../../host/buffer";
import { Buffer } from "../../env/enums";
import { Writer } from "../../bytes/writer";
import { GrpcCall } from "../../context/calls";
import { Held } from "../../proxy/filter/heldRequest";
import { Code, overallCode } from "./message";

/** Larger answers are none that a rate limit service gives. */
const MAX_ANSWER: i32 = 64 << 10;

const answer: Writer = new Writer(256);

/** Who hears of answers. */
export interface Judge {
  decided(call: LimitCall, code: Code): void;
}

/** One question to the rate limit service, and the request that waits for it. Pooled. */
@final
export class LimitCall extends GrpcCall {
  held: Held | null = null;

  constructor(private judge: Judge) { super(null); }

  onMessage(size: i32): void {
    answer.reset();
    if (size <= MAX_ANSWER) readBuffer(Buffer.GrpcMessage, answer);
    this.judge.decided(this, overallCode(answer.base, answer.length));
  }

  onClose(status: i32): void { this.judge.decided(this, Code.Unknown); }
}
