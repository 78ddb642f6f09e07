import { Frame } from "../../codec/frame";
import { Exchange } from "../exchange/exchange";
import { Lane } from "../upstream/lane";
import { LaneStream } from "../upstream/laneStream";

/** How far the client's current frame has come, and where the rest of it goes. */
@final
export class FrameCursor {
  /** Bytes of the current request still to come; -1: the codec finds its end. */
  rest: i32 = 0;
  /** The codec looks at them, too, and must find their end. */
  isWalked: bool = false;
  /** Where they go; null: they are swallowed. */
  lane: Lane | null = null;
  /** Where all bytes go from here on, unread; null: they can be read. */
  opaque: Lane | null = null;
  private owner: Exchange | null = null;
  private serial: u32 = 0;

  /** True if no frame has come in part. */
  get isWhole(): bool { return this.rest == 0 && this.opaque === null; }

  /** True while a request's bytes are still flowing to this lane. */
  isSendingTo(lane: LaneStream): bool { return this.opaque === lane || (this.rest != 0 && this.lane === lane); }

  /** True while some of a request for this lane is still to come. */
  isCutFor(lane: LaneStream): bool { return this.rest != 0 && this.lane === lane; }

  /** What is still to come of a request for one lane goes to another. */
  redirect(from: LaneStream, to: Lane): void {
    if (this.lane === from) this.lane = to;
    if (this.opaque === from) this.opaque = to;
  }

  /** The rest of a frame, of which these bytes are here, goes to a lane (null: nowhere); returns how many of them do so too. */
  begin(f: Frame, left: i32, lane: Lane | null): i32 {
    const here = f.size < 0 ? min(max(f.head, 1), left) : min(f.size, left);
    this.lane = lane;
    this.rest = f.size < 0 ? -1 : f.size - here;
    this.isWalked = f.walked && lane !== null;
    this.owner = null;
    return here;
  }

  /** Whose request it is that was begun, of which `here` bytes have come; those of a frame whose length is not known are counted. */
  belongsTo(x: Exchange, f: Frame, here: i32): void {
    x.requestBytes = f.size < 0 ? here : f.size;
    if (this.rest == 0) return;
    this.owner = x;
    this.serial = x.serial;
  }

  /** Whose request it is; null: nobody's, or it has ended. */
  get exchange(): Exchange | null {
    const x = this.owner;
    return x && x.serial == this.serial ? x : null;
  }
}
