import { giveBuffer, takeBuffer } from "../../bytes/buffers";
import { Writer } from "../../bytes/writer";
import { Buffer } from "../../env/enums";
import { readBuffer } from "../../host/buffer";
import { clientIn } from "../runtime/callbackBuffers";
import { RequestReader } from "./requestReader";

/** Client bytes that were taken from Envoy and not yet used: a part of a head, or what a full lane holds up. */
@final
export class Inbox {
  private kept: Writer | null = null;

  get length(): i32 {
    const kept = this.kept;
    return kept ? kept.length : 0;
  }

  /** Reads what is there and what has come. */
  read(reader: RequestReader): void {
    const kept = this.kept;
    if (kept === null) {
      const length = readBuffer(Buffer.Downstream, clientIn), used = reader.consume(clientIn.base, length);
      if (used < length) this.keep(clientIn.base + used, length - used);
      return;
    }
    readBuffer(Buffer.Downstream, kept);
    kept.shift(reader.consume(kept.base, kept.length));
    if (kept.length == 0) this.drop();
  }

  /** Takes held bytes out of Envoy's buffer, because a push would hand them on as they are. */
  absorb(): void {
    clientIn.reset();
    const length = readBuffer(Buffer.Downstream, clientIn);
    if (length > 0) this.keep(clientIn.base, length);
  }

  drop(): void {
    giveBuffer(this.kept);
    this.kept = null;
  }

  private keep(at: usize, length: i32): void {
    let kept = this.kept;
    if (kept === null) this.kept = kept = takeBuffer();
    kept.bytes(at, length);
  }
}
