/** Names of TMultiplexedProtocol: `service:method`. */
const COLON: u8 = 0x3a;

/** Bytes of the service in front of a method's name, its colon included; 0: none. */
export function serviceLength(at: usize, length: i32): i32 {
  for (let i = 0; i < length; i++) if (load<u8>(at + i) == COLON) return i + 1;
  return 0;
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
