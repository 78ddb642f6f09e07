/** Names of TMultiplexedProtocol: `service:method`. */
const COLON: u8 = 0x3a;

/** Bytes of the service in front of a method's name, its colon included; 0: none. */
export function serviceLength(at: usize, length: i32): i32 {
  for (let i = 0; i < length; i++) if (load<u8>(at + i) == COLON) return i + 1;
  return 0;
}

/** Bytes of a name that the codec says itself. */
const MAX_OWN: i32 = 128;

/**
 * As `serviceLength`, for a message of the codec's own to the same service: 0 unless it is a name as IDL files have them. A server must
 * get nothing of a client's choice in a message that no filter has seen.
 */
export function plainServiceLength(at: usize, length: i32): i32 {
  const service = serviceLength(at, length);
  if (service < 2 || service > MAX_OWN) return 0;
  for (let i = 0; i < service - 1; i++) if (!isPlain(load<u8>(at + i))) return 0;
  return service;
}

/** A message's name, with its service, if it is one as IDL files have them: for people. Empty: it is not. */
export function plainName(at: usize, length: i32): string {
  if (length > MAX_OWN) return "";
  for (let i = 0; i < length; i++) if (!isPlain(load<u8>(at + i)) && load<u8>(at + i) != COLON) return "";
  return String.UTF8.decodeUnsafe(at, length);
}

/** A letter, a digit, `_` or `.`. */
function isPlain(byte: u8): bool {
  return <u32>(byte | 0x20) - 0x61 < 26 || <u32>byte - 0x30 < 10 || byte == 0x5f || byte == 0x2e;
}

/**
 * True if servers read a name in different ways: of several colons some split at the first and some drop what follows the second
 * (Node); of an empty part some drop the colon with it (C++); at a zero byte some end it (C).
 */
export function isAmbiguous(at: usize, length: i32): bool {
  let colons = 0;
  for (let i = 0; i < length; i++) {
    const byte = load<u8>(at + i);
    if (byte == 0) return true;
    if (byte == COLON && (++colons > 1 || i == 0 || i == length - 1)) return true;
  }
  return false;
}
