import { utf8Length } from "../../../bytes/utf8";
import { Writer } from "../../../bytes/writer";

const plain: Writer = new Writer(256);

/**
 * Rewrites what was written from an offset on: quotes, backslashes, control characters and bytes that are no UTF-8 become
 * `\xNN`.
 */
export function escapeFrom(out: Writer, from: i32): void {
  let at = from;
  while (at < out.length && lengthOfPlain(out.base + at, out.length - at)) at += lengthOfPlain(out.base + at, out.length - at);
  if (at == out.length) return;
  plain.reset();
  plain.bytes(out.base + at, out.length - at);
  out.length = at;
  for (let i = 0; i < plain.length;) {
    const length = lengthOfPlain(plain.base + i, plain.length - i);
    if (length) out.bytes(plain.base + i, length);
    else escape(out, <i32>load<u8>(plain.base + i));
    i += max(length, 1);
  }
}

/** Bytes of the character at an address, 0 if its first byte is to be escaped. */
function lengthOfPlain(at: usize, left: i32): i32 {
  const first = load<u8>(at), length = utf8Length(at, left);
  if (length == 1) return first < 0x20 || first == 0x7f || first == 0x22 || first == 0x5c ? 0 : 1;
  // U+0080 to U+009F are control characters, too.
  return length == 2 && first == 0xc2 && load<u8>(at, 1) < 0xa0 ? 0 : length;
}

function escape(out: Writer, byte: i32): void {
  out.u16(0x5c78);
  digit(out, byte >> 4);
  digit(out, byte & 15);
}

function digit(out: Writer, value: i32): void { out.u8(value < 10 ? 0x30 + value : 0x57 + value); }
