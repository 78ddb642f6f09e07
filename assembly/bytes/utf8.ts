/**
 * Length in bytes of the well-formed UTF-8 character at an address, 0 if there is none within `left` bytes
 * (Unicode 15, table 3-7: no overlong forms, no surrogates, nothing above U+10FFFF).
 */
export function utf8Length(at: usize, left: i32): i32 {
  if (left < 1) return 0;
  const first = <i32>load<u8>(at);
  if (first < 0x80) return 1;
  if (first < 0xc2 || first > 0xf4) return 0;
  const length = first < 0xe0 ? 2 : first < 0xf0 ? 3 : 4;
  if (left < length) return 0;
  const second = <i32>load<u8>(at, 1);
  const least = first == 0xe0 ? 0xa0 : first == 0xf0 ? 0x90 : 0x80;
  const most = first == 0xed ? 0x9f : first == 0xf4 ? 0x8f : 0xbf;
  if (second < least || second > most) return 0;
  for (let i = 2; i < length; i++) if ((load<u8>(at + i) & 0xc0) != 0x80) return 0;
  return length;
}

/** True if all of the bytes are well-formed UTF-8. */
export function isUtf8(at: usize, length: i32): bool {
  let i = 0;
  while (i < length) {
    const n = utf8Length(at + i, length - i);
    if (n == 0) return false;
    i += n;
  }
  return true;
}

/** Bytes of a text that fit into a limit without cutting a character in two. */
export function cutUtf8(at: usize, length: i32, limit: i32): i32 {
  if (length <= limit) return length;
  let end = limit;
  while (end > 0 && limit - end < 4 && (load<u8>(at + end) & 0xc0) == 0x80) end--;
  return end;
}

/** A text as bytes. Configure time only: it allocates. */
export function utf8Bytes(text: string): StaticArray<u8> {
  const bytes = new StaticArray<u8>(String.UTF8.byteLength(text));
  String.UTF8.encodeUnsafe(changetype<usize>(text), text.length, changetype<usize>(bytes));
  return bytes;
}
