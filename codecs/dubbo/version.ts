/** What a request's protocol version says of its client; kept in `Exchange.a`. */
export namespace Client {
  /** It understands attachments in replies. */
  export const ATTACHMENTS: u64 = 1;
  /** It is older than the move to Apache: other class names. */
  export const LEGACY: u64 = 2;
}

/** apache/dubbo, Version.java: 2.0.2 to 2.0.99 are protocol versions, 2.5.3 to 2.6.2 those of old releases. */
export function clientOf(at: usize, length: i32): u64 {
  const version = numberOf(at, length);
  if (version >= 2_00_02_00 && version <= 2_00_99_00) return Client.ATTACHMENTS;
  if (version > 2_00_99_00 && version < 2_07_00_00) return Client.LEGACY;
  return 0;
}

/** "2.0.2" is 2000200; parts count by a hundred, what follows the digits of a part does not count. */
function numberOf(at: usize, length: i32): i64 {
  let parts = 0;
  let number: i64 = 0;
  let i = 0;
  while (i < length && parts < 6) {
    let part: i64 = 0;
    let digits = true;
    for (; i < length && load<u8>(at + i) != 0x2e; i++) {
      const digit = <i32>load<u8>(at + i) - 0x30;
      digits = digits && digit >= 0 && digit <= 9 && part < 100000000;
      if (digits) part = part * 10 + digit;
    }
    number = number * 100 + part;
    parts++;
    i++;
  }
  return parts == 3 ? number * 100 : number;
}
