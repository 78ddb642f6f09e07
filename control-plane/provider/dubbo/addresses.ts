import { createHash } from "node:crypto";

/** A range of IPv4 addresses, `127.128.0.0/9`. */
export interface Range { first: number; size: number }

/** Undefined if it is none, or has no room. */
export function readRange(text: string): Range | undefined {
  const match = /^(\d{1,3})\.(\d{1,3})\.(\d{1,3})\.(\d{1,3})\/(\d{1,2})$/.exec(text);
  if (match === null) return undefined;
  const [a, b, c, d, bits] = match.slice(1).map(Number) as [number, number, number, number, number];
  if (Math.max(a, b, c, d) > 255 || bits < 1 || bits > 30) return undefined;
  const size = 2 ** (32 - bits);
  return { first: Math.floor((((a * 256 + b) * 256 + c) * 256 + d) / size) * size, size };
}

/**
 * An address for each host, by the host's hash, so that it is the same after a restart and in every control plane; of two
 * that have the same hash the later one gets the next free address.
 */
export class Addresses {
  private readonly taken = new Map<number, string>();

  constructor(private readonly range: Range) {}

  /** Undefined: none is free. */
  take(host: string): string | undefined {
    const room = this.range.size - 2;
    if (this.taken.size >= room) return undefined;
    let at = createHash("sha256").update(host).digest().readUInt32BE(0) % room;
    while (this.taken.has(at)) at = (at + 1) % room;
    this.taken.set(at, host);
    const number = this.range.first + 1 + at;
    return [24, 16, 8, 0].map((shift) => Math.floor(number / 2 ** shift) % 256).join(".");
  }
}
