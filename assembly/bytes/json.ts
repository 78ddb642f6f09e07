/** JSON values as configuration has them, read at configure time only: they allocate. */

export enum JsonKind { Null = 0, Bool = 1, Number = 2, String = 3, Array = 4, Object = 5 }

/** One value, and where it stood. Fields that are not of its kind are empty. */
@final
export class Json {
  bool: bool = false;
  /** Of a number: nearest double. */
  number: f64 = 0;
  /** Of a number: true if `integer` is exactly what was written. */
  integral: bool = false;
  integer: i64 = 0;
  text: string = "";
  /** Of an array: its items; of an object: its members' values, as written. */
  items: Json[] = NONE;
  /** Of an object: its names, in the order of `items`. */
  names: string[] = NO_NAMES;
  /** What is in here may be a secret: messages to people tell neither its values nor the names that were not asked for. */
  secret: bool = false;
  private asked: bool = false;
  private places: Map<string, i32> | null = null;

  constructor(public kind: JsonKind, private parent: Json | null = null, private place: i32 = 0) {}

  /** Member of an object; null if there is none, or if this is not an object. */
  get(name: string): Json | null {
    const at = this.find(name);
    if (at < 0) return null;
    this.items[at].asked = true;
    return this.items[at];
  }

  has(name: string): bool { return this.find(name) >= 0; }

  /** A member's text; empty if it is not there or no text. */
  textOf(name: string): string {
    const value = this.get(name);
    return value ? value.text : "";
  }

  /** A member's number; NaN if it is not there or no number. */
  numberOf(name: string): f64 {
    const value = this.get(name);
    return value && value.kind == JsonKind.Number ? value.number : NaN;
  }

  /** True if this is the text, or a list with it. */
  hasText(text: string): bool {
    if (this.kind == JsonKind.String) return this.text == text;
    for (let i = 0; i < this.items.length; i++) if (this.kind == JsonKind.Array && this.items[i].kind == JsonKind.String && this.items[i].text == text) return true;
    return false;
  }

  /** Adds a member; false if the name is there already. */
  add(name: string, value: Json): bool {
    if (this.find(name) >= 0) return false;
    if (this.names.length == 0) {
      this.items = [];
      this.names = [];
    }
    this.names.push(name);
    this.items.push(value);
    const places = this.places;
    if (places) places.set(name, this.names.length - 1);
    else if (this.names.length == LINEAR) this.index();
    return true;
  }

  push(item: Json): void {
    if (this.items.length == 0) this.items = [];
    this.items.push(item);
  }

  /** True if it is a secret, or within one. */
  get isHidden(): bool {
    const parent = this.parent;
    return this.secret || (parent !== null && parent.isHidden);
  }

  /** Where the value stands: `routes[3].match[0].key`; empty for the outermost. A name within a secret is `(hidden)`, unless who reads it knew it. */
  path(): string {
    const parent = this.parent;
    if (!parent) return "";
    const start = parent.path();
    if (parent.kind == JsonKind.Array) return start + "[" + this.place.toString() + "]";
    return parent.isHidden && !this.asked ? start + ".(hidden)" : memberPath(start, parent.names[this.place]);
  }

  /** What was found, short, for messages to people. */
  found(): string {
    if (this.isHidden) return "(hidden)";
    switch (this.kind) {
      case JsonKind.Null: return "null";
      case JsonKind.Bool: return this.bool ? "true" : "false";
      case JsonKind.Number: return this.integral ? this.integer.toString() : this.number.toString();
      case JsonKind.String: return quoted(this.text);
      case JsonKind.Array: return this.items.length == 0 ? "an empty list" : "a list";
      default: return "an object";
    }
  }

  private find(name: string): i32 {
    const places = this.places;
    if (places) return places.has(name) ? places.get(name) : -1;
    return this.names.indexOf(name);
  }

  private index(): void {
    const places = new Map<string, i32>();
    for (let i = 0; i < this.names.length; i++) places.set(this.names[i], i);
    this.places = places;
  }
}

/** Objects with fewer members are searched, larger ones indexed. */
const LINEAR = 12;
const NONE: Json[] = [];
const NO_NAMES: string[] = [];

/** `path.name`, or `path["na me"]` where the name would be unclear. */
export function memberPath(path: string, name: string): string {
  for (let i = 0; i < name.length; i++) if (!isWordUnit(name.charCodeAt(i))) return path + "[" + quoted(name) + "]";
  if (name.length == 0) return path + '[""]';
  return path.length ? path + "." + name : name;
}

/** A text in quotes, cut after 60 characters, with control characters made visible. */
export function quoted(text: string): string {
  const cut = text.length > 60;
  const part = cut ? text.slice(0, 60) : text;
  let out = '"';
  for (let i = 0; i < part.length; i++) {
    const unit = part.charCodeAt(i);
    if (unit < 0x20 || unit == 0x7f) out += "\\x" + (unit < 16 ? "0" : "") + unit.toString(16);
    else out += part.charAt(i);
  }
  return out + (cut ? '..."' : '"');
}

function isWordUnit(unit: i32): bool {
  return (unit >= 0x61 && unit <= 0x7a) || (unit >= 0x41 && unit <= 0x5a) || isDigit(unit) || unit == 0x5f || unit == 0x2d;
}

export function isDigit(unit: i32): bool { return <u32>(unit - 0x30) < 10; }
