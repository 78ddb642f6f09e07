import { Json } from "../../bytes/json";
import { PairWriter } from "../../bytes/pairs";
import { Problems } from "../../bytes/problems";
import { utf8Bytes } from "../../bytes/utf8";
import { Writer } from "../../bytes/writer";
import { KeyResolver } from "../../proxy/match/keyResolver";
import { Metadata, Presence, View } from "../../codec/metadata";

const HEX = "0123456789abcdef";
/** Headers that say something of the call itself. */
const RESERVED = ["host", "connection", "content-length", "transfer-encoding", "te", "upgrade", "expect", "keep-alive", "trailer"];

const value: View = new View(), safe: Writer = new Writer(256);

/** A header of the call: all values of a metadata key, one header for each. */
@final
export class SentHeader {
  private name: StaticArray<u8>;

  constructor(name: string, private slot: i32) { this.name = utf8Bytes(name); }

  /** False: the key may be there and cannot be read, so nobody can decide on it. */
  write(metadata: Metadata, headers: PairWriter): bool {
    if (metadata.presence(this.slot) == Presence.Hidden || !metadata.isWhole(this.slot)) return false;
    for (let place = metadata.first(this.slot); place >= 0; place = metadata.next(place)) {
      safe.reset();
      sanitise(metadata.view(place, value), safe);
      headers.addBytes(changetype<usize>(this.name), this.name.length, safe.base, safe.length);
    }
    return true;
  }
}

/** {"header": "metadata key"} */
export function readSent(config: Json, keys: KeyResolver, problems: Problems): SentHeader[] {
  const sent: SentHeader[] = [], fields = problems.object(config, "headers");
  for (let i = 0; fields && i < fields.names.length && problems.isText(fields.items[i]); i++) {
    const name = readName(fields.names[i], fields.items[i].path(), problems);
    sent.push(new SentHeader(name, keys.request(fields.items[i].path(), fields.items[i].text, problems)));
  }
  return sent;
}

/** A header's name in lower case. */
export function readName(name: string, path: string, problems: Problems): string {
  const lower = name.toLowerCase();
  let good = lower.length > 0 && !RESERVED.includes(lower);
  for (let i = 0; i < lower.length; i++) {
    const unit = lower.charCodeAt(i);
    good = good && ((unit >= 0x61 && unit <= 0x7a) || (unit >= 0x30 && unit <= 0x39) || unit == 0x2d || unit == 0x5f || unit == 0x2e);
  }
  if (!good) problems.report(path, "allowed: names of headers of letters, digits and -_., except those of the call itself");
  return lower;
}

/**
 * What no header may hold goes as %xx: everything but printable ASCII, blanks at the ends, and % itself, so that different
 * values stay different.
 */
function sanitise(value: View, out: Writer): void {
  const last = value.length - 1;
  for (let i = 0; i <= last; i++) {
    const byte = <i32>load<u8>(value.at + i);
    if (byte > 0x20 && byte < 0x7f && byte != 0x25) out.u8(byte);
    else if (byte == 0x20 && i > 0 && i < last) out.u8(byte);
    else {
      out.u8(0x25);
      out.u8(HEX.charCodeAt(byte >> 4));
      out.u8(HEX.charCodeAt(byte & 15));
    }
  }
}
