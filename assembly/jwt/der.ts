/** SubjectPublicKeyInfo (RFC 5280, RFC 3279, RFC 5480) in DER: the form in which Envoy takes keys. */
import { Reader } from "../bytes/reader";
import { Writer } from "../bytes/writer";

const SEQUENCE = 0x30, INTEGER = 0x02, BIT_STRING = 0x03;

/** AlgorithmIdentifier of rsaEncryption, and of an elliptic key on P-256. */
const RSA: StaticArray<u8> = [0x30, 0x0d, 0x06, 0x09, 0x2a, 0x86, 0x48, 0x86, 0xf7, 0x0d, 0x01, 0x01, 0x01, 0x05, 0x00];
const P256: StaticArray<u8> = [
  0x30, 0x13, 0x06, 0x07, 0x2a, 0x86, 0x48, 0xce, 0x3d, 0x02, 0x01, 0x06, 0x08, 0x2a, 0x86, 0x48, 0xce, 0x3d, 0x03, 0x01, 0x07,
];

/** Of an RSA modulus; below the first nobody signs (RFC 7518, 3.3), above the second verifying costs too much. */
const LEAST_BYTES = 256, MOST_BYTES = 1024;
const POINT_BYTES = 65, COORDINATE_BYTES = 32, UNCOMPRESSED = 4;

/** RS256 or ES256; empty: no key for either. */
export function algorithmOf(der: StaticArray<u8>): string {
  const r = new Reader();
  r.reset(changetype<usize>(der), der.length);
  if (enter(r, SEQUENCE) != r.left) return "";
  if (starts(r, RSA)) return isRsa(r) ? "RS256" : "";
  if (!starts(r, P256)) return "";
  const bits = enter(r, BIT_STRING);
  return bits == POINT_BYTES + 1 && bits == r.left && r.u8() == 0 && r.u8() == UNCOMPRESSED ? "ES256" : "";
}

/** BIT STRING { SEQUENCE { modulus INTEGER, exponent INTEGER } } and nothing behind it. */
function isRsa(r: Reader): bool {
  if (enter(r, BIT_STRING) != r.left || r.u8() != 0 || enter(r, SEQUENCE) != r.left) return false;
  let modulus = enter(r, INTEGER);
  if (r.peek(r.at) == 0) {
    r.skip(1);
    modulus--;
  }
  if (modulus < LEAST_BYTES || modulus > MOST_BYTES) return false;
  r.skip(modulus);
  const exponent = enter(r, INTEGER);
  return exponent > 0 && exponent <= 5 && exponent == r.left && !r.bad;
}

/** Goes into an element of this tag; its length, -1 if it is another. */
function enter(r: Reader, tag: i32): i32 {
  if (r.u8() != tag) r.fail();
  const first = r.u8(), length = first < 0x80 ? first : first == 0x81 ? r.u8() : first == 0x82 ? r.u16() : -1;
  return r.bad || length > r.left ? -1 : length;
}

/** Passes over these bytes if they come next. */
function starts(r: Reader, bytes: StaticArray<u8>): bool {
  if (r.left < bytes.length || memory.compare(r.base + r.at, changetype<usize>(bytes), bytes.length) != 0) return false;
  r.skip(bytes.length);
  return true;
}

/** From modulus and exponent, big endian. */
export function rsaKey(modulus: StaticArray<u8>, exponent: StaticArray<u8>): StaticArray<u8> {
  const numbers = sized(integerLength(modulus)) + sized(integerLength(exponent)), bits = 1 + sized(numbers);
  const out = begin(RSA, bits);
  head(out, SEQUENCE, numbers);
  integer(out, modulus);
  integer(out, exponent);
  return finish(out);
}

/** From the coordinates of the point, 32 bytes each; others make no key. */
export function ecKey(x: StaticArray<u8>, y: StaticArray<u8>): StaticArray<u8> {
  const out = begin(P256, 2 + x.length + y.length);
  out.u8(UNCOMPRESSED);
  out.bytes(changetype<usize>(x), x.length);
  out.bytes(changetype<usize>(y), y.length);
  const whole = x.length == COORDINATE_BYTES && y.length == COORDINATE_BYTES, key = finish(out);
  return whole ? key : new StaticArray<u8>(0);
}

/** Until the first byte in the BIT STRING, which is `bits` long with the count of unused bits. */
function begin(algorithm: StaticArray<u8>, bits: i32): Writer {
  const out = new Writer(512);
  head(out, SEQUENCE, algorithm.length + sized(bits));
  out.bytes(changetype<usize>(algorithm), algorithm.length);
  head(out, BIT_STRING, bits);
  out.u8(0);
  return out;
}

function finish(out: Writer): StaticArray<u8> {
  const bytes = out.copied();
  out.free();
  return bytes;
}

/** Length of an element whose content is so long; at most 65,535. */
function sized(content: i32): i32 { return content + (content < 0x80 ? 2 : content < 0x100 ? 3 : 4); }

function head(out: Writer, tag: i32, length: i32): void {
  out.u8(tag);
  if (length < 0x80) return out.u8(length);
  out.u8(length < 0x100 ? 0x81 : 0x82);
  if (length < 0x100) out.u8(length);
  else out.u16(length);
}

function zeros(number: StaticArray<u8>): i32 {
  let count = 0;
  while (count < number.length - 1 && number[count] == 0) count++;
  return count;
}

function integerLength(number: StaticArray<u8>): i32 {
  const skipped = zeros(number);
  return number.length - skipped + (number[skipped] >> 7);
}

function integer(out: Writer, number: StaticArray<u8>): void {
  const skipped = zeros(number);
  head(out, INTEGER, integerLength(number));
  if (number[skipped] > 0x7f) out.u8(0);
  out.bytes(changetype<usize>(number) + skipped, number.length - skipped);
}
