import { BinaryReader, BinaryWriter, WireType } from "@bufbuild/protobuf/wire";

/** What Nacos 2 and 3 send over gRPC (nacos_grpc_service.proto): the name of a Java class, and its fields as JSON. */
export interface Payload { type: string; body: Record<string, unknown> }

// message Payload { Metadata metadata = 2; google.protobuf.Any body = 3; }
// message Metadata { string type = 3; map<string, string> headers = 7; string clientIp = 8; }
const METADATA = 2, BODY = 3, TYPE = 3, CLIENT_IP = 8, ANY_VALUE = 2;

export function encodePayload({ type, body }: Payload): Buffer {
  const metadata = new BinaryWriter().tag(TYPE, WireType.LengthDelimited).string(type).tag(CLIENT_IP, WireType.LengthDelimited).string("127.0.0.1").finish();
  const any = new BinaryWriter().tag(ANY_VALUE, WireType.LengthDelimited).bytes(Buffer.from(JSON.stringify(body))).finish();
  return Buffer.from(new BinaryWriter().tag(METADATA, WireType.LengthDelimited).bytes(metadata).tag(BODY, WireType.LengthDelimited).bytes(any).finish());
}

export function decodePayload(bytes: Uint8Array): Payload {
  const fields = lengthDelimited(bytes);
  const type = lengthDelimited(fields.get(METADATA) ?? new Uint8Array()).get(TYPE);
  const json = lengthDelimited(fields.get(BODY) ?? new Uint8Array()).get(ANY_VALUE);
  const body: unknown = json === undefined || json.length === 0 ? {} : JSON.parse(Buffer.from(json).toString("utf8"));
  return { type: Buffer.from(type ?? []).toString("utf8"), body: typeof body === "object" && body !== null ? body as Record<string, unknown> : {} };
}

/** The last value of each field that has a length; others are passed over. */
function lengthDelimited(bytes: Uint8Array): Map<number, Uint8Array> {
  const reader = new BinaryReader(bytes), fields = new Map<number, Uint8Array>();
  while (reader.pos < reader.len) {
    const [field, wire] = reader.tag();
    if (wire === WireType.LengthDelimited) fields.set(field, reader.bytes());
    else reader.skip(wire, field);
  }
  return fields;
}
