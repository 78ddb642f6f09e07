import { Frame } from "../../../assembly/codec/index";
import { utf8Bytes } from "../../../assembly/bytes/utf8";
import { Binary } from "../constants";

const TRUE: StaticArray<u8> = utf8Bytes("true");
const FALSE: StaticArray<u8> = utf8Bytes("false");
/** Bytes of the texts of a message's numbers at most; what has no room is hidden. */
const MAX_DIGITS: i32 = 16 << 10;
/** Of one number: 19 digits and a sign. */
const LONGEST: i32 = 20;

/** Values of arguments as texts: bytes of the frame, or digits of its own. For the request read last. */
@final
export class Values {
  private digits: StaticArray<u8> = new StaticArray<u8>(MAX_DIGITS);
  private used: i32 = 0;

  /** Another request begins. */
  reset(): void { this.used = 0; }

  /** A value of a key, of a type of the binary protocol, at this address, where all of it is; `wireType`: of a compact boolean field its value, otherwise 0. */
  put(f: Frame, slot: i32, kind: i32, compact: bool, wireType: i32, at: usize): void {
    switch (kind) {
      case Binary.STRING: return this.text(f, slot, compact, at);
      case Binary.BOOL: {
        // A compact field's value lies in its type, an item's in its byte. Of other bytes some readers make true, some false.
        const byte = wireType ? wireType : <i32>load<u8>(at);
        if (byte > (compact ? 2 : 1)) return f.hide(slot);
        return f.putText(slot, byte == 1 ? TRUE : FALSE);
      }
      case Binary.BYTE: return this.number(f, slot, <i64>load<i8>(at));
      case Binary.I16: return compact ? this.varint(f, slot, 3, 16, at) : this.number(f, slot, <i64>bswap<i16>(load<i16>(at)));
      case Binary.I32: return compact ? this.varint(f, slot, 5, 32, at) : this.number(f, slot, <i64>bswap<i32>(load<i32>(at)));
      case Binary.I64: return compact ? this.varint(f, slot, 10, 64, at) : this.number(f, slot, bswap<i64>(load<i64>(at)));
      default: f.hide(slot);
    }
  }

  private text(f: Frame, slot: i32, compact: bool, at: usize): void {
    let from = at, length: i32;
    if (compact) {
      length = <i32>varintAt(at);
      while (load<u8>(from) & 0x80) from++;
      from++;
    } else {
      length = bswap<i32>(load<i32>(at));
      from += 4;
    }
    f.put(slot, <i32>(from - f.metadata.base), length);
  }

  /** A number whose type has fewer bits than were written is cut by some readers and not by others. */
  private varint(f: Frame, slot: i32, bytes: i32, bits: i32, at: usize): void {
    let last = 0;
    while (load<u8>(at + last) & 0x80) last++;
    const value = varintAt(at), tooLong = last >= bytes || (last == 9 && load<u8>(at + 9) > 1) || (bits < 64 && value >> bits);
    if (tooLong) f.hide(slot);
    else this.number(f, slot, <i64>(value >> 1) ^ -<i64>(value & 1));
  }

  private number(f: Frame, slot: i32, value: i64): void {
    if (this.used + LONGEST > MAX_DIGITS) return f.hide(slot);
    const digits = this.digits, end = this.used + LONGEST;
    let at = end, rest = value < 0 ? 0 - <u64>value : <u64>value;
    do {
      digits[--at] = 0x30 + <u8>(rest % 10);
      rest /= 10;
    } while (rest);
    if (value < 0) digits[--at] = 0x2d;
    this.used = end;
    f.put(slot, <i32>(changetype<usize>(digits) + at - f.metadata.base), end - at);
  }
}

/** A number in 7-bit groups, lowest first, of ten bytes at most. */
function varintAt(at: usize): u64 {
  let value: u64 = 0;
  for (let i = 0; i < 10; i++) {
    const byte = <u64>load<u8>(at + i);
    value |= (byte & 0x7f) << (7 * i);
    if ((byte & 0x80) == 0) break;
  }
  return value;
}
