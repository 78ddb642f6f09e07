import { Problems } from "../bytes/problems";
import { utf8Bytes } from "../bytes/utf8";
import { KeyAsker } from "./chain";
import { Codec, Direction, Frame } from "./codec";
import { Facts } from "./facts";
import { Edit } from "./mutation";
import { Service } from "./service";

const MAX_SLOTS: i32 = 256;

/** Binds names to slots and remembers which are read, so that codecs decode nothing else. */
@final
export class Keys extends KeyAsker {
  private wanted: Array<Array<i32>> = [[], []];

  constructor(codec: Codec, private owner: Service, service: string) { super(codec, service); }

  request(path: string, name: string, problems: Problems): i32 {
    const fact = Facts.find(name);
    if (fact < 0) return this.ask(path, name, Direction.Request, problems);
    const slot = this.own(name);
    if (slot < 0) problems.report(path, 'found "' + name + '", but there are too many keys');
    else this.owner.facts.ask(fact, slot);
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
    this.owner.facts.keep(slot);
    return slot;
  }

  edit(path: string, name: string, direction: Direction, problems: Problems): Edit | null { return editOf(this.codec, path, name, direction, problems); }

  timed(): void { this.owner.timed = true; }

  /** Tells frames which slots to fill. */
  apply(frame: Frame, direction: Direction): void {
    const wanted = new StaticArray<u8>(this.codec.names[direction].length), asked = this.wanted[direction];
    for (let i = 0; i < asked.length; i++) wanted[asked[i]] = direction == Direction.Request && this.owner.facts.isOwn(asked[i]) ? 0 : 1;
    frame.wanted = wanted;
  }

  private ask(path: string, name: string, direction: Direction, problems: Problems): i32 {
    const slot = slotOf(this.codec, path, name, direction, problems);
    if (slot >= 0) this.wanted[direction].push(slot);
    return slot;
  }
}

/** Slot of a key; -1, and a problem, if the codec never supplies it. */
export function slotOf(codec: Codec, path: string, name: string, direction: Direction, problems: Problems): i32 {
  const slot = codec.slot(name, direction);
  if (slot >= 0) return slot;
  const traits = codec.traits;
  const known = direction == Direction.Request ? traits.requestKeys : traits.responseKeys;
  const what = direction == Direction.Request ? "requests" : "replies";
  problems.report(path, 'found "' + name + '", which the codec never supplies for ' + what + ", allowed: " + known.join(", "));
  return -1;
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
