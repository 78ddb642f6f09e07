import { Json, JsonKind } from "../../bytes/json";
import { Problems } from "../../bytes/problems";
import { Writer } from "../../bytes/writer";
import { KeyResolver } from "../../proxy/match/keyResolver";
import { Frame } from "../../codec/frame";
import { Exchange } from "../../proxy/exchange/exchange";
import { Verified } from "./cache";

const values: Writer = new Writer(256);

/** Claims that become keys `jwt.claims.NAME` of the request. */
@final
export class Claims {
  private names: string[];
  private slots: i32[] = [];

  constructor(config: Json, keys: KeyResolver, problems: Problems) {
    this.names = problems.texts(config, "claims");
    for (let i = 0; i < this.names.length && problems.ok; i++) {
      const slot = keys.own("jwt.claims." + this.names[i]);
      if (slot < 0) problems.report(config.path() + ".claims", "found more than there is room for");
      this.slots.push(slot);
    }
  }

  /** Takes the values out of a token. */
  keep(claims: Json, entry: Verified): void {
    const ends = new StaticArray<i32>(this.names.length);
    values.reset();
    for (let i = 0; i < ends.length; i++) {
      const claim = find(claims, this.names[i]);
      ends[i] = claim && write(claim) ? values.length : -1;
    }
    entry.values = values.copied();
    entry.ends = ends;
  }

  /** False: it is too much, and not all of it was told. */
  tell(x: Exchange, f: Frame, entry: Verified): bool {
    let from = 0;
    for (let i = 0; i < this.slots.length; i++) {
      const end = unchecked(entry.ends[i]);
      if (end < 0) continue;
      if (!x.tell(f, unchecked(this.slots[i]), changetype<usize>(entry.values) + from, end - from)) return false;
      from = end;
    }
    return true;
  }
}

/** A claim of this name, or by the way that its dots show into objects. */
function find(claims: Json, name: string): Json | null {
  const whole = claims.get(name);
  if (whole) return whole;
  const dot = name.indexOf(".");
  if (dot < 0) return null;
  const inner = claims.get(name.slice(0, dot));
  return inner ? find(inner, name.slice(dot + 1)) : null;
}

/**
 * Text and numbers as they are; lists joined by blanks, as OAuth has scopes, with the blanks inside of an item as %20. False, and nothing
 * written: it is an object or null.
 */
function write(claim: Json): bool {
  switch (claim.kind) {
    case JsonKind.String:
      values.text(claim.text);
      return true;
    case JsonKind.Number:
    case JsonKind.Bool:
      values.text(claim.found());
      return true;
    case JsonKind.Array: return writeList(claim.items);
    default: return false;
  }
}

function writeList(items: Json[]): bool {
  const before = values.length;
  for (let i = 0; i < items.length; i++) {
    if (i > 0) values.u8(0x20);
    if (items[i].kind == JsonKind.String) values.text(items[i].text.replaceAll("%", "%25").replaceAll(" ", "%20"));
    else if (items[i].kind == JsonKind.Array || !write(items[i])) {
      values.length = before;
      return false;
    }
  }
  return true;
}
