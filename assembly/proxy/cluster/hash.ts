/** Final mixing of a 64-bit hash (splitmix64). */
export function mix(value: u64): u64 {
  value = (value ^ (value >> 30)) * 0xbf58476d1ce4e5b9;
  value = (value ^ (value >> 27)) * 0x94d049bb133111eb;
  return value ^ (value >> 31);
}

/** Adds bytes to a hash (FNV-1a). */
export function hashBytes(hash: u64, at: usize, length: i32): u64 {
  for (let i = 0; i < length; i++) hash = (hash ^ <u64>load<u8>(at + i)) * 0x100000001b3;
  return hash;
}

/** Where `hashBytes` begins. */
export const HASH_START: u64 = 0xcbf29ce484222325;
