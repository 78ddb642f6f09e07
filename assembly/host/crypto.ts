/** Signatures by Envoy's own BoringSSL. Protocol: envoy.source.extensions.common.wasm. */
import { decodeBase64 } from "../bytes/base64";
import { FieldReader, writeBytes, writeText } from "../bytes/protobuf";
import { utf8Bytes } from "../bytes/utf8";
import { Writer } from "../bytes/writer";
import { callForeign } from "./foreign";

const message: Writer = new Writer(1024);
const result: Writer = new Writer(64);
const fields: FieldReader = new FieldReader();
let error: string = "";

/** Why the last call of this file failed, in Envoy's words; empty if it did not. */
export function cryptoError(): string { return error; }

/** A key in DER, as the functions of this file take it, from PEM or bare base64; null if it is neither. Configure time only. */
export function keyBytes(text: string): StaticArray<u8> | null {
  const lines = text.split("\n");
  let base64 = "";
  for (let i = 0; i < lines.length; i++) if (!lines[i].startsWith("-----")) base64 += lines[i].trim();
  const bytes = utf8Bytes(base64);
  result.reset();
  return decodeBase64(changetype<usize>(bytes), bytes.length, result) && result.length > 0 ? result.copied() : null;
}

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

const der: Writer = new Writer(160);

/**
 * As `verifySignature`, of a JSON Web Signature (RFC 7518): RS256, RS384, RS512, ES256, ES384 or ES512, its signature as it
 * is there once decoded. False for any other algorithm, `none` and those with shared keys among them. The algorithm must be
 * the key's own, never only what a token says.
 */
export function verifyJws(
  algorithm: string, key: StaticArray<u8>, signatureAt: usize, signatureLength: i32, textAt: usize, textLength: i32,
): bool {
  const bits = algorithm.length == 5 ? algorithm.slice(2) : "", rsa = algorithm.startsWith("RS");
  if ((bits != "256" && bits != "384" && bits != "512") || (!rsa && !algorithm.startsWith("ES"))) return false;
  if (rsa) return verifySignature("sha" + bits, key, signatureAt, signatureLength, textAt, textLength);
  // each number has as many bytes as the curve's: 32, 48, and 66 for 521 bits
  if (signatureLength != (bits == "256" ? 64 : bits == "384" ? 96 : 132)) return false;
  der.reset();
  ecdsaToDer(signatureAt, signatureLength, der);
  return verifySignature("sha" + bits, key, der.base, der.length, textAt, textLength);
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
