/** Header maps on their way in and out of the guest: u32 count, u32 key and value length each, then key\0value\0 each. */
export type Pairs = [string, string][];

/** What the host takes at most. */
const MAX_PAIRS = 1024, MAX_BYTES = 1 << 20;

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

/** What is no map, or too large, is an empty one to the host (PairsUtil::toPairs). */
export function decodePairs(bytes: Buffer): Pairs {
  if (bytes.length < 4 || bytes.length > MAX_BYTES) return [];
  const count = bytes.readUInt32LE(0);
  if (count > MAX_PAIRS || bytes.length < 4 + 8 * count) return [];
  let at = 4 + 8 * count;
  const pairs: Pairs = [];
  for (let i = 0; i < count; i++) {
    const key = bytes.readUInt32LE(4 + 8 * i), value = bytes.readUInt32LE(8 + 8 * i), end = at + key + value + 2;
    if (end > bytes.length || bytes[at + key] !== 0 || bytes[end - 1] !== 0) return [];
    pairs.push([bytes.toString("utf8", at, at + key), bytes.toString("utf8", at + key + 1, end - 1)]);
    at = end;
  }
  return at === bytes.length ? pairs : [];
}
