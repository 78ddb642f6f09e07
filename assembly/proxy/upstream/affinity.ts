import { SESSION, VITAL } from "../../codec/frame";
import { Lane } from "./lane";

/** Streams, cursors and the like that one connection may have pinned; further ones are routed as if they had no pin. */
const MAX_PINS: i32 = 65536;

/** What one takes, about. */
export const PIN_BYTES: i32 = 48;

/** Pins of requests that were given up, of which parts may still come; with more of them no part passes until SESSION ends. */
const MAX_REFUSED: i32 = 4096;

/** Keys of what was given up, of one pin: none; more than one, or one that is no smaller than this. Otherwise it is that key. */
const NOTHING: u64 = u64.MAX_VALUE;
const SEVERAL: u64 = u64.MAX_VALUE - 1;

/** What must stay on one lane: a pin's frames all go to the lane of its first one; SESSION holds all that follows. */
@final
export class Affinity {
  /** Null as a whole: there never was one. Null as a lane: it was lost. */
  private lanes: Map<u64, Lane | null> | null = null;
  private session: Lane | null = null;
  /** Pins that hold a lane: something has been begun there. */
  held: i32 = 0;
  /** By pin: the key of what was opened with it last and given up, or SEVERAL. Null: nothing was. */
  private refused: Map<u64, u64> | null = null;
  /** The same of what has no pin of its own. */
  private refusedKey: u64 = NOTHING;
  /** More was given up than can be told apart. */
  private isOverrun: bool = false;

  /** How many are remembered, of any kind. */
  get size(): i32 {
    const lanes = this.lanes, refused = this.refused;
    return (lanes ? lanes.size : 0) + (refused ? refused.size : 0);
  }

  /** The lane that a frame with this pin (0: none) must go to; null: any. */
  laneOf(pin: u64): Lane | null {
    const lanes = this.lanes;
    if (this.session !== null || pin == 0 || lanes === null || !lanes.has(pin)) return this.session;
    return lanes.get(pin);
  }

  /**
   * The lane for a further part of what was opened before; null: nothing was, or that was given up and no server may see more
   * of it. A pin of its own must have been opened: that SESSION holds a lane says nothing of it.
   */
  laneOfPart(pin: u64, key: u64): Lane | null {
    const lanes = this.lanes, given = this.givenUp(pin);
    if (this.isOverrun || given == SEVERAL || (given != NOTHING && given == key)) return null;
    if (isCommon(pin)) return this.session;
    return lanes !== null && lanes.has(pin) ? this.laneOf(pin) : null;
  }

  private givenUp(pin: u64): u64 {
    const refused = this.refused;
    if (isCommon(pin)) return this.refusedKey;
    return refused !== null && refused.has(pin) ? refused.get(pin) : NOTHING;
  }

  /** What was opened with this pin was given up: parts of it are still to come, perhaps. */
  refuse(pin: u64, key: u64): void {
    const given = this.givenUp(pin), now = given == NOTHING || given == key ? min(key, SEVERAL) : SEVERAL;
    if (isCommon(pin)) {
      this.refusedKey = now;
      return;
    }
    let refused = this.refused;
    if (refused === null) this.refused = refused = new Map<u64, u64>();
    if (refused.size < MAX_REFUSED) refused.set(pin, now);
    else this.isOverrun = true;
  }

  /** What was opened with this pin goes its way, and so do its parts. */
  accept(pin: u64, key: u64): void { if (key < SEVERAL && this.givenUp(pin) == key) this.forgive(pin); }

  /** No more will come of what was given up. */
  forgive(pin: u64): void {
    const refused = this.refused;
    if (isCommon(pin)) this.refusedKey = NOTHING;
    else if (refused) refused.delete(pin);
  }

  /** The pin's lane has gone, and with it what its server knew. */
  isLost(pin: u64): bool {
    const lanes = this.lanes;
    return pin != 0 && lanes !== null && lanes.has(pin) && lanes.get(pin) === null;
  }

  private ownLane(pin: u64): Lane | null {
    const lanes = this.lanes;
    return lanes !== null && lanes.has(pin) ? lanes.get(pin) : null;
  }

  pin(pin: u64, lane: Lane): void {
    if (pin != SESSION && this.ownLane(pin) === lane) return;
    this.letGo(pin);
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
    this.refused = null;
    this.refusedKey = NOTHING;
    this.isOverrun = false;
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
    this.forgive(pin);
    return this.letGo(pin);
  }

  private letGo(pin: u64): Lane | null {
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

/** What has this pin goes where SESSION does. */
function isCommon(pin: u64): bool { return pin == 0 || pin == SESSION; }
