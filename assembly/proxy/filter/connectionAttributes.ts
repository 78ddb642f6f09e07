import { Writer } from "../../bytes/writer";
import { connection, destination, source } from "../../host/attributes";
import { Property } from "../../host/property";
import { Frame } from "../../codec/frame";

/** Keys that tell of the client's connection, and Envoy's attributes that they come from. */
const NAMES: StaticArray<string> = [
  "source.address", "source.port", "destination.address", "destination.port", "connection.sni", "connection.mtls",
  "connection.subject", "connection.uri_san", "connection.dns_san", "connection.sha256",
];

/** What metadata tells beside what the codec reads: facts of the connection, and keys that filters supply. */
@final
export class ConnectionAttributes {
  private slots: i32[] = [];
  private names: i32[] = [];
  /** Slots that no message may fill. */
  private own: i32[] = [];

  /** Number of a name among the facts of connections, -1: it is none. */
  static find(name: string): i32 {
    const lower = name.toLowerCase();
    for (let i = 0; i < NAMES.length; i++) if (NAMES[i] == lower) return i;
    return -1;
  }

  static nameOf(fact: i32): string { return NAMES[fact]; }

  /** A fact of connections is asked for. */
  ask(fact: i32, slot: i32): void {
    if (this.slots.includes(slot)) return;
    this.slots.push(slot);
    this.names.push(fact);
    this.own.push(slot);
  }

  /** A filter supplies this slot. */
  keep(slot: i32): void { if (!this.own.includes(slot)) this.own.push(slot); }

  isOwn(slot: i32): bool { return this.own.includes(slot); }
  get isEmpty(): bool { return this.own.length == 0; }

  /** Reads what is asked for of the selected connection. */
  read(): AttributeValues {
    const facts = new AttributeValues();
    for (let i = 0; i < this.slots.length; i++) facts.read(this.slots[i], this.names[i]);
    return facts;
  }

  /** Puts the facts into metadata, in place of whatever the message says under their names. */
  put(f: Frame, facts: AttributeValues): void {
    for (let i = 0; i < this.own.length; i++) f.metadata.remove(unchecked(this.own[i]));
    facts.put(f);
  }
}

/** The facts of one connection: read once. */
@final
export class AttributeValues {
  private bytes: Writer = new Writer(64);
  private slots: i32[] = [];
  private offsets: i32[] = [];
  private lengths: i32[] = [];

  read(slot: i32, fact: i32): void {
    const at = this.bytes.length;
    if (!readFact(fact, this.bytes) || this.bytes.length == at) return;
    this.slots.push(slot);
    this.offsets.push(at);
    this.lengths.push(this.bytes.length - at);
  }

  put(f: Frame): void {
    const from = <i32>(this.bytes.base - f.metadata.base);
    for (let i = 0; i < this.slots.length; i++) f.put(unchecked(this.slots[i]), from + unchecked(this.offsets[i]), unchecked(this.lengths[i]));
  }
}

/** False: the connection does not tell. */
function readFact(fact: i32, out: Writer): bool {
  switch (fact) {
    case 0: return readAddress(source.address, out);
    case 1: return readPort(source.port, out);
    case 2: return readAddress(destination.address, out);
    case 3: return readPort(destination.port, out);
    case 4: return connection.requestedServerName.read(out);
    case 5: return out.text(connection.mtls.isTrue() ? "true" : "false") > 0;
    case 6: return connection.subjectPeerCertificate.read(out);
    case 7: return connection.uriSanPeerCertificate.read(out);
    case 8: return connection.dnsSanPeerCertificate.read(out);
    default: return connection.sha256PeerCertificateDigest.read(out);
  }
}

/** `1.2.3.4:80` and `[::1]:80` without port and brackets. */
function readAddress(property: Property, out: Writer): bool {
  const start = out.length;
  if (!property.read(out)) return false;
  let end = out.length;
  while (end > start && load<u8>(out.base + end - 1) != 0x3a) end--;
  if (end == start) return true;
  out.length = end - 1;
  if (load<u8>(out.base + start) != 0x5b || out.length - start < 2) return true;
  const inner = out.length - start - 2;
  memory.copy(out.base + start, out.base + start + 1, inner);
  out.length = start + inner;
  return true;
}

function readPort(property: Property, out: Writer): bool {
  const port = property.number(-1);
  return port >= 0 && out.text(port.toString()) > 0;
}
