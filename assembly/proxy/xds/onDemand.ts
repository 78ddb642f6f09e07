import { Held, hold } from "../filter/heldRequest";
import { Metadata, Presence, View } from "../../codec/metadata";
import { now } from "../runtime/clock";
import { after, Timer } from "../runtime/timers";

/** Names that a listener asks for at most, and bytes of one. */
const MAX_NAMES: i32 = 1024, MAX_NAME: i32 = 255;
/** How long requests wait for what they ask for, and how long what is not there is not asked for again. */
const WAIT_MS: i32 = 3000;
const ABSENT_MS: u64 = 5000;

const value: View = new View();

/** Who asks the control plane for a name more, or for one no longer. */
export interface Asker {
  ask(name: string): void;
  forget(name: string): void;
}

/** A name that was asked for, the requests that wait for it, and the end of their patience. */
@final
class Wanted extends Timer {
  waiting: Held[] = [];
  /** Its patience has begun, and not ended. */
  isPatient: bool = false;

  constructor(private demand: Demand, public name: string) { super(); }

  fire(): void {
    this.isPatient = false;
    if (this.waiting.length > 0) this.demand.miss(this);
  }

  resume(): void {
    const waiting = this.waiting;
    this.waiting = [];
    for (let i = 0; i < waiting.length; i++) waiting[i].resume();
  }
}

/** Services that a listener learns of when they are first used: by the value of a key, of requests that find no route. */
@final
export class Demand {
  private asker: Asker | null = null;
  private wanted: Map<string, Wanted> = new Map<string, Wanted>();
  /** What is not there, and until when it is not asked for again. */
  private absent: Map<string, u64> = new Map<string, u64>();

  constructor(public key: string) {}

  attach(asker: Asker): void { this.asker = asker; }

  /** All that was asked for: to be asked for again on a new stream. */
  get names(): string[] { return this.wanted.keys(); }

  /** A request has no route; `slot`: that of the key. True: it waits for one, HOLD is to be returned. Allocates. */
  holds(metadata: Metadata, slot: i32): bool {
    const asker = this.asker;
    if (asker === null || slot < 0 || metadata.presence(slot) != Presence.Present) return false;
    const place = metadata.first(slot);
    if (metadata.next(place) >= 0) return false;
    metadata.view(place, value);
    if (value.length == 0 || value.length > MAX_NAME) return false;
    const wanted = this.want(value.text(), asker);
    if (wanted === null) return false;
    if (!wanted.isPatient) {
      wanted.isPatient = true;
      after(WAIT_MS, wanted);
    }
    wanted.waiting.push(hold(true));
    return true;
  }

  /** Null: it is not there, or too many are wanted. */
  private want(name: string, asker: Asker): Wanted | null {
    if (this.wanted.has(name)) return this.wanted.get(name);
    if (this.absent.has(name) && now() < this.absent.get(name)) return null;
    if (this.wanted.size >= MAX_NAMES) return null;
    const wanted = new Wanted(this, name);
    this.wanted.set(name, wanted);
    asker.ask(name);
    return wanted;
  }

  /** Another configuration is in force: requests look again, those for what is not there in vain. */
  look(absent: string[]): void {
    for (let i = 0; i < absent.length; i++) if (this.wanted.has(absent[i])) this.miss(this.wanted.get(absent[i]));
    const all = this.wanted.values();
    for (let i = 0; i < all.length; i++) all[i].resume();
  }

  /** It is not there. */
  miss(one: Wanted): void {
    const asker = this.asker;
    if (this.absent.size >= MAX_NAMES) this.absent.clear();
    this.absent.set(one.name, now() + ABSENT_MS);
    this.wanted.delete(one.name);
    if (asker) asker.forget(one.name);
    one.resume();
  }
}
