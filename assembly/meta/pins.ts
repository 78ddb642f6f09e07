import { SESSION, VITAL } from "./codec";
import { Lane } from "./upstream/lane";

/** Streams, cursors and the like that one connection may have pinned; further ones are routed as if they had no pin. */
const MAX_PINS: i32 = 65536;

/** What must stay on one lane: a pin's frames all go to the lane of its first one; SESSION holds all that follows. */
@final
export class Pins {
  /** Null as a whole: there never was one. Null as a lane: it was lost. */
  private lanes: Map<u64, Lane | null> | null = null;
  private session: Lane | null = null;
  /** Pins that hold a lane: something has been begun there. */
  held: i32 = 0;

  /** The lane that a frame with this pin (0: none) must go to; null: any. */
  laneOf(pin: u64): Lane | null {
    const lanes = this.lanes;
    if (this.session !== null || pin == 0 || lanes === null || !lanes.has(pin)) return this.session;
    return lanes.get(pin);
  }

  /** The pin's lane has gone, and with it what its server knew. */
  isLost(pin: u64): bool {
    const lanes = this.lanes;
    return pin != 0 && lanes !== null && lanes.has(pin) && lanes.get(pin) === null;
  }

  pin(pin: u64, lane: Lane): void {
    if (pin != SESSION && this.laneOf(pin) === lane) return;
    this.unpin(pin);
    if (pin == SESSION) {
      this.session = lane;
    } else {
      let lanes = this.lanes;
      if (lanes === null) this.lanes = lanes = new Map<u64, Lane | null>();
      if (lanes.size >= MAX_PINS) return;
      lanes.set(pin, lane);
    }
    lane.pins++;
    this.held++;
  }

  /** The requests of a lane have gone to another. */
  move(from: Lane, to: Lane): void {
    to.pins += from.pins;
    from.pins = 0;
    if (this.session === from) this.session = to;
    const lanes = this.lanes;
    if (lanes === null) return;
    const pins = lanes.keys();
    for (let i = 0; i < pins.length; i++) if (lanes.get(pins[i]) === from) lanes.set(pins[i], to);
  }

  /** Ends all pins. */
  clear(): void {
    const session = this.session, lanes = this.lanes;
    if (session) session.unpin();
    this.session = null;
    this.held = 0;
    if (lanes === null) return;
    const held = lanes.values();
    for (let i = 0; i < held.length; i++) {
      const lane = held[i];
      if (lane) lane.unpin();
    }
    lanes.clear();
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
    if (lane === null) return null;
    lane.unpin();
    this.held--;
    return lane;
  }

  /** A lane has gone, and with it what only its server knew. True: a vital pin held it. */
  lose(lane: Lane): bool {
    this.held -= lane.pins;
    lane.pins = 0;
    const lanes = this.lanes;
    let vital = this.session === lane;
    if (vital) this.session = null;
    if (lanes === null) return vital;
    const pins = lanes.keys();
    for (let i = 0; i < pins.length; i++) {
      const pin = pins[i];
      if (lanes.get(pin) !== lane) continue;
      vital = vital || pin >= VITAL;
      lanes.set(pin, null);
    }
    return vital;
  }
}
