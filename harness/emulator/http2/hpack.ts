import { huffman } from "./huffman.ts";

/** RFC 7541 appendix A: [name, value], index 1 first. */
const STATIC: [string, string][] = [
  [":authority", ""], [":method", "GET"], [":method", "POST"], [":path", "/"], [":path", "/index.html"], [":scheme", "http"],
  [":scheme", "https"], [":status", "200"], [":status", "204"], [":status", "206"], [":status", "304"], [":status", "400"],
  [":status", "404"], [":status", "500"], ...[
    "accept-charset", "accept-encoding", "accept-language", "accept-ranges", "accept", "access-control-allow-origin", "age", "allow",
    "authorization", "cache-control", "content-disposition", "content-encoding", "content-language", "content-length",
    "content-location", "content-range", "content-type", "cookie", "date", "etag", "expect", "expires", "from", "host", "if-match",
    "if-modified-since", "if-none-match", "if-range", "if-unmodified-since", "last-modified", "link", "location", "max-forwards",
    "proxy-authenticate", "proxy-authorization", "range", "referer", "refresh", "retry-after", "server", "set-cookie",
    "strict-transport-security", "transfer-encoding", "user-agent", "vary", "via", "www-authenticate",
  ].map((name): [string, string] => [name, name === "accept-encoding" ? "gzip, deflate" : ""]),
];

/**
 * Header block to headers, for a peer that uses neither Huffman nor a dynamic table, as a filter towards the connection
 * manager should: anything else throws, so that a test notices.
 */
export function decodeHeaders(block: Buffer): Record<string, string> {
  const headers: Record<string, string> = {};
  let at = 0;
  const byte = (): number => {
    const value = block[at++];
    if (value === undefined) throw new Error("header block ends in the middle of a field");
    return value;
  };
  const integer = (prefix: number): number => {
    const mask = 2 ** prefix - 1;
    let value = (block[at++] ?? 0) & mask;
    if (value < mask) return value;
    for (let shift = 0; ; shift += 7) {
      const next = byte();
      value += (next & 0x7f) * 2 ** shift;
      if (next < 0x80) return value;
    }
  };
  const text = (): string => {
    if ((block[at] ?? 0) & 0x80) throw new Error("Huffman coded header from the filter");
    const length = integer(7);
    if (at + length > block.length) throw new Error("header text goes past the end of its block");
    return block.toString("utf8", at, at += length);
  };
  const entry = (index: number): [string, string] => {
    const found = STATIC[index - 1];
    if (!found) throw new Error(`header index ${index} is not in the static table`);
    return found;
  };
  while (at < block.length) {
    const first = block[at] ?? 0;
    if (first & 0x80) {
      const [name, value] = entry(integer(7));
      headers[name] = value;
    } else if ((first & 0xe0) === 0x20) {
      if (integer(5) > 4096) throw new Error("dynamic table size above 4096");
    } else {
      if (first & 0x40) throw new Error("header with incremental indexing from the filter");
      const index = integer(4);
      const name = index ? entry(index)[0] : text();
      headers[name] = text();
    }
  }
  return headers;
}

/** As nghttp2 writes for a peer with a table of size 0: a size update first, static indexes, Huffman where it is shorter. */
export function encodeHeaders(headers: Record<string, string>, first: boolean): Buffer {
  const parts: Buffer[] = first ? [Buffer.from([0x20])] : [];
  for (const [name, value] of Object.entries(headers)) {
    const exact = STATIC.findIndex(([n, v]) => n === name && v === value);
    if (exact >= 0) {
      parts.push(integer(exact + 1, 7, 0x80));
      continue;
    }
    const named = STATIC.findIndex(([n]) => n === name);
    parts.push(integer(named + 1, 4, 0x00));
    if (named < 0) parts.push(text(name));
    parts.push(text(value));
  }
  return Buffer.concat(parts);
}

function integer(value: number, prefix: number, flags: number): Buffer {
  const mask = 2 ** prefix - 1;
  if (value < mask) return Buffer.from([flags | value]);
  const bytes = [flags | mask];
  let rest = value - mask;
  for (; rest >= 0x80; rest = Math.floor(rest / 0x80)) bytes.push((rest & 0x7f) | 0x80);
  return Buffer.from([...bytes, rest]);
}

function text(value: string): Buffer {
  const plain = Buffer.from(value), packed = huffman(value);
  return packed.length < plain.length
    ? Buffer.concat([integer(packed.length, 7, 0x80), packed])
    : Buffer.concat([integer(plain.length, 7, 0), plain]);
}
