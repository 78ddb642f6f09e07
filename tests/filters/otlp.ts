/** What a filter sent to its collector, in the emulator: OTLP's protobuf (opentelemetry-proto v1) as plain objects. */
import type { HttpCall } from "../../harness/emulator/calls.ts";
import type { Emulator } from "../../harness/emulator/index.ts";

type Fields = Map<number, (bigint | Buffer)[]>;

export type Values = Record<string, string | number>;
export interface Span {
  trace: string; id: string; parent: string; state: string; name: string; kind: number; start: bigint; end: bigint;
  attributes: Values; error: boolean; message: string;
}
export interface LogRecord { time: bigint; severity: number; body: string; attributes: Values; trace: string; span: string }

/** Calls to a collector that have not been answered yet. */
export function callsTo(emulator: Emulator, cluster: string): HttpCall[] { return emulator.calls.http.filter((call) => call.cluster === cluster); }

export function spansOf(call: HttpCall): { resource: Values; spans: Span[] } {
  const { resource, items } = unwrap(call.body);
  return { resource, spans: items.map(spanOf) };
}

export function logsOf(call: HttpCall): { resource: Values; records: LogRecord[] } {
  const { resource, items } = unwrap(call.body);
  return { resource, records: items.map(recordOf) };
}

function unwrap(body: Buffer): { resource: Values; items: Fields[] } {
  const resourced = read(bytes(read(body), 1)), scoped = read(bytes(resourced, 2));
  return { resource: attributes(read(bytes(resourced, 1)).get(1)), items: (scoped.get(2) ?? []).map((item) => read(item as Buffer)) };
}

function spanOf(f: Fields): Span {
  const status = read(bytes(f, 15));
  return {
    trace: bytes(f, 1).toString("hex"), id: bytes(f, 2).toString("hex"), parent: bytes(f, 4).toString("hex"), state: bytes(f, 3).toString(),
    name: bytes(f, 5).toString(), kind: number(f, 6), start: big(f, 7), end: big(f, 8),
    attributes: attributes(f.get(9)), error: number(status, 3) === 2, message: bytes(status, 2).toString(),
  };
}

function recordOf(f: Fields): LogRecord {
  return {
    time: big(f, 1), severity: number(f, 2), body: bytes(read(bytes(f, 5)), 1).toString(), attributes: attributes(f.get(6)),
    trace: bytes(f, 9).toString("hex"), span: bytes(f, 10).toString("hex"),
  };
}

function attributes(list: (bigint | Buffer)[] = []): Values {
  return Object.fromEntries(list.map((item) => {
    const pair = read(item as Buffer), value = read(bytes(pair, 2));
    return [bytes(pair, 1).toString(), value.has(1) ? bytes(value, 1).toString() : Number(BigInt.asIntN(64, big(value, 3)))];
  }));
}

const bytes = (f: Fields, field: number): Buffer => (f.get(field)?.[0] as Buffer | undefined) ?? Buffer.alloc(0);
const big = (f: Fields, field: number): bigint => (f.get(field)?.[0] as bigint | undefined) ?? 0n;
const number = (f: Fields, field: number): number => Number(big(f, field));

/** Fields of a message by number; throws at bytes that are none. */
function read(message: Buffer): Fields {
  const fields: Fields = new Map();
  let at = 0;
  const varint = (): bigint => {
    let value = 0n;
    for (let shift = 0n; ; shift += 7n) {
      const byte = message.readUInt8(at++);
      value |= BigInt(byte & 0x7f) << shift;
      if (byte < 0x80) return value;
    }
  };
  const piece = (length: number): Buffer => {
    if (length > message.length - at) throw new RangeError("a field is longer than its message");
    return message.subarray(at, at += length);
  };
  while (at < message.length) {
    const tag = varint(), field = Number(tag >> 3n), type = Number(tag & 7n);
    const value = type === 0 ? varint() : type === 1 ? piece(8).readBigUInt64LE() : type === 5 ? BigInt(piece(4).readUInt32LE()) : type === 2 ? piece(Number(varint())) : null;
    if (value === null) throw new RangeError(`wire type ${type}`);
    fields.set(field, [...fields.get(field) ?? [], value]);
  }
  return fields;
}
