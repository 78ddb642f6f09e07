import { Json, JsonKind, memberPath } from "./json";
import { parseJson } from "./jsonParser";

/**
 * Reads fields out of configuration and keeps the first mistake, as one line with the field's path, what was found and
 * what is allowed: `routes[3].match[0].key: found 12, allowed: text`. Sticky: later calls return their fallback and
 * change nothing, so a reader asks once, at the end. A field that is null is a mistake; leave it out instead. Of fields that
 * may hold secrets (`hide`) no message tells what stands there: `tokens[1]: found (hidden), allowed: text`.
 */
@final
export class Problems {
  /** The first mistake; empty while all is well. */
  error: string = "";

  get ok(): bool { return this.error.length == 0; }

  /** The first mistake, null if there is none: what `RootContext.onConfigure` returns. */
  get first(): string | null { return this.ok ? null : this.error; }

  /** A configuration in JSON: an object, or nothing, which is one without fields. After a mistake it has none either. */
  parse(configuration: string): Json {
    const result = parseJson(configuration.length ? configuration : "{}"), value = result.value;
    if (!value) this.report("", result.error);
    else if (this.isObject(value)) return value;
    return new Json(JsonKind.Object);
  }

  /** These fields may hold secrets, whatever their types: from now on messages show neither values nor unknown names in them. */
  hide(owner: Json, names: string[]): void {
    for (let i = 0; i < names.length; i++) {
      const value = owner.get(names[i]);
      if (value) value.secret = true;
    }
  }

  /** Reports an error with any text; an empty path is the whole configuration. */
  report(path: string, message: string): void {
    if (this.ok) this.error = (path.length ? path : "configuration") + ": " + message;
  }

  /** This value is not what is allowed here. */
  wrong(value: Json, allowed: string): void { this.report(value.path(), "found " + value.found() + ", allowed: " + allowed); }

  /** A field of this object is not there. */
  missing(owner: Json, name: string, allowed: string): void {
    this.report(memberPath(owner.path(), name), "missing, allowed: " + allowed);
  }

  /** True if the value is an object; otherwise a mistake. */
  isObject(value: Json): bool { return this.is(value, JsonKind.Object, "an object"); }
  /** True if it is one; otherwise a mistake. */
  isArray(value: Json): bool { return this.is(value, JsonKind.Array, "a list"); }
  isText(value: Json): bool { return this.is(value, JsonKind.String, "text"); }

  text(owner: Json, name: string, fallback: string = ""): string {
    const value = this.field(owner, name, JsonKind.String, "text");
    return value ? value.text : fallback;
  }

  /** A text that must be there and not be empty. */
  needText(owner: Json, name: string): string {
    const value = this.field(owner, name, JsonKind.String, "text");
    if (!value) this.missing(owner, name, "text");
    else if (value.text.length) return value.text;
    else this.wrong(value, "text that is not empty");
    return "";
  }

  bool(owner: Json, name: string, fallback: bool = false): bool {
    const value = this.field(owner, name, JsonKind.Bool, "true or false");
    return value ? value.bool : fallback;
  }

  /** A whole number of least..most, both included. */
  int(owner: Json, name: string, fallback: i64, least: i64 = i64.MIN_VALUE, most: i64 = i64.MAX_VALUE): i64 {
    const value = owner.get(name);
    if (!value || !this.ok) return fallback;
    if (value.kind == JsonKind.Number && value.integral && value.integer >= least && value.integer <= most) return value.integer;
    this.wrong(value, wholeNumber(least, most));
    return fallback;
  }

  /** A number of least..most, both included. */
  number(owner: Json, name: string, fallback: f64, least: f64, most: f64): f64 {
    const value = owner.get(name);
    if (!value || !this.ok) return fallback;
    if (value.kind == JsonKind.Number && value.number >= least && value.number <= most) return value.number;
    this.wrong(value, "a number of " + least.toString() + ".." + most.toString());
    return fallback;
  }

  /** A whole number that must be there. */
  needInt(owner: Json, name: string, least: i64 = i64.MIN_VALUE, most: i64 = i64.MAX_VALUE): i64 {
    if (!owner.has(name)) this.missing(owner, name, wholeNumber(least, most));
    return this.int(owner, name, least, least, most);
  }

  /** One of a few words. */
  oneOf(owner: Json, name: string, allowed: string[], fallback: string): string {
    const value = owner.get(name);
    if (!value || !this.ok) return fallback;
    if (value.kind == JsonKind.String && allowed.includes(value.text)) return value.text;
    const near = value.kind == JsonKind.String && !value.isHidden ? nearest(value.text, allowed) : "";
    this.wrong(value, allowed.join(", ") + hint(near));
    return fallback;
  }

  /** Null if absent or wrong. */
  object(owner: Json, name: string): Json | null { return this.field(owner, name, JsonKind.Object, "an object"); }

  /** The items of a list; none if absent or wrong. */
  list(owner: Json, name: string): Json[] {
    const value = this.field(owner, name, JsonKind.Array, "a list");
    return value ? value.items : [];
  }

  /** The items of a list of texts; none if absent or wrong. */
  texts(owner: Json, name: string): string[] {
    const texts: string[] = [];
    const items = this.list(owner, name);
    for (let i = 0; i < items.length && this.isText(items[i]); i++) texts.push(items[i].text);
    return texts;
  }

  /** Which one of these fields is there; empty, and a mistake, if none is or more than one. */
  exactlyOne(owner: Json, names: string[]): string {
    let found = "";
    for (let i = 0; i < names.length; i++) {
      if (!owner.has(names[i])) continue;
      if (found.length) {
        this.report(owner.path(), "found " + found + " and " + names[i] + ", allowed: one of them");
        return "";
      }
      found = names[i];
    }
    if (!found.length) this.report(owner.path(), "missing, allowed: exactly one of " + names.join(", "));
    return found;
  }

  /** Every other field of this object is a mistake. */
  unknownFields(owner: Json, allowed: string[]): void {
    for (let i = 0; i < owner.names.length; i++) {
      const name = owner.names[i];
      if (allowed.includes(name)) continue;
      const near = owner.isHidden ? "" : nearest(name, allowed);
      return this.report(owner.items[i].path(), "found an unknown field, allowed: " + allowed.join(", ") + hint(near));
    }
  }

  private field(owner: Json, name: string, kind: JsonKind, allowed: string): Json | null {
    const value = owner.get(name);
    return value && this.is(value, kind, allowed) ? value : null;
  }

  private is(value: Json, kind: JsonKind, allowed: string): bool {
    if (value.kind == kind) return this.ok;
    // What stands where much is allowed may be what belongs inside, such as a secret.
    const inner = kind == JsonKind.Object || kind == JsonKind.Array;
    this.report(value.path(), "found " + (inner && !value.isHidden ? kindOf(value) : value.found()) + ", allowed: " + allowed);
    return false;
  }
}

function wholeNumber(least: i64, most: i64): string {
  const text = "a whole number";
  if (least == i64.MIN_VALUE && most == i64.MAX_VALUE) return text;
  if (most == i64.MAX_VALUE) return text + " from " + least.toString();
  return text + " of " + least.toString() + ".." + most.toString();
}

function kindOf(value: Json): string {
  if (value.kind == JsonKind.String) return "text";
  return value.kind == JsonKind.Number ? "a number" : value.found();
}

function hint(near: string): string { return near.length ? " (did you mean " + near + "?)" : ""; }

/** The word that was probably meant: at most two letters wrong, and less than half of it; empty if there is none. */
export function nearest(word: string, among: string[]): string {
  let best = "";
  let least = 3;
  const lower = word.slice(0, 64).toLowerCase();
  for (let i = 0; i < among.length; i++) {
    const distance = edits(lower, among[i].toLowerCase());
    if (distance >= least || distance * 2 >= max(among[i].length, 1)) continue;
    least = distance;
    best = among[i];
  }
  return best;
}

/** Letters to insert, remove or replace (Levenshtein). */
function edits(a: string, b: string): i32 {
  const row = new StaticArray<i32>(b.length + 1);
  for (let j = 0; j <= b.length; j++) row[j] = j;
  for (let i = 1; i <= a.length; i++) {
    let diagonal = row[0];
    row[0] = i;
    for (let j = 1; j <= b.length; j++) {
      const replaced = diagonal + (a.charCodeAt(i - 1) == b.charCodeAt(j - 1) ? 0 : 1);
      diagonal = row[j];
      row[j] = min(replaced, min(row[j], row[j - 1]) + 1);
    }
  }
  return row[b.length];
}
