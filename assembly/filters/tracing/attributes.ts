import { Json } from "../../bytes/json";
import { Problems } from "../../bytes/problems";
import { utf8Bytes } from "../../bytes/utf8";
import { Writer } from "../../bytes/writer";
import { KeyResolver } from "../../proxy/match/keyResolver";
import { Frame } from "../../codec/frame";
import { Metadata, View } from "../../codec/metadata";
import { writeTextAttribute } from "../otlp/proto";
import { Convention, firstKey } from "./conventions";
import { appendCut } from "./export";
import { MAX_NAME, OpenSpan } from "./span";

/** Field of a Span. */
const ATTRIBUTES: i32 = 9;
const MAX_ATTRIBUTES = 16;
const SLASH: i32 = 0x2f;

const value: View = new View();
const name: Writer = new Writer(64);

/** What spans say of a request: the convention's attributes, and those that the configuration adds. */
@final
export class Attributes {
  /** The same for all, as fields 9 of a Span. */
  private fixed: Writer = new Writer(64);
  private names: Array<StaticArray<u8>> = [];
  private slots: i32[] = [];
  private scopeSlot: i32 = -1;
  private operationSlot: i32 = -1;
  private operation: StaticArray<u8> = new StaticArray<u8>(0);
  /** Of a span that has no better name. */
  private system: StaticArray<u8> = new StaticArray<u8>(0);

  constructor(private convention: Convention) {}

  /** `more`: {attribute: request key}; one of the convention's takes its place. */
  configure(system: string, more: Json | null, keys: KeyResolver, problems: Problems): void {
    const convention = this.convention;
    this.system = utf8Bytes(system);
    for (let i = 0; i < convention.systems.length; i++) this.fix(convention.systems[i], this.system);
    this.scopeSlot = this.ask(convention.scope, convention.scopeKeys, more, keys, problems);
    this.operationSlot = this.ask(convention.operation, convention.operationKeys, more, keys, problems);
    this.operation = utf8Bytes(convention.operation);
    if (this.scopeSlot >= 0) this.add(convention.scope, this.scopeSlot);
    if (!more) return;
    if (more.names.length > MAX_ATTRIBUTES) return problems.wrong(more, "at most " + MAX_ATTRIBUTES.toString() + " attributes");
    for (let i = 0; i < more.names.length; i++) {
      const attribute = more.names[i], key = more.items[i];
      if (!problems.isText(key)) return;
      if (attribute != convention.scope && attribute != convention.operation) this.add(attribute, keys.request(key.path(), key.text, problems));
    }
  }

  /** Fills in name and attributes. */
  describe(f: Frame, span: OpenSpan): void {
    const metadata = f.metadata, out = span.attributes;
    out.bytes(this.fixed.base, this.fixed.length);
    for (let i = 0; i < this.slots.length; i++) {
      if (find(metadata, unchecked(this.slots[i]))) writeTextAttribute(out, ATTRIBUTES, unchecked(this.names[i]), value.at, value.length);
    }
    this.name(metadata);
    if (name.length) {
      writeTextAttribute(out, ATTRIBUTES, this.operation, name.base, name.length);
      span.name.bytes(name.base, name.length);
    } else {
      span.name.bytes(changetype<usize>(this.system), this.system.length);
    }
  }

  private name(metadata: Metadata): void {
    name.reset();
    if (!find(metadata, this.operationSlot)) return;
    const at = value.at, length = value.length;
    if (this.convention.qualified && find(metadata, this.scopeSlot)) {
      appendCut(name, value.at, value.length, MAX_NAME);
      name.u8(SLASH);
    }
    appendCut(name, at, length, MAX_NAME);
  }

  private ask(attribute: string, known: string[], more: Json | null, keys: KeyResolver, problems: Problems): i32 {
    const given = more ? more.get(attribute) : null;
    if (given && !problems.isText(given)) return -1;
    const key = given ? given.text : firstKey(keys, known);
    return key.length ? keys.request("attributes." + attribute, key, problems) : -1;
  }

  private fix(attribute: string, text: StaticArray<u8>): void {
    writeTextAttribute(this.fixed, ATTRIBUTES, utf8Bytes(attribute), changetype<usize>(text), text.length);
  }

  private add(attribute: string, slot: i32): void {
    this.names.push(utf8Bytes(attribute));
    this.slots.push(slot);
  }
}

/** Points `value` at the first value of a key. */
function find(metadata: Metadata, slot: i32): bool {
  const place = slot < 0 ? -1 : metadata.first(slot);
  if (place >= 0) metadata.view(place, value);
  return place >= 0;
}
