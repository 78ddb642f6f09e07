/** AwesomeRPC frames in TypeScript, written from the description in ../codec.ts and independent of it. */
export enum FrameType { Request = 0, Reply = 1, Oneway = 2, Ping = 3, Pong = 4 }

export interface Frame {
  type: FrameType;
  status: number;
  id: number;
  headers: [string, string][];
  body: Buffer;
}

const MAGIC = 0x4157;
const HEADER = 14;

export function encode(frame: Frame): Buffer {
  const headers = Buffer.from(frame.headers.map(([key, value]) => `${key}=${value}\n`).join(""));
  const bytes = Buffer.alloc(HEADER);
  bytes.writeUInt16BE(MAGIC, 0);
  bytes.writeUInt8(frame.type, 2);
  bytes.writeUInt8(frame.status, 3);
  bytes.writeUInt32BE(frame.id, 4);
  bytes.writeUInt16BE(headers.length, 8);
  bytes.writeUInt32BE(frame.body.length, 10);
  return Buffer.concat([bytes, headers, frame.body]);
}

/** Splits a byte stream into frames, however it is cut. */
export class Splitter {
  private chunks: Buffer[] = [];
  private length = 0;

  push(chunk: Buffer): Frame[] {
    this.chunks.push(chunk);
    this.length += chunk.length;
    const frames: Frame[] = [];
    for (let frame = this.next(); frame; frame = this.next()) frames.push(frame);
    return frames;
  }

  private next(): Frame | undefined {
    if (this.length < HEADER) return undefined;
    if (this.chunks.length > 1 && this.chunks[0]!.length < HEADER) this.chunks = [Buffer.concat(this.chunks)];
    const head = this.chunks[0]!;
    if (head.readUInt16BE(0) !== MAGIC) throw new Error(`wrong magic 0x${head.toString("hex", 0, 2)}`);
    const bodyAt = HEADER + head.readUInt16BE(8);
    const size = bodyAt + head.readUInt32BE(10);
    if (this.length < size) return undefined;
    const bytes = this.chunks.length > 1 ? Buffer.concat(this.chunks) : head;
    this.chunks = bytes.length > size ? [bytes.subarray(size)] : [];
    this.length -= size;
    return { type: bytes.readUInt8(2), status: bytes.readUInt8(3), id: bytes.readUInt32BE(4),
      headers: lines(bytes.toString("utf8", HEADER, bodyAt)), body: Buffer.from(bytes.subarray(bodyAt, size)) };
  }
}

function lines(text: string): [string, string][] {
  return text.split("\n").filter((line) => line).map((line) => {
    const equals = line.indexOf("=");
    return [line.slice(0, equals), line.slice(equals + 1)];
  });
}
