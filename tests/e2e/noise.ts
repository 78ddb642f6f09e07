/** Bytes that no peer of good will sends, of any protocol. */
import { bytesOf, isBad, type Vector } from "../contract/vectors.ts";

/** The bad vectors of one direction. */
export const badBytes = (vectors: Vector[], direction: Vector["direction"]): Buffer[] => vectors.filter((vector) => isBad(vector) && vector.direction === direction).map(bytesOf);

/** Bytes that look like nothing, the same for each seed; they begin with one of some starts, as a protocol's messages do. */
export function noise(seed: number, length: number, starts: Buffer[] = []): Buffer {
  const bytes = Buffer.alloc(length);
  let state = seed * 2654435761 + 1;
  for (let i = 0; i < length; i++) {
    state = (Math.imul(state, 1664525) + 1013904223) | 0;
    bytes[i] = state >>> 24;
  }
  starts[seed % starts.length]?.copy(bytes);
  return bytes;
}

/** Some of them. */
export const noises = (count: number, length: number, starts: Buffer[] = []): Buffer[] => Array.from({ length: count }, (_, seed) => noise(seed, length, starts));
