/** JSON Web Tokens (RFC 7519) in compact form, signed (RFC 7515) with RS256 or ES256. */
import { decodeBase64 } from "../bytes/base64";
import { Json, JsonKind } from "../bytes/json";
import { parseJson } from "../bytes/jsonParser";
import { Reader } from "../bytes/reader";
import { isUtf8 } from "../bytes/utf8";
import { Writer } from "../bytes/writer";
import { verifyJws } from "../host/crypto";
import { JwtKey } from "./key";

/** Bytes of a token, at most. */
export const MAX_TOKEN = 16384;

const DOT: u8 = 0x2e;
const NO_CLAIMS = new Json(JsonKind.Object);
const part: Writer = new Writer(2048), reader: Reader = new Reader();

/** One token, reused for all. Reading allocates: keep what was verified. */
@final
export class Jwt {
  /** What it says of itself, proven by nothing yet. */
  algorithm: string = "";
  /** `kid`, empty if it has none. */
  keyId: string = "";
  claims: Json = NO_CLAIMS;
  private at: usize = 0;
  /** Bytes that are signed, and of the whole. */
  private signed: i32 = 0;
  private length: i32 = 0;

  /** Takes a token apart; false: it is none that could be verified. The bytes must stay until `isSignedBy` is done. */
  read(at: usize, length: i32): bool {
    if (length > MAX_TOKEN || !isBase64Url(at, length)) return false;
    reader.reset(at, length);
    const first = reader.find(DOT, 0), second = first < 0 ? -1 : reader.find(DOT, first + 1);
    if (second < 0) return false;
    const head = object(at, first), claims = head ? object(at + first + 1, second - first - 1) : null;
    // a token with `crit` asks for what is not known here (RFC 7515, 4.1.11)
    if (!head || !claims || head.has("crit")) return false;
    this.algorithm = head.textOf("alg");
    this.keyId = head.textOf("kid");
    this.claims = claims;
    this.at = at;
    this.signed = second;
    this.length = length;
    return true;
  }

  /** True if one of the keys signed it: one of the algorithm that the token names, and of its `kid` where both have one. */
  isSignedBy(keys: JwtKey[]): bool {
    part.reset();
    if (!decodeBase64(this.at + this.signed + 1, this.length - this.signed - 1, part)) return false;
    for (let i = 0; i < keys.length; i++) {
      if (this.mayBeOf(keys[i]) && verifyJws(keys[i].algorithm, keys[i].der, part.base, part.length, this.at, this.signed)) return true;
    }
    return false;
  }

  /** True if it names a key, and none of these has that name. */
  isOfOther(keys: JwtKey[]): bool {
    for (let i = 0; i < keys.length; i++) if (keys[i].id == this.keyId) return false;
    return this.keyId.length > 0;
  }

  /** True if `iss` is this one, or any will do (empty), and `aud` has one of these, or any will do (none). */
  isFor(issuer: string, audiences: string[]): bool {
    if (issuer.length && this.claims.textOf("iss") != issuer) return false;
    const audience = this.claims.get("aud");
    for (let i = 0; audience && i < audiences.length; i++) if (audience.hasText(audiences[i])) return true;
    return audiences.length == 0;
  }

  /** True from `nbf`, which may be missing, to `exp`, which may not; both in seconds since 1970, with some leeway. */
  isCurrent(now: f64, leeway: f64): bool {
    const claims = this.claims;
    return claims.numberOf("exp") + leeway > now && (!claims.has("nbf") || claims.numberOf("nbf") - leeway <= now);
  }

  private mayBeOf(key: JwtKey): bool {
    return key.algorithm == this.algorithm && (!key.id.length || !this.keyId.length || key.id == this.keyId);
  }
}

/** True if it has only letters of base64url (RFC 4648, 5), without padding, and dots: one text is one token. */
function isBase64Url(at: usize, length: i32): bool {
  for (let i = 0; i < length; i++) {
    const byte = <i32>load<u8>(at + i), letter = byte | 0x20;
    if ((letter < 0x61 || letter > 0x7a) && (byte < 0x30 || byte > 0x39) && byte != 0x2d && byte != 0x2e && byte != 0x5f) return false;
  }
  return true;
}

/** A JSON object in base64; null if it is none. */
function object(at: usize, length: i32): Json | null {
  part.reset();
  const good = decodeBase64(at, length, part) && isUtf8(part.base, part.length);
  const value = good ? parseJson(String.UTF8.decodeUnsafe(part.base, part.length)).value : null;
  return value && value.kind == JsonKind.Object ? value : null;
}
