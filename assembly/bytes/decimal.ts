import { Writer } from "./writer";

const digits: StaticArray<u8> = new StaticArray<u8>(20);

/** A number in decimal digits, at least so many (with zeros in front); allocates nothing. */
export function writeDecimal(out: Writer, value: u64, least: i32 = 1): void {
  let at = digits.length;
  while (value > 0 || digits.length - at < least) {
    unchecked(digits[--at] = <u8>(0x30 + value % 10));
    value /= 10;
  }
  out.bytes(changetype<usize>(digits) + at, digits.length - at);
}
