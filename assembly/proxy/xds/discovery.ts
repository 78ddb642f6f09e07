/** The two messages of envoy.service.discovery.v3 (discovery.proto) that a subscription needs, state of the world. */
import { FieldReader, writeBytes, writeNumber, writeText } from "../../bytes/protobuf";
import { Writer } from "../../bytes/writer";

export const SERVICE = "envoy.service.discovery.v3.AggregatedDiscoveryService";
export const METHOD = "StreamAggregatedResources";
const TYPE = "type.googleapis.com/meltemi.v1.RouteConfiguration";
/** google.rpc.Code of a refusal. */
const INVALID_ARGUMENT: u64 = 3;

const inner: Writer = new Writer(256);

/** What is asked for, and what became of the answer before. */
@final
export class Request {
  node: string = "";
  cluster: string = "";
  resource: string = "";
  /** Services that were used: asked for as `<resource>?<name>`. */
  names: string[] = [];
  /** Of the configuration in force; empty: none has come. */
  version: string = "";
  /** Of the answer that this is about; empty: of none. */
  nonce: string = "";
  /** Why that answer was refused; empty: it was not. */
  refusal: string = "";

  write(out: Writer): void {
    writeText(out, 1, this.version);
    inner.reset();
    writeText(inner, 1, this.node);
    writeText(inner, 2, this.cluster);
    writeBytes(out, 2, inner.base, inner.length);
    writeText(out, 3, this.resource);
    for (let i = 0; i < this.names.length; i++) writeText(out, 3, this.resource + "?" + this.names[i]);
    writeText(out, 4, TYPE);
    writeText(out, 5, this.nonce);
    if (this.refusal.length == 0) return;
    inner.reset();
    writeNumber(inner, 1, INVALID_ARGUMENT);
    writeText(inner, 2, this.refusal);
    writeBytes(out, 6, inner.base, inner.length);
  }
}

/** An answer, and the configuration in it. */
@final
export class Response {
  version: string = "";
  nonce: string = "";
  /** False: what is asked for is not in it. */
  found: bool = false;
  configuration: string = "";

  /** False: it cannot be read. */
  read(at: usize, size: i32, resource: string): bool {
    const fields = new FieldReader().reset(at, size);
    while (fields.next()) {
      if (fields.field == 1) this.version = fields.text();
      else if (fields.field == 5) this.nonce = fields.text();
      else if (fields.field == 2 && !this.readAny(fields.at, fields.length, resource)) return false;
    }
    return !fields.reader.bad;
  }

  private readAny(at: usize, size: i32, resource: string): bool {
    const any = new FieldReader().reset(at, size), fields = new FieldReader();
    let type = "", name = "", text = "";
    while (any.next()) {
      if (any.field == 1) type = any.text();
      else if (any.field == 2) fields.reset(any.at, any.length);
    }
    if (any.reader.bad) return false;
    if (type != TYPE) return true;
    while (fields.next()) {
      if (fields.field == 1) name = fields.text();
      else if (fields.field == 2) text = fields.text();
    }
    if (fields.reader.bad) return false;
    if (name != resource) return true;
    this.found = true;
    this.configuration = text;
    return true;
  }
}
