/** Writes the few Hessian 2.0 values that the codec adds to a body. */
import { Writer } from "../../assembly/bytes/writer";

/** UTF-16 units of a string that fits in one chunk. */
export const MAX_UNITS: i32 = 0xffff;

/** The beginning of a string of so many UTF-16 units, at most MAX_UNITS. */
export function writeTextHead(out: Writer, units: i32): void {
  if (units < 0x20) {
    out.u8(units);
  } else if (units < 0x400) {
    out.u8(0x30 | (units >> 8));
    out.u8(units);
  } else {
    out.u8(0x53);
    out.u16(units);
  }
}

/** UTF-16 units of well-formed UTF-8: one for each character, two for those of four bytes. */
export function utf16Units(at: usize, length: i32): i32 {
  let units = 0;
  for (let i = 0; i < length; i++) {
    const byte = load<u8>(at + i);
    if ((byte & 0xc0) != 0x80) units += byte >= 0xf0 ? 2 : 1;
  }
  return units;
}

/** The characters of well-formed UTF-8 as Hessian wants them: those of four bytes as two surrogates of three. */
export function writeUnits(out: Writer, at: usize, length: i32): void {
  let run = 0;
  for (let i = 0; i < length; i++) {
    const byte = load<u8>(at + i);
    if (byte < 0xf0 || length - i < 4) continue;
    out.bytes(at + run, i - run);
    const point = ((<i32>byte & 7) << 18) | ((<i32>load<u8>(at + i + 1) & 63) << 12)
      | ((<i32>load<u8>(at + i + 2) & 63) << 6) | (<i32>load<u8>(at + i + 3) & 63);
    writeUnit(out, 0xd800 + ((point - 0x10000) >> 10));
    writeUnit(out, 0xdc00 + (point & 0x3ff));
    i += 3;
    run = i + 1;
  }
  if (run < length) out.bytes(at + run, length - run);
}

/** A whole string; what is longer than one chunk is cut. */
export function writeText(out: Writer, text: string): void {
  const units = min(text.length, MAX_UNITS);
  writeTextHead(out, units);
  for (let i = 0; i < units; i++) writeUnit(out, text.charCodeAt(i));
}

/** An int between -16 and 47. */
export function writeSmallInt(out: Writer, value: i32): void { out.u8(0x90 + value); }

export function writeNull(out: Writer): void { out.u8(0x4e); }

function writeUnit(out: Writer, unit: i32): void {
  if (unit < 0x80) {
    out.u8(unit);
  } else if (unit < 0x800) {
    out.u8(0xc0 | (unit >> 6));
    out.u8(0x80 | (unit & 63));
  } else {
    out.u8(0xe0 | (unit >> 12));
    out.u8(0x80 | ((unit >> 6) & 63));
    out.u8(0x80 | (unit & 63));
  }
}
