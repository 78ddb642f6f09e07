/** Messages of envoy.service.ratelimit.v3: what is written of a request and read of a response. */
import { FieldReader, WireType, writeBytes, writeNumber, writeText } from "../../bytes/protobuf";
import { Writer } from "../../bytes/writer";

export const SERVICE = "envoy.service.ratelimit.v3.RateLimitService";
export const METHOD = "ShouldRateLimit";

export enum Code {
  /** Bytes that are no response, or one that decides nothing. */
  Unknown = 0,
  Ok = 1,
  OverLimit = 2,
}

const entry: Writer = new Writer(256);
const reader = new FieldReader();

/** RateLimitDescriptor.Entry { key = 1, value = 2 }, as a field `entries = 1` of a descriptor. */
export function writeEntry(out: Writer, key: StaticArray<u8>, at: usize, length: i32): void {
  entry.reset();
  writeBytes(entry, 1, changetype<usize>(key), key.length);
  writeBytes(entry, 2, at, length);
  writeBytes(out, 1, entry.base, entry.length);
}

/** RateLimitRequest { domain = 1, descriptors = 2, hits_addend = 3 }: its beginning; descriptors follow. */
export function beginRequest(out: Writer, domain: string): void {
  out.reset();
  writeText(out, 1, domain);
  writeNumber(out, 3, 1);
}

export function writeDescriptor(out: Writer, descriptor: Writer): void { writeBytes(out, 2, descriptor.base, descriptor.length); }

/** RateLimitResponse { overall_code = 1 }. */
export function overallCode(at: usize, length: i32): Code {
  let code: u64 = 0;
  reader.reset(at, length);
  while (reader.next()) if (reader.field == 1 && reader.type == WireType.Varint) code = reader.value;
  if (reader.reader.bad) return Code.Unknown;
  return code == Code.Ok ? Code.Ok : code == Code.OverLimit ? Code.OverLimit : Code.Unknown;
}
