import { int } from "./jute.ts";

/** More than ZooKeeper sends unless it is told to: the children of a path with 100,000 providers. */
const MAX_FRAME = 64 << 20;

/** A message as it is on the wire: behind its length. */
export function frame(...parts: Buffer[]): Buffer {
  const body = Buffer.concat(parts);
  return Buffer.concat([int(body.length), body]);
}

/** Cuts what comes from a socket into messages. */
export class FrameReader {
  private chunks: Buffer[] = [];
  private stored = 0;
  private wanted = 4;

  /** Throws an Error where a length cannot be true. */
  read(chunk: Buffer, take: (message: Buffer) => void): void {
    this.chunks.push(chunk);
    this.stored += chunk.length;
    if (this.stored < this.wanted) return;
    let bytes = this.chunks.length === 1 ? chunk : Buffer.concat(this.chunks);
    while (bytes.length >= (this.wanted = 4 + lengthOf(bytes))) {
      const message = bytes.subarray(4, this.wanted);
      bytes = bytes.subarray(this.wanted);
      take(message);
    }
    this.chunks = [bytes];
    this.stored = bytes.length;
  }
}

function lengthOf(bytes: Buffer): number {
  if (bytes.length < 4) return 0;
  const length = bytes.readInt32BE(0);
  if (length < 0 || length > MAX_FRAME) throw new Error(`a message of ${length} bytes, where 0 to ${MAX_FRAME} are possible: is this ZooKeeper's client port?`);
  return length;
}
