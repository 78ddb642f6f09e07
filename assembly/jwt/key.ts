/** Public keys that tokens are signed with: RSA for RS256, P-256 for ES256. A key has one algorithm, whatever a token says. */
import { decodeBase64 } from "../bytes/base64";
import { Json } from "../bytes/json";
import { Problems } from "../bytes/problems";
import { utf8Bytes } from "../bytes/utf8";
import { Writer } from "../bytes/writer";
import { keyBytes } from "../host/crypto";
import { algorithmOf, ecKey, rsaKey } from "./der";

/** Keys of one set, at most: a token without `kid` is tried with each. */
export const MAX_KEYS = 32;

/** A public key, and the one algorithm that it is for. */
@final
export class JwtKey {
  /** algorithm: RS256 or ES256. der: SubjectPublicKeyInfo. id: its `kid`, empty if it has none. */
  constructor(public algorithm: string, public der: StaticArray<u8>, public id: string = "") {}
}

/** A key in PEM, or its DER in base64; null: it is neither, or no RSA key of 2048..8192 bits and no P-256 key. Configure time only. */
export function readJwtKey(text: string, id: string = ""): JwtKey | null {
  const der = keyBytes(text), algorithm = der ? algorithmOf(der) : "";
  return der && algorithm.length ? new JwtKey(algorithm, der, id) : null;
}

/**
 * The keys of a JWK set (RFC 7517) that verify RS256 or ES256; those for other things are left out. A wrong one is a problem at its
 * path, or, if `lenient`, left out as well.
 */
export function readJwks(set: Json, problems: Problems, lenient: bool = false): JwtKey[] {
  const keys: JwtKey[] = [], list = problems.list(set, "keys");
  for (let i = 0; i < list.length && keys.length < MAX_KEYS; i++) {
    const own = lenient ? new Problems() : problems;
    const key = own.isObject(list[i]) ? readJwk(list[i], own) : null;
    if (key) keys.push(key);
  }
  return keys;
}

/** RFC 7518, 6.2 and 6.3. Null: a problem, or a key for something else. */
function readJwk(jwk: Json, problems: Problems): JwtKey | null {
  const type = problems.needText(jwk, "kty"), algorithm = type == "RSA" ? "RS256" : type == "EC" && jwk.textOf("crv") == "P-256" ? "ES256" : "";
  const use = jwk.get("key_ops");
  if (!algorithm.length || (jwk.has("alg") && jwk.textOf("alg") != algorithm)) return null;
  if ((jwk.has("use") && jwk.textOf("use") != "sig") || (use && !use.hasText("verify"))) return null;
  const first = number(jwk, type == "RSA" ? "n" : "x", problems), second = number(jwk, type == "RSA" ? "e" : "y", problems);
  if (!first || !second) return null;
  const der = type == "RSA" ? rsaKey(first, second) : ecKey(first, second);
  if (algorithmOf(der) == algorithm) return new JwtKey(algorithm, der, jwk.textOf("kid"));
  problems.report(jwk.path(), type == "RSA" ? "allowed: an RSA key of 2048..8192 bits" : "allowed: x and y of 32 bytes");
  return null;
}

/** Bytes in base64; null after a problem. */
function number(jwk: Json, name: string, problems: Problems): StaticArray<u8> | null {
  const text = problems.needText(jwk, name), bytes = utf8Bytes(text), out = new Writer();
  const good = decodeBase64(changetype<usize>(bytes), bytes.length, out) && out.length > 0;
  const number = good ? out.copied() : null;
  out.free();
  if (!good) problems.report(jwk.path() + "." + name, "allowed: a number in base64");
  return number;
}
