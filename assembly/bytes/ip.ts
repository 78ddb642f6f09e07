/** IP addresses as text, of peers and of rules: 16 bytes, IPv4 as ::ffff:a.b.c.d (RFC 4291, 2.5.5.2). */

/** Bytes of an address. */
export const IP_BYTES: i32 = 16;

/** Reads an address without brackets and port into IP_BYTES bytes; false if it is none. */
export function parseIp(at: usize, length: i32, into: usize): bool {
  for (let i = 0; i < length; i++) if (load<u8>(at + i) == 0x3a) return parseIpv6(at, length, into);
  memory.fill(into, 0, 10);
  store<u16>(into + 10, 0xffff);
  return parseIpv4(at, length, into + 12);
}

function parseIpv4(at: usize, length: i32, into: usize): bool {
  let parts = 0, value = -1;
  for (let i = 0; i <= length; i++) {
    const byte = i < length ? <i32>load<u8>(at + i) : 0x2e;
    if (byte == 0x2e) {
      if (value < 0 || parts == 4) return false;
      store<u8>(into + parts++, <u8>value);
      value = -1;
    } else {
      const digit = byte - 0x30;
      if (<u32>digit > 9 || value == 0) return false;
      value = max(value, 0) * 10 + digit;
      if (value > 255) return false;
    }
  }
  return parts == 4;
}

/** RFC 4291, 2.2: groups of hex digits, one "::" at most, an IPv4 address for the last two. */
function parseIpv6(at: usize, length: i32, into: usize): bool {
  let groups = 0, gap = -1, i = 0;
  memory.fill(into, 0, IP_BYTES);
  if (length >= 2 && load<u16>(at) == 0x3a3a) {
    gap = 0;
    i = 2;
  }
  while (i < length) {
    const end = groupEnd(at, i, length);
    if (groups == 8 || end == i) return false;
    if (end < length && load<u8>(at + end) == 0x2e) {
      if (groups > 6 || !parseIpv4(at + i, length - i, into + (groups << 1))) return false;
      groups += 2;
      break;
    }
    if (end - i > 4) return false;
    store<u16>(into + (groups++ << 1), bswap<u16>(hexOf(at + i, end - i)));
    i = end;
    if (i == length) break;
    if (load<u8>(at + i) != 0x3a || ++i == length) return false;
    if (load<u8>(at + i) != 0x3a) continue;
    if (gap >= 0) return false;
    gap = groups;
    i++;
  }
  return spread(into, groups, gap);
}

/** Moves what stands behind "::" to the end. */
function spread(into: usize, groups: i32, gap: i32): bool {
  if (gap < 0) return groups == 8;
  if (groups == 8) return false;
  const behind = (groups - gap) << 1, start = into + (gap << 1);
  memory.copy(into + IP_BYTES - behind, start, behind);
  memory.fill(start, 0, IP_BYTES - (groups << 1));
  return true;
}

function groupEnd(at: usize, from: i32, length: i32): i32 {
  let i = from;
  while (i < length && hexDigit(load<u8>(at + i)) >= 0) i++;
  return i;
}

function hexOf(at: usize, length: i32): u16 {
  let value = 0;
  for (let i = 0; i < length; i++) value = value << 4 | hexDigit(load<u8>(at + i));
  return <u16>value;
}

function hexDigit(byte: u8): i32 {
  const lower = <i32>byte | 0x20;
  if (byte >= 0x30 && byte <= 0x39) return <i32>byte - 0x30;
  return lower >= 0x61 && lower <= 0x66 ? lower - 0x61 + 10 : -1;
}

const value: StaticArray<u8> = new StaticArray<u8>(IP_BYTES);

/** A range of addresses, `10.0.0.0/8`, `2001:db8::/32`, or one address. */
@final
export class IpRange {
  private address: StaticArray<u8> = new StaticArray<u8>(IP_BYTES);
  private bits: i32 = 128;

  /** Null: the text is no range. Configure time only. */
  static parse(text: string): IpRange | null {
    const slash = text.indexOf("/"), address = String.UTF8.encode(slash < 0 ? text : text.substring(0, slash));
    const range = new IpRange(), at = changetype<usize>(address), length = address.byteLength;
    if (!parseIp(at, length, changetype<usize>(range.address))) return null;
    if (slash < 0) return range;
    const most = text.includes(":") ? 128 : 32, bits = text.substring(slash + 1);
    if (bits.length == 0 || bits.length > 3) return null;
    for (let i = 0; i < bits.length; i++) if (bits.charCodeAt(i) < 0x30 || bits.charCodeAt(i) > 0x39) return null;
    range.bits = <i32>parseInt(bits) + 128 - most;
    return range.bits <= 128 ? range : null;
  }

  /** True if the text is an address of the range. */
  holds(at: usize, length: i32): bool {
    if (!parseIp(at, length, changetype<usize>(value))) return false;
    const whole = this.bits >> 3, rest = this.bits & 7;
    if (memory.compare(changetype<usize>(value), changetype<usize>(this.address), whole) != 0) return false;
    return rest == 0 || ((value[whole] ^ this.address[whole]) >> <u8>(8 - rest)) == 0;
  }
}
