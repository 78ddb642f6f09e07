/** Damage to bytes: some are changed, added or left out. The same seed gives the same damage. */
export class Damage {
  private state: number;

  /** `bytes`: those that are put in more often than others, such as the protocol's tags. */
  constructor(seed: number, private readonly bytes: number[] = TAGS) { this.state = seed >>> 0; }

  /** A random whole number of 0..n-1 (Mulberry32). */
  below(n: number): number {
    this.state = (this.state + 0x6d2b79f5) >>> 0;
    let t = this.state;
    t = Math.imul(t ^ (t >>> 15), t | 1);
    t ^= t + Math.imul(t ^ (t >>> 7), t | 61);
    return Math.floor(((t ^ (t >>> 14)) >>> 0) / 2 ** 32 * n);
  }

  of(bytes: Buffer): Buffer {
    let out: Buffer = Buffer.from(bytes);
    for (let times = 1 + this.below(3); times > 0; times--) out = this.once(out);
    return out;
  }

  private once(bytes: Buffer): Buffer {
    const at = this.below(bytes.length), tag = this.bytes[this.below(this.bytes.length)]!;
    switch (this.below(4)) {
      case 0: return Buffer.concat([bytes.subarray(0, at), Buffer.of(this.below(256)), bytes.subarray(at + 1)]);
      case 1: return Buffer.concat([bytes.subarray(0, at), Buffer.of(tag), bytes.subarray(at + 1)]);
      case 2: return Buffer.concat([bytes.subarray(0, at), Buffer.of(tag), bytes.subarray(at)]);
      default: return Buffer.concat([bytes.subarray(0, at), bytes.subarray(at + 1)]);
    }
  }
}

/** First bytes of hessian values, and of characters of two to four bytes. */
const TAGS = [
  0x4e, 0x54, 0x46, 0x43, 0x4f, 0x60, 0x61, 0x70, 0x71, 0x78, 0x79, 0x57, 0x55, 0x56, 0x58, 0x48, 0x4d, 0x51, 0x5a, 0x5b, 0x5d, 0x5e, 0x5f, 0x4b, 0x4a,
  0x44, 0x4c, 0x49, 0x59, 0x52, 0x53, 0x30, 0x34, 0x20, 0x41, 0x42, 0x38, 0xc8, 0xd4, 0xf0, 0x90, 0x00, 0x01, 0xed, 0xa0, 0xc2, 0xe1, 0xf0,
];
