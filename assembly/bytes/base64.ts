import { Writer } from "./writer";

/**
 * Appends what a text in base64 stands for, in either alphabet of RFC 4648, padded or not; false, with nothing appended,
 * if it is none.
 */
export function decodeBase64(at: usize, length: i32, into: Writer): bool {
  const before = into.length;
  let left = length;
  while (left > 0 && length - left < 2 && load<u8>(at + left - 1) == 0x3d) left--;
  let bits: u32 = 0, count = 0;
  for (let i = 0; i < left; i++) {
    const value = sextet(load<u8>(at + i));
    if (value < 0) break;
    bits = bits << 6 | value;
    if ((++count & 3) == 0) into.u24(bits);
  }
  // one text for each run of bytes: no bits are left over
  const rest = count & 3, over = rest == 2 ? bits & 15 : rest == 3 ? bits & 3 : 0;
  if (rest == 2) into.u8(bits >> 4);
  else if (rest == 3) into.u16(bits >> 2);
  if (count == left && rest != 1 && over == 0) return true;
  into.length = before;
  return false;
}

function sextet(byte: u8): i32 {
  const unit = <i32>byte, letter = unit | 0x20;
  if (letter >= 0x61 && letter <= 0x7a) return letter - 0x61 + (unit & 0x20 ? 26 : 0);
  if (unit >= 0x30 && unit <= 0x39) return unit - 0x30 + 52;
  if (unit == 0x2b || unit == 0x2d) return 62;
  return unit == 0x2f || unit == 0x5f ? 63 : -1;
}
