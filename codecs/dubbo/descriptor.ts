/** Parameter types, as JVM descriptors one behind the other: `Ljava/lang/String;I[B`. */

const ARRAY: u8 = 0x5b, OBJECT: u8 = 0x4c, END: u8 = 0x3b, SLASH: u8 = 0x2f;

/** How many arguments they stand for, -1 if they are none: `Ljava/lang/String;I[B` is 3. */
export function countArguments(at: usize, length: i32): i32 {
  let n = 0;
  for (let i = 0; i < length; i++) {
    const c = load<u8>(at + i);
    if (c == ARRAY) continue;
    if (c == OBJECT) {
      // dubbo-go leaves the last semicolon out for arrays of dates.
      while (i < length && load<u8>(at + i) != END) i++;
    } else if (!isPrimitive(c)) {
      return -1;
    }
    n++;
  }
  return n;
}

/**
 * How many arguments servers read: they look for one type after the other and pass over what is none (ReflectUtils.java
 * DESC_PATTERN, dubbo-go-hessian2 DescRegex). Linear, whatever the text.
 */
export function countFound(at: usize, length: i32): i32 {
  let n = 0, hopeless = 0;
  for (let i = 0; i < length;) {
    let type = i;
    while (type < length && load<u8>(at + type) == ARRAY) type++;
    if (type == length) break;
    const c = load<u8>(at + type);
    let next = type + 1, found = isPrimitive(c);
    if (c == OBJECT && type >= hopeless) {
      const end = className(at, length, type + 1);
      found = end >= 0 && end < length && load<u8>(at + end) == END;
      if (found) next = end + 1;
      // One that begins inside of this one fails at the same place.
      else hopeless = end < 0 ? ~end : end;
    }
    if (found) n++;
    i = next;
  }
  return n;
}

/** Where a name such as `java/lang/String` ends; ~ of where it breaks off: in front of a part of it. */
function className(at: usize, length: i32, from: i32): i32 {
  let first = true;
  for (let i = from; i < length; i++) {
    const c = load<u8>(at + i);
    if (c == SLASH && !first) first = true;
    else if (isLetter(c) || (!first && c >= 0x30 && c <= 0x39)) first = false;
    else return first ? ~i : i;
  }
  return first ? ~length : length;
}

function isLetter(c: u8): bool { return c == 0x24 || c == 0x5f || (c >= 0x41 && c <= 0x5a) || (c >= 0x61 && c <= 0x7a); }

/** V too: dubbo-go writes it for a nil argument. */
function isPrimitive(c: u8): bool {
  switch (c) {
    case 0x42: case 0x43: case 0x44: case 0x46: case 0x49: case 0x4a: case 0x53: case 0x56: case 0x5a: return true;
    default: return false;
  }
}
