import { BinaryReader, BinaryWriter, WireType } from "@bufbuild/protobuf/wire";

/** The messages of etcd's API v3 (rpc.proto, kv.proto) that a reader of a prefix needs, each with the fields that it needs. */

/** The keys of a prefix, and the revision at which they were read. */
export interface Keys { revision: bigint; keys: string[] }

export interface WatchAnswer {
  /** Set: this watch is over, and why. */
  canceled?: string;
  events: { key: string; deleted: boolean }[];
}

const bytesField = (writer: BinaryWriter, field: number, value: Uint8Array): BinaryWriter => writer.tag(field, WireType.LengthDelimited).bytes(value);
const flag = (writer: BinaryWriter, field: number): BinaryWriter => writer.tag(field, WireType.Varint).bool(true);

/** Fields of text, in the order of their numbers from 1: AuthenticateRequest, PutRequest, DeleteRangeRequest. */
export function textFields(...texts: string[]): BinaryWriter {
  return texts.reduce((writer, text, i) => writer.tag(i + 1, WireType.LengthDelimited).string(text), new BinaryWriter());
}

/** RangeRequest, or the first fields of WatchCreateRequest: all keys that begin with a prefix, which ends with a slash. */
function prefixFields(prefix: string): BinaryWriter {
  const from = Buffer.from(prefix), to = Buffer.from(prefix);
  to[to.length - 1]!++;
  return bytesField(bytesField(new BinaryWriter(), 1, from), 2, to);
}

export const rangeRequest = (prefix: string): Uint8Array => flag(prefixFields(prefix), 8 /* keys_only */).finish();

export function watchRequest(prefix: string, revision: bigint): Uint8Array {
  const create = prefixFields(prefix).tag(3 /* start_revision */, WireType.Varint).int64(revision);
  return bytesField(new BinaryWriter(), 1, flag(create, 8 /* fragment */).finish()).finish();
}

export function readKeys(bytes: Uint8Array): Keys {
  const answer: Keys = { revision: 0n, keys: [] };
  readFields(bytes, {
    1: (header) => readFields(header.bytes(), { 3: (reader) => { answer.revision = BigInt(reader.int64()); } }),
    2: (reader) => { answer.keys.push(readKey(reader.bytes())); },
  });
  return answer;
}

export function readWatchAnswer(bytes: Uint8Array): WatchAnswer {
  const answer: WatchAnswer = { events: [] };
  let canceled = false, compacted = 0n, reason = "";
  readFields(bytes, {
    4: (reader) => { canceled = reader.bool(); },
    5: (reader) => { compacted = BigInt(reader.int64()); },
    6: (reader) => { reason = reader.string(); },
    11: (reader) => { answer.events.push(readEvent(reader.bytes())); },
  });
  if (compacted > 0n) reason = `the history before revision ${compacted} is compacted`;
  if (canceled || compacted > 0n) answer.canceled = reason || "no reason given";
  return answer;
}

/** AuthenticateResponse. */
export function readToken(bytes: Uint8Array): string {
  let token = "";
  readFields(bytes, { 2: (reader) => { token = reader.string(); } });
  return token;
}

function readEvent(bytes: Uint8Array): { key: string; deleted: boolean } {
  const event = { key: "", deleted: false };
  readFields(bytes, { 1: (reader) => { event.deleted = reader.int32() === 1; }, 2: (reader) => { event.key = readKey(reader.bytes()); } });
  return event;
}

function readKey(keyValue: Uint8Array): string {
  let key = "";
  readFields(keyValue, { 1: (reader) => { key = Buffer.from(reader.bytes()).toString("utf8"); } });
  return key;
}

/** Calls what is given for a field's number; other fields are passed over. Throws an Error where the bytes are no message. */
export function readFields(bytes: Uint8Array, take: Record<number, (reader: BinaryReader) => void>): void {
  const reader = new BinaryReader(bytes);
  while (reader.pos < reader.len) {
    const [field, wire] = reader.tag();
    if (take[field]) take[field](reader);
    else reader.skip(wire, field);
  }
}
