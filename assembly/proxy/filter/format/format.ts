import { Problems } from "../../../bytes/problems";
import { cutUtf8 } from "../../../bytes/utf8";
import { Writer } from "../../../bytes/writer";
import { KeyResolver } from "../../match/keyResolver";
import { Frame } from "../../../codec/frame";
import { Exchange } from "../../exchange/exchange";
import { Metadata, View } from "../../../codec/metadata";
import { escapeFrom } from "./escape";
import * as facts from "./facts";
import { SavedValues, SavedValueReader } from "../../exchange/savedValues";
import { Moment } from "./moment";
import { FormatParser } from "./parse";
import { Operator, Part, PropertyType } from "./parts";

const value: View = new View();
/** The value of a property. */
const read: Writer = new Writer(256);

/** A text with values of an exchange in it, compiled at configure time. Writing it allocates nothing. */
@final
export class Format {
  /** A value of the request must be kept, with `keepRequest`. */
  keepsRequest: bool = false;
  /** A value of a reply must be kept, with `keepReply`. */
  keepsReply: bool = false;

  constructor(private parts: Part[], private moment: Moment) {
    for (let i = 0; i < parts.length; i++) {
      if (parts[i].isOfRequest && moment != Moment.Request) this.keepsRequest = true;
      if (parts[i].operator == Operator.Reply && moment == Moment.End) this.keepsReply = true;
    }
  }

  /** It holds nothing but text. */
  get isPlain(): bool { return this.parts.length == 0 || (this.parts.length == 1 && this.parts[0].operator == Operator.Literal); }

  /** The text of one that is plain. */
  writePlain(out: Writer): void {
    for (let i = 0; i < this.parts.length; i++) out.bytes(changetype<usize>(this.parts[i].literal), this.parts[i].literal.length);
  }

  /** At onRequest: keeps what `write` will need. */
  keepRequest(f: Frame, kept: SavedValues): void {
    for (let i = 0; this.keepsRequest && i < this.parts.length; i++) {
      const part = unchecked(this.parts[i]);
      if (part.isOfRequest) keep(kept.request, findRequest(part, f.metadata));
    }
  }

  /** At onReply. Of several replies the last counts: the first of the formats that share `kept` clears `kept.reply`. */
  keepReply(f: Frame, kept: SavedValues): void {
    for (let i = 0; this.keepsReply && i < this.parts.length; i++) {
      const part = unchecked(this.parts[i]);
      if (part.operator == Operator.Reply) keep(kept.reply, findKey(part, f.metadata));
    }
  }

  /**
   * Appends the text. `f` is the message at hand, null at the end; `kept` what was kept, null if nothing was. What is absent or
   * hidden is written as `absent`; false if there was no value for any of its operators. `escaped`: nothing in a value can be
   * taken for a part of the text around it, or for another line.
   */
  write(x: Exchange, f: Frame | null, kept: SavedValues | null, out: Writer, absent: string = "-", escaped: bool = false): bool {
    let operators = 0, found = 0;
    for (let i = 0; i < this.parts.length; i++) {
      const part = unchecked(this.parts[i]);
      if (part.operator == Operator.Literal) {
        out.bytes(changetype<usize>(part.literal), part.literal.length);
        continue;
      }
      const before = out.length;
      operators++;
      if (this.writePart(part, x, f, kept, out)) {
        found++;
        out.length = before + cutUtf8(out.base + before, out.length - before, part.limit);
        if (escaped) escapeFrom(out, before);
      } else {
        out.text(absent);
      }
    }
    return operators == 0 || found > 0;
  }

  private writePart(part: Part, x: Exchange, f: Frame | null, kept: SavedValues | null, out: Writer): bool {
    if (part.isOfRequest) {
      if (this.moment != Moment.Request) return kept !== null && writeKept(kept.request, out);
      return f !== null && writeValue(findRequest(part, f.metadata), out);
    }
    if (part.operator == Operator.Reply) {
      if (this.moment == Moment.End) return kept !== null && writeKept(kept.reply, out);
      return f !== null && writeValue(findKey(part, f.metadata), out);
    }
    return writeFact(part.operator, x, out);
  }
}

function writeFact(operator: Operator, x: Exchange, out: Writer): bool {
  switch (operator) {
    case Operator.RouteName: return facts.writeRoute(x, out);
    case Operator.Cluster: return facts.writeCluster(x, out);
    case Operator.UpstreamHost: return facts.writeUpstreamHost(x, out);
    case Operator.StartTime: return facts.writeStart(x, out);
    case Operator.Duration: return facts.writeDuration(x, out);
    case Operator.BytesReceived: return facts.writeNumber(x.requestBytes, out);
    case Operator.BytesSent: return facts.writeNumber(x.responseBytes, out);
    case Operator.ResponseFlags: return facts.writeFlags(x, out);
    case Operator.ResponseCode: return facts.writeCode(x, out);
    case Operator.ResponseCodeDetails: return facts.writeReason(x, out);
    default: return facts.writeNumber(x.attempts, out);
  }
}

/** Points `value` at a value of the request; false if there is none. */
function findRequest(part: Part, metadata: Metadata): bool {
  const property = part.property;
  if (!property) return findKey(part, metadata);
  read.reset();
  if (!property.read(read) || read.length == 0) return false;
  if (part.propertyType != PropertyType.Bytes) rewriteNumber(part.propertyType);
  value.at = read.base;
  value.length = read.length;
  return true;
}

/** A number of the host, little endian, or a truth value becomes text. */
function rewriteNumber(type: PropertyType): void {
  if (type == PropertyType.Number && read.length == 8) {
    const number = load<i64>(read.base);
    read.reset();
    facts.writeNumber(number, read);
  } else if (type == PropertyType.Bool && read.length == 1) {
    const truth = load<u8>(read.base) != 0;
    read.reset();
    read.text(truth ? "true" : "false");
  }
}

/** The first value of the first key that has one. */
function findKey(part: Part, metadata: Metadata): bool {
  let place = metadata.first(part.slot);
  if (place < 0 && part.otherSlot >= 0) place = metadata.first(part.otherSlot);
  if (place < 0) return false;
  metadata.view(place, value);
  return true;
}

function keep(values: SavedValueReader, found: bool): void {
  if (found) values.add(value.at, value.length);
  else values.addAbsent();
}

function writeKept(values: SavedValueReader, out: Writer): bool {
  const length = values.next();
  if (length < 0) return false;
  out.bytes(values.found, length);
  return true;
}

function writeValue(found: bool, out: Writer): bool {
  if (found) out.bytes(value.at, value.length);
  return found;
}

/** A format of the configuration, null after a problem. Its keys are asked for. */
export function readFormat(path: string, text: string, moment: Moment, keys: KeyResolver, problems: Problems): Format | null {
  const parts = new FormatParser(path, text, moment, keys, problems).parse();
  return problems.ok ? new Format(parts, moment) : null;
}
