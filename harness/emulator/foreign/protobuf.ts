/** Fields of a protobuf message of texts and varints; null if it is not one. Groups and fixed numbers are not known. */
export function readMessage(bytes: Buffer): Map<number, Buffer | number> | null {
  const fields = new Map<number, Buffer | number>();
  let at = 0;
  const varint = (): number => {
    let value = 0;
    for (let shift = 0; shift < 35; shift += 7) {
      const byte = bytes[at++] ?? NaN;
      value += (byte & 0x7f) * 2 ** shift;
      if (!(byte & 0x80)) return Number.isNaN(byte) ? NaN : value;
    }
    return NaN;
  };
  while (at < bytes.length) {
    const tag = varint(), value = varint();
    if (Number.isNaN(tag + value) || tag < 8) return null;
    if ((tag & 7) === 0) fields.set(tag >> 3, value);
    else if ((tag & 7) === 2 && at + value <= bytes.length) fields.set(tag >> 3, bytes.subarray(at, at += value));
    else return null;
  }
  return fields;
}

/** A message of these fields; empty texts, zero and false are left out, as proto3 has it. */
export function writeMessage(fields: [number, Buffer | string | boolean][]): Buffer {
  const parts: Buffer[] = [];
  for (const [field, value] of fields) {
    if (typeof value === "boolean") {
      if (value) parts.push(Buffer.from([field << 3, 1]));
      continue;
    }
    const bytes = Buffer.from(value);
    if (bytes.length > 0) parts.push(Buffer.from([field << 3 | 2]), varint(bytes.length), bytes);
  }
  return Buffer.concat(parts);
}

function varint(value: number): Buffer {
  const bytes: number[] = [];
  for (; value > 0x7f; value >>>= 7) bytes.push(value & 0x7f | 0x80);
  return Buffer.from([...bytes, value]);
}
