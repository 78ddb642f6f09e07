/** ZooKeeper's serialization (jute): big-endian numbers, and texts and buffers behind a length of four bytes, -1 for none. */
export class JuteReader {
  private at = 0;

  constructor(private readonly bytes: Buffer) {}

  int(): number {
    this.at += 4;
    return this.bytes.readInt32BE(this.at - 4);
  }

  long(): bigint {
    this.at += 8;
    return this.bytes.readBigInt64BE(this.at - 8);
  }

  /** None reads as an empty one. */
  buffer(): Buffer {
    const length = this.int(), left = this.bytes.length - this.at;
    if (length > left) throw new Error(`a field of ${length} bytes in a message with ${left} left`);
    const from = this.at;
    this.at += Math.max(length, 0);
    return this.bytes.subarray(from, this.at);
  }

  text(): string { return this.buffer().toString("utf8"); }

  /** Each takes four bytes at least: a count that is not true ends with the message. */
  texts(): string[] {
    const texts: string[] = [];
    for (let left = this.int(); left > 0; left--) texts.push(this.text());
    return texts;
  }
}

export const int = (value: number): Buffer => {
  const bytes = Buffer.alloc(4);
  bytes.writeInt32BE(value);
  return bytes;
};

export const long = (value: bigint): Buffer => {
  const bytes = Buffer.alloc(8);
  bytes.writeBigInt64BE(value);
  return bytes;
};

export const bool = (value: boolean): Buffer => Buffer.from([value ? 1 : 0]);
export const buffer = (value: Uint8Array): Buffer => Buffer.concat([int(value.length), value]);
export const text = (value: string): Buffer => buffer(Buffer.from(value));
