/** Signatures by Envoy's own BoringSSL. Protocol: envoy.source.extensions.common.wasm. */
import { FieldReader, writeBytes, writeText } from "../bytes/protobuf";
import { Writer } from "../bytes/writer";
import { callForeign } from "./foreign";

const message: Writer = new Writer(1024);
const result: Writer = new Writer(64);
const fields: FieldReader = new FieldReader();
let error: string = "";

/** Why the last call of this file failed, in Envoy's words; empty if it did not. */
export function cryptoError(): string { return error; }

/**
 * True if a signature of a text is that of a public key. `hash` is sha1, sha224, sha256, sha384 or sha512; the key is
 * SubjectPublicKeyInfo in DER. Envoy knows RSA (PKCS#1 v1.5) and ECDSA (signature in DER; JWT has it as r and s, see
 * `ecdsaToDer`). `verify_signature`, Envoy 1.30 and newer.
 */
export function verifySignature(
  hash: string, key: StaticArray<u8>, signatureAt: usize, signatureLength: i32, textAt: usize, textLength: i32,
): bool {
  message.reset();
  writeText(message, 1, hash);
  writeBytes(message, 2, changetype<usize>(key), key.length);
  writeBytes(message, 3, signatureAt, signatureLength);
  writeBytes(message, 4, textAt, textLength);
  return call("verify_signature") && readResult(null);
}

/**
 * Signs a text with a private key (PKCS#8 in DER) and appends the signature to a writer. `sign`, Envoy 1.37 and newer.
 */
export function sign(hash: string, key: StaticArray<u8>, textAt: usize, textLength: i32, into: Writer): bool {
  message.reset();
  writeText(message, 1, hash);
  writeBytes(message, 2, changetype<usize>(key), key.length);
  writeBytes(message, 3, textAt, textLength);
  return call("sign") && readResult(into);
}

/** A signature of two numbers of equal length, as JWT (RFC 7518, 3.4) has it, as the ASN.1 that `verifySignature` takes. */
export function ecdsaToDer(at: usize, length: i32, into: Writer): void {
  const half = length >> 1, first = integerLength(at, half), second = integerLength(at + half, half);
  const body = first + second + 4;
  into.u8(0x30);
  if (body > 0x7f) into.u8(0x81);
  into.u8(body);
  writeInteger(at, half, first, into);
  writeInteger(at + half, half, second, into);
}

function call(name: string): bool {
  result.reset();
  error = "";
  if (callForeign(name, message.base, message.length, result)) return true;
  error = "the host has no " + name + ", or does not take these arguments";
  return false;
}

/** VerifySignatureResult {result = 1, error = 2}; SignResult {result = 1, signature = 2, error = 3}. */
function readResult(signature: Writer | null): bool {
  let good = false;
  fields.reset(result.base, result.length);
  while (fields.next()) {
    if (fields.field == 1) good = fields.value != 0;
    else if (fields.field == 2 && signature) signature.bytes(fields.at, fields.length);
    else if (fields.length > 0) error = fields.text();
  }
  return good;
}

function leadingZeros(at: usize, length: i32): i32 {
  let zeros = 0;
  while (zeros < length - 1 && load<u8>(at + zeros) == 0) zeros++;
  return zeros;
}

/** Bytes of an ASN.1 integer that is not negative. */
function integerLength(at: usize, length: i32): i32 {
  const zeros = leadingZeros(at, length);
  return length - zeros + (load<u8>(at + zeros) >> 7);
}

function writeInteger(at: usize, length: i32, size: i32, into: Writer): void {
  const zeros = leadingZeros(at, length);
  into.u8(0x02);
  into.u8(size);
  if (size > length - zeros) into.u8(0);
  into.bytes(at + zeros, length - zeros);
}
