import { Json } from "../../bytes/json";
import { Problems } from "../../bytes/problems";
import { utf8Bytes, utf8Length } from "../../bytes/utf8";
import { Writer } from "../../bytes/writer";
import { KeyResolver } from "../../proxy/match/keyResolver";
import { Exchange } from "../../proxy/exchange/exchange";
import { Metadata, Presence, View } from "../../codec/metadata";
import { writeDescriptor, writeEntry } from "./message";

/** Of one request, at most: a key with many values makes many. */
const MAX_DESCRIPTORS: i32 = 64;
const MAX_BYTES: i32 = 1 << 20;
/** What stands for a byte that is no UTF-8, as in Envoy. */
const REPLACEMENT: i32 = 0x21;

/** What the descriptors of a request are. */
export enum Described { Nothing, Something, /** A key cannot be read. */ Hidden, TooMuch }

const FROM = ["property", "value", "from"];
const value: View = new View();
const text: Writer = new Writer(256);
const descriptor: Writer = new Writer(512);

/** One entry of a descriptor: a key, and where its value comes from. */
@final
class Entry {
  slot: i32 = -1;
  fixed: StaticArray<u8> = new StaticArray<u8>(0);
  route: bool = false;

  constructor(public key: StaticArray<u8>) {}
}

/** A list of entries, which are sent together. */
@final
export class Descriptor {
  private entries: Entry[] = [];

  /** Reads one item of `descriptors`; what is wrong goes to `problems`. */
  constructor(json: Json, keys: KeyResolver, problems: Problems) {
    if (problems.isArray(json) && json.items.length == 0) problems.wrong(json, "a list of entries");
    for (let i = 0; i < json.items.length && problems.ok; i++) this.read(json.items[i], keys, problems);
  }

  private read(item: Json, keys: KeyResolver, problems: Problems): void {
    if (!problems.isObject(item)) return;
    problems.unknownFields(item, ["descriptorKey"].concat(FROM));
    const entry = new Entry(utf8Bytes(problems.needText(item, "descriptorKey"))), kind = problems.exactlyOne(item, FROM);
    if (!problems.ok) return;
    if (kind == "property") entry.slot = keys.request(item.path() + ".property", problems.needText(item, kind), problems);
    else if (kind == "value") entry.fixed = utf8Bytes(problems.needText(item, kind));
    else if (problems.oneOf(item, kind, ["route", "service"], "") == "route") entry.route = true;
    else if (keys.service.length == 0 && problems.ok) problems.report(item.path() + ".from", 'found "service", but the service has no name');
    else entry.fixed = utf8Bytes(keys.service);
    this.entries.push(entry);
  }

  /** Adds the descriptors of a request to the message: none if it lacks a key, one for each value of a key. `count` have gone before. */
  describe(x: Exchange, metadata: Metadata, count: i32, out: Writer): Described {
    let hidden = false;
    for (let i = 0; i < this.entries.length; i++) {
      const entry = unchecked(this.entries[i]);
      if (entry.slot >= 0 && metadata.presence(entry.slot) == Presence.Hidden) hidden = true;
      // Or all combinations of the other entries' values would be made for nothing.
      else if (!hasValue(entry, x, metadata)) return Described.Nothing;
    }
    if (hidden) return Described.Hidden;
    written = count;
    descriptor.reset();
    this.combine(0, x, metadata, out);
    return written > MAX_DESCRIPTORS || out.length > MAX_BYTES ? Described.TooMuch : written > count ? Described.Something : Described.Nothing;
  }

  /** Each combination of the values of the entries from one on. */
  private combine(from: i32, x: Exchange, metadata: Metadata, out: Writer): void {
    if (written > MAX_DESCRIPTORS || out.length > MAX_BYTES) return;
    if (from == this.entries.length) {
      written++;
      writeDescriptor(out, descriptor);
      return;
    }
    const entry = unchecked(this.entries[from]);
    if (entry.slot < 0) return this.one(entry, from, fixedValue(entry, x), x, metadata, out);
    for (let place = metadata.first(entry.slot); place >= 0; place = metadata.next(place)) {
      this.one(entry, from, cleanValue(metadata.view(place, value)), x, metadata, out);
    }
  }

  private one(entry: Entry, at: i32, bytes: Writer, x: Exchange, metadata: Metadata, out: Writer): void {
    if (bytes.length == 0) return;
    const before = descriptor.length;
    writeEntry(descriptor, entry.key, bytes.base, bytes.length);
    this.combine(at + 1, x, metadata, out);
    descriptor.length = before;
  }
}

/** True if it has a value that is not empty. */
function hasValue(entry: Entry, x: Exchange, metadata: Metadata): bool {
  if (entry.slot < 0) return fixedValue(entry, x).length > 0;
  for (let place = metadata.first(entry.slot); place >= 0; place = metadata.next(place)) if (metadata.view(place, value).length > 0) return true;
  return false;
}

let written: i32 = 0;
/** Descriptors of the request at hand. */
export function descriptorsWritten(): i32 { return written; }

function fixedValue(entry: Entry, x: Exchange): Writer {
  text.reset();
  const route = x.route;
  if (!entry.route) text.bytes(changetype<usize>(entry.fixed), entry.fixed.length);
  else if (route) text.text(route.name);
  return text;
}

/** A server would refuse a message whose texts are no UTF-8, and so a client could get round its limit. */
function cleanValue(value: View): Writer {
  text.reset();
  for (let i = 0; i < value.length;) {
    const n = utf8Length(value.at + i, value.length - i);
    if (n > 0) text.bytes(value.at + i, n);
    else text.u8(REPLACEMENT);
    i += max(1, n);
  }
  return text;
}
