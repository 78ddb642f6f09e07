import { bytesOf, type Vector } from "./vectors.ts";

/** Numbers that are the same in every run (mulberry32). */
export class Random {
  constructor(private state: number) {}
  below(limit: number): number {
    this.state = (this.state + 0x6d2b79f5) | 0;
    let t = Math.imul(this.state ^ (this.state >>> 15), 1 | this.state);
    t = (t + Math.imul(t ^ (t >>> 7), 61 | t)) ^ t;
    return Math.floor(((t ^ (t >>> 14)) >>> 0) / 4294967296 * limit);
  }
  pick<T>(list: readonly T[]): T { return list[this.below(list.length)] as T; }
}

const BYTES = [0, 1, 0x7f, 0x80, 0xff, 0x0a, 0x20];

/** The same bytes, with up to three things done to them that no peer of good will does. */
export function damage(original: Buffer, others: readonly Vector[], random: Random): Buffer {
  let bytes: Buffer = Buffer.from(original);
  if (bytes.length < 4) return bytes;
  for (let times = random.below(4); times > 0 && bytes.length > 0; times--) {
    const at = random.below(bytes.length);
    switch (random.below(8)) {
      case 0: bytes[at] = (bytes[at] ?? 0) ^ (1 << random.below(8)); break;
      case 1: bytes[at] = random.pick(BYTES); break;
      case 2: bytes.writeUInt32BE(random.pick([0, 1, 0x7fffffff, 0x80000000, 0xffffffff, bytes.length]) >>> 0, Math.max(0, Math.min(at, bytes.length - 4))); break;
      case 3: bytes = bytes.subarray(0, at); break;
      case 4: bytes = Buffer.concat([bytes.subarray(0, at), bytes.subarray(at + 1 + random.below(8))]); break;
      case 5: bytes = Buffer.concat([bytes.subarray(0, at), Buffer.from(Array.from({ length: 1 + random.below(16) }, () => random.below(256))), bytes.subarray(at)]); break;
      case 6: {
        const piece = bytes.subarray(at, at + 1 + random.below(40));
        bytes = Buffer.concat([bytes.subarray(0, at), ...Array.from({ length: 1 + random.below(100) }, () => piece), bytes.subarray(at)]);
        break;
      }
      default: bytes = Buffer.concat([bytes.subarray(0, at), bytesOf(random.pick(others)).subarray(random.below(32))]);
    }
    if (bytes.length < 4) break;
  }
  return bytes;
}
