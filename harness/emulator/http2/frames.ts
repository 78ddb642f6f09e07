/** HTTP/2 frames, RFC 9113 section 4 and 6. */
export const Type = { Data: 0, Headers: 1, Priority: 2, Reset: 3, Settings: 4, Push: 5, Ping: 6, GoAway: 7, Window: 8, Continuation: 9 } as const;
export const Flag = { EndStream: 1, Ack: 1, EndHeaders: 4, Padded: 8, Priority: 0x20 } as const;
export const PREFACE = Buffer.from("PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n");
/** Longest payload of a frame unless SETTINGS say otherwise. */
export const MAX_PAYLOAD = 16384;

export interface Frame { type: number; flags: number; stream: number; payload: Buffer }

export function frame(type: number, flags: number, stream: number, payload: Uint8Array = Buffer.alloc(0)): Buffer {
  const head = Buffer.alloc(9);
  head.writeUIntBE(payload.length, 0, 3);
  head[3] = type;
  head[4] = flags;
  head.writeUInt32BE(stream, 5);
  return Buffer.concat([head, payload]);
}

export function settings(values: Record<number, number>): Buffer {
  const payload = Buffer.alloc(6 * Object.keys(values).length);
  Object.entries(values).forEach(([id, value], i) => {
    payload.writeUInt16BE(Number(id), 6 * i);
    payload.writeUInt32BE(value, 6 * i + 2);
  });
  return frame(Type.Settings, 0, 0, payload);
}

export function u32(value: number): Buffer {
  const bytes = Buffer.alloc(4);
  bytes.writeUInt32BE(value >>> 0);
  return bytes;
}

/** Cuts a byte stream into frames; what is not whole stays for the next call. */
export class FrameReader {
  private rest: Buffer = Buffer.alloc(0);

  constructor(private readonly most = MAX_PAYLOAD) {}

  /** Throws if a frame is larger than the settings allow. */
  read(bytes: Buffer, each: (frame: Frame) => void): void {
    let rest: Buffer = this.rest.length > 0 ? Buffer.concat([this.rest, bytes]) : bytes;
    while (rest.length >= 9) {
      const length = rest.readUIntBE(0, 3);
      if (length > this.most) throw new Error(`frame of ${length} bytes, ${this.most} are allowed`);
      if (rest.length < 9 + length) break;
      each({ type: rest[3] ?? 0, flags: rest[4] ?? 0, stream: rest.readUInt32BE(5) & 0x7fffffff, payload: rest.subarray(9, 9 + length) });
      rest = rest.subarray(9 + length);
    }
    this.rest = rest;
  }
}
