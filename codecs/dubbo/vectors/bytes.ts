/**
 * Hessian 2.0 values and Dubbo2 frames put together by hand for the made vectors; shares nothing with the codec.
 * http://hessian.caucho.com/doc/hessian-serialization.html
 */

export const NULL = Buffer.of(0x4e);
export const END = Buffer.of(0x5a);

export const bytes = (...values: number[]): Buffer => Buffer.from(values);
export const join = (...parts: Buffer[]): Buffer => Buffer.concat(parts);
export const repeat = (part: Buffer, times: number): Buffer => Buffer.concat(Array.from({ length: times }, () => part));

/** A string of fewer than 32 characters of ASCII, in the one-byte form. */
export function short(text: string): Buffer {
  if (text.length > 31) throw new RangeError(`too long for the short form: ${text}`);
  return join(bytes(text.length), Buffer.from(text, "latin1"));
}

/** A string whose length and bytes are told apart, so that they can disagree. */
export const raw = (characters: number, content: Buffer): Buffer => join(bytes(0x53, characters >> 8, characters & 0xff), content);

/** The same text in two pieces: the first one says that more follows. */
export const chunked = (first: string, rest: string): Buffer => join(bytes(0x52, 0, first.length), Buffer.from(first, "latin1"), short(rest));

export function int(value: number): Buffer {
  const out = Buffer.alloc(5);
  out[0] = 0x49;
  out.writeInt32BE(value, 1);
  return out;
}

export const openMap = (...entries: [Buffer, Buffer][]): Buffer => join(bytes(0x48), ...entries.flat());
export const map = (...entries: [Buffer, Buffer][]): Buffer => join(openMap(...entries), END);

export interface FrameFields {
  flags?: number;
  status?: number;
  id?: bigint;
  /** What the header says; the body's own length if absent. */
  length?: number;
}

export const REQUEST = 0xc2;
export const RESPONSE = 0x02;

export function frame(body: Buffer, fields: FrameFields = {}): Buffer {
  const header = Buffer.alloc(16);
  header.writeUInt16BE(0xdabb, 0);
  header[2] = fields.flags ?? REQUEST;
  header[3] = fields.status ?? 0;
  header.writeBigUInt64BE(fields.id ?? 1n, 4);
  header.writeInt32BE(fields.length ?? body.length, 12);
  return join(header, body);
}
