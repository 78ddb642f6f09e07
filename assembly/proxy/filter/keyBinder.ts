import { Problems } from "../../bytes/problems";
import { utf8Bytes } from "../../bytes/utf8";
import { KeyUse } from "./keyUse";
import { KeyResolver } from "../match/keyResolver";
import { Codec } from "../../codec/codec";
import { Direction } from "../../codec/enums";
import { ConnectionAttributes } from "./connectionAttributes";
import { Edit } from "../../codec/mutation";

const MAX_SLOTS: i32 = 256;
/** How the names of what filters tell begin: a message that has such a key must not be believed. */
const TOLD = ["jwt.claims.", "extauth."];

function isTold(name: string): bool {
  const lower = name.toLowerCase();
  for (let i = 0; i < TOLD.length; i++) if (lower.startsWith(TOLD[i])) return true;
  return false;
}

/** Binds names to slots and remembers which are read, so that codecs decode nothing else. */
@final
export class KeyBinder extends KeyResolver {
  asked: KeyUse = new KeyUse();

  /** `trial`: the codec with its options of now, of which `codec` does not know yet. */
  constructor(codec: Codec, service: string, private trial: Codec) { super(codec, service); }

  request(path: string, name: string, problems: Problems): i32 {
    const fact = ConnectionAttributes.find(name);
    if (fact < 0) return this.ask(path, name, Direction.Request, problems);
    const slot = this.own(name);
    if (slot < 0) problems.report(path, 'found "' + name + '", but there are too many keys');
    else {
      this.asked.facts.push(fact);
      this.asked.factSlots.push(slot);
    }
    return slot;
  }

  response(path: string, name: string, problems: Problems): i32 {
    return this.ask(path, name, Direction.Response, problems);
  }

  own(name: string): i32 {
    const codec = this.codec, names = codec.names[Direction.Request], lower = name.toLowerCase();
    let slot = codec.slot(lower, Direction.Request);
    if (slot < 0 && names.length < MAX_SLOTS) slot = names.push(lower) - 1;
    if (slot < codec.traits.requestKeys.length) return -1;
    this.asked.own.push(slot);
    return slot;
  }

  edit(path: string, name: string, direction: Direction, problems: Problems): Edit | null {
    return notSupplied(this.trial, path, name, direction, problems) ? null : editOf(this.codec, path, name, direction, problems);
  }

  timed(): void { this.asked.timed = true; }

  private ask(path: string, name: string, direction: Direction, problems: Problems): i32 {
    if (notSupplied(this.trial, path, name, direction, problems)) return -1;
    const slot = slotOf(this.codec, path, name, direction, problems);
    if (slot < 0) return slot;
    this.asked.slots[direction].push(slot);
    if (direction == Direction.Request && isTold(name)) {
      this.asked.told.push(slot);
      this.asked.toldAt.push(path);
    }
    return slot;
  }
}

/** Slot of a key; -1, and a problem, if the codec never supplies it. */
export function slotOf(codec: Codec, path: string, name: string, direction: Direction, problems: Problems): i32 {
  const slot = codec.slot(name, direction);
  if (slot >= 0) return slot;
  if (codec.names[direction].length >= MAX_SLOTS) {
    problems.report(path, 'found "' + name + '", but this listener already uses ' + MAX_SLOTS.toString() + " key names, the most until it is replaced");
    return -1;
  }
  neverSupplied(codec, path, name, direction, problems);
  return -1;
}

/** True, and a problem, if with its options the codec never supplies a key. */
export function notSupplied(trial: Codec, path: string, name: string, direction: Direction, problems: Problems): bool {
  if (trial.supplies(name, direction)) return false;
  neverSupplied(trial, path, name, direction, problems);
  return true;
}

function neverSupplied(codec: Codec, path: string, name: string, direction: Direction, problems: Problems): void {
  const traits = codec.traits, known = direction == Direction.Request ? traits.requestKeys : traits.responseKeys;
  const what = direction == Direction.Request ? "requests" : "replies";
  problems.report(path, 'found "' + name + '", which the codec does not supply for ' + what + ", allowed: " + known.join(", "));
}

/** An edit that sets a key; null, and a problem, if the codec cannot change it. */
export function editOf(codec: Codec, path: string, name: string, direction: Direction, problems: Problems): Edit | null {
  const slot = slotOf(codec, path, name, direction, problems);
  if (slot < 0) return null;
  if (!codec.settable(slot, direction)) {
    const settable = direction == Direction.Request ? codec.traits.settableRequest : codec.traits.settableResponse;
    problems.report(path, 'found "' + name + '", which the codec cannot change, allowed: ' + (settable.length ? settable.join(", ") : "none"));
    return null;
  }
  const edit = new Edit();
  edit.slot = slot;
  edit.name = utf8Bytes(name);
  return edit;
}
