import { Json } from "../../bytes/json";
import { Problems } from "../../bytes/problems";
import { Writer } from "../../bytes/writer";
import { KeyResolver } from "../../proxy/match/keyResolver";
import { Metadata, View } from "../../codec/metadata";

/** Labels from metadata, at most; each counts in the number of series that there may be. */
const MAX_LABELS = 4;
/** Bytes of a value that make a difference; the rest is cut off. */
const MAX_VALUE: i32 = 64;
/** Names of the other labels. */
const TAKEN = ["reporter", "request_protocol", "destination_service", "route", "cluster", "outcome", "response_code", "response_flags", "reason", "le"];

const value: View = new View();

/** The labels of a request that come from its metadata. */
@final
export class Labels {
  private names: string[] = [];
  private slots: i32[] = [];

  /** Bytes that stand for the values of one request: for each label a length and what there is of the value. */
  writeKey(metadata: Metadata, out: Writer): void {
    for (let i = 0; i < this.slots.length; i++) {
      const place = metadata.first(unchecked(this.slots[i]));
      if (place < 0) {
        out.u8(0);
        continue;
      }
      metadata.view(place, value);
      const length = min(value.length, MAX_VALUE);
      out.u8(length);
      out.bytes(value.at, length);
    }
  }

  /** The labels as a part of a metric's name, from a key; null: those of the series that stands for all further ones. */
  text(key: Writer | null, from: i32): string {
    let text = "", at = from;
    for (let i = 0; i < this.names.length; i++) {
      let shown = "other";
      if (key) {
        const length = <i32>load<u8>(key.base + at);
        shown = length ? labelValue(String.UTF8.decodeUnsafe(key.base + at + 1, length)) : "unknown";
        at += 1 + length;
      }
      text += this.names[i] + "=.=" + shown + ";.;";
    }
    return text;
  }

  /** {label: request key}; where there is none, `method` is the key `method` or `command` of the codec, if it has one. */
  read(json: Json | null, keys: KeyResolver, problems: Problems): void {
    if (json === null) {
      const known = keys.codec.traits.requestKeys, key = known.includes("method") ? "method" : known.includes("command") ? "command" : "";
      if (key.length) this.add("method", keys.request("labels.method", key, problems));
      return;
    }
    if (json.names.length > MAX_LABELS) return problems.wrong(json, "at most " + MAX_LABELS.toString() + " labels");
    for (let i = 0; i < json.names.length; i++) {
      const name = json.names[i], key = json.items[i];
      if (!isLabel(name) || TAKEN.includes(name)) return problems.report(key.path(), "allowed: a name of a-z, 0-9 and _ that is not one of " + TAKEN.join(", "));
      if (!problems.isText(key)) return;
      this.add(name, keys.request(key.path(), key.text, problems));
    }
  }

  private add(name: string, slot: i32): void {
    this.names.push(name);
    this.slots.push(slot);
  }
}

function isLabel(name: string): bool {
  for (let i = 0; i < name.length; i++) {
    const unit = name.charCodeAt(i), letter = unit >= 0x61 && unit <= 0x7a;
    if (!letter && unit != 0x5f && (i == 0 || unit < 0x30 || unit > 0x39)) return false;
  }
  return name.length > 0 && name.length <= 64;
}

/** A value as a metric's name can carry it: what is not a letter, a digit or one of `_.$:/|@*+-` becomes `_`. */
export function labelValue(text: string): string {
  let out = "";
  for (let i = 0; i < text.length; i++) {
    const unit = text.charCodeAt(i), digit = unit >= 0x30 && unit <= 0x39, letter = (unit | 0x20) >= 0x61 && (unit | 0x20) <= 0x7a;
    out += digit || letter || "_.$:/|@*+-".includes(text.charAt(i)) ? text.charAt(i) : "_";
  }
  return out.length ? out : "-";
}
