import { SESSION } from "./codec";
import { Lane } from "./upstream/lanes/lane";

/** Streams, cursors and the like that one connection may have pinned; further ones are routed as if they had no pin. */
const MAX_PINS: i32 = 65536;

/** What must stay on one lane: a pin's frames all go to the lane of its first one; SESSION holds all that follows. */
@final
export class Pins {
  /** Null: there never was one. */
  private lanes: Map<u64, Lane> | null = null;
  private session: Lane | null = null;

  /** The lane that a frame with this pin (0: none) must go to; null: any. */
  laneOf(pin: u64): Lane | null {
    const lanes = this.lanes;
    return pin && lanes && lanes.has(pin) ? lanes.get(pin) : this.session;
  }

  pin(pin: u64, lane: Lane): void {
    if (this.laneOf(pin) === lane && pin != SESSION) return;
    this.unpin(pin);
    if (pin == SESSION) {
      this.session = lane;
    } else {
      let lanes = this.lanes;
      if (lanes === null) this.lanes = lanes = new Map<u64, Lane>();
      if (lanes.size >= MAX_PINS) return;
      lanes.set(pin, lane);
    }
    lane.pins++;
  }

  /** Ends a pin; the lane that it held, if it held one. */
  unpin(pin: u64): Lane | null {
    const lanes = this.lanes;
    let lane: Lane | null = null;
    if (pin == SESSION) {
      lane = this.session;
      this.session = null;
    } else if (lanes && lanes.has(pin)) {
      lane = lanes.get(pin);
      lanes.delete(pin);
    }
    if (lane) lane.pins--;
    return lane;
  }

  /** A lane has gone, and with it what only its server knew. True: the session was pinned to it. */
  lose(lane: Lane): bool {
    lane.pins = 0;
    const lanes = this.lanes, lost = this.session === lane;
    if (lost) this.session = null;
    if (lanes === null) return lost;
    const keys = lanes.keys();
    for (let i = 0; i < keys.length; i++) if (lanes.get(keys[i]) === lane) lanes.delete(keys[i]);
    return lost;
  }
}
