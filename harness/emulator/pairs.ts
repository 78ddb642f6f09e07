/** Header maps on their way in and out of the guest: u32 count, u32 key and value length each, then key\0value\0 each. */
export type Pairs = [string, string][];

export function encodePairs(pairs: Pairs): Buffer {
  if (pairs.length === 0) return Buffer.alloc(0);
  const head = Buffer.alloc(4 + 8 * pairs.length);
  head.writeUInt32LE(pairs.length, 0);
  const parts: Buffer[] = [head];
  pairs.forEach(([key, value], i) => {
    head.writeUInt32LE(Buffer.byteLength(key), 4 + 8 * i);
    head.writeUInt32LE(Buffer.byteLength(value), 8 + 8 * i);
    parts.push(Buffer.from(`${key}\0${value}\0`));
  });
  return Buffer.concat(parts);
}

/** null if the bytes are not a map. */
export function decodePairs(bytes: Buffer): Pairs | null {
  if (bytes.length < 4) return bytes.length === 0 ? [] : null;
  const count = bytes.readUInt32LE(0);
  if (count > 1024 || bytes.length < 4 + 8 * count) return null;
  let at = 4 + 8 * count;
  const pairs: Pairs = [];
  for (let i = 0; i < count; i++) {
    const key = bytes.readUInt32LE(4 + 8 * i), value = bytes.readUInt32LE(8 + 8 * i);
    if (at + key + value + 2 > bytes.length) return null;
    pairs.push([bytes.toString("utf8", at, at + key), bytes.toString("utf8", at + key + 1, at + key + 1 + value)]);
    at += key + value + 2;
  }
  return pairs;
}
