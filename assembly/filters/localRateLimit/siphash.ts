/**
 * SipHash-2-4 (Aumasson and Bernstein, 2012): without its key nobody can make values that share a hash, and with it
 * somebody else's limit.
 */
export function sipHash(k0: u64, k1: u64, at: usize, length: i32): u64 {
  v0 = k0 ^ 0x736f6d6570736575;
  v1 = k1 ^ 0x646f72616e646f6d;
  v2 = k0 ^ 0x6c7967656e657261;
  v3 = k1 ^ 0x7465646279746573;
  const whole = length & ~7;
  for (let i = 0; i < whole; i += 8) block(load<u64>(at + i));
  let last = <u64>length << 56;
  for (let i = whole; i < length; i++) last |= <u64>load<u8>(at + i) << (<u64>(i & 7) << 3);
  block(last);
  v2 ^= 0xff;
  for (let i = 0; i < 4; i++) round();
  return v0 ^ v1 ^ v2 ^ v3;
}

let v0: u64 = 0, v1: u64 = 0, v2: u64 = 0, v3: u64 = 0;

function block(m: u64): void {
  v3 ^= m;
  round();
  round();
  v0 ^= m;
}

function round(): void {
  v0 += v1;
  v1 = rotl<u64>(v1, 13) ^ v0;
  v0 = rotl<u64>(v0, 32);
  v2 += v3;
  v3 = rotl<u64>(v3, 16) ^ v2;
  v0 += v3;
  v3 = rotl<u64>(v3, 21) ^ v0;
  v2 += v1;
  v1 = rotl<u64>(v1, 17) ^ v2;
  v2 = rotl<u64>(v2, 32);
}
