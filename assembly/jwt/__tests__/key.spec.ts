import { parseJson } from "../../bytes/jsonParser";
import { Problems } from "../../bytes/problems";
import { algorithmOf } from "../der";
import { JwtKey, readJwks, readJwtKey } from "../key";

/** RFC 7517, A.1; the same keys in DER by node:crypto. */
const EC = '{"kty":"EC","crv":"P-256","use":"sig","kid":"1","x":"MKBCTNIcKUSDii11ySs3526iDZ8AiTo7Tu6KPAqv7D4","y":"4Etl6SRW2YiLUrN5vfvVHuhp7x8PxltmWWlbbM4IFyM"}';
const EC_DER = "MFkwEwYHKoZIzj0CAQYIKoZIzj0DAQcDQgAEMKBCTNIcKUSDii11ySs3526iDZ8AiTo7Tu6KPAqv7D7gS2XpJFbZiItSs3m9+9Ue6GnvHw/GW2ZZaVtszggXIw==";
const N = "0vx7agoebGcQSuuPiLJXZptN9nndrQmbXEps2aiAFbWhM78LhWx4cbbfAAtVT86zwu1RK7aPFFxuhDR1L6tSoc_BJECPebWKRXjBZCiFV4n3oknjhMstn64tZ_2W-5JsGY4Hc5n9yBXArwl93lqt7_RN5w6Cf0h4QyQ5v-65YGjQR0_FDW2QvzqY368QQMicAtaSqzs8KJZgnYb9c7d0zgdAZHzu6qMQvRL5hajrn1n91CbOpbISD08qNLyrdkt-bFTWhAI4vMQFh6WeZu0fM4lFd2NcRwr3XPksINHaQ-G_xBniIqbw0Ls1jF44-csFCur-kEgU8awapJzKnqDKgw";
const RSA = '{"kty":"RSA","n":"' + N + '","e":"AQAB","alg":"RS256","kid":"2011-04-29"}';
const RSA_DER = "MIIBIjANBgkqhkiG9w0BAQEFAAOCAQ8AMIIBCgKCAQEA0vx7agoebGcQSuuPiLJXZptN9nndrQmbXEps2aiAFbWhM78LhWx4cbbfAAtVT86zwu1RK7aPFFxuhDR1L6tSoc/BJECPebWKRXjBZCiFV4n3oknjhMstn64tZ/2W+5JsGY4Hc5n9yBXArwl93lqt7/RN5w6Cf0h4QyQ5v+65YGjQR0/FDW2QvzqY368QQMicAtaSqzs8KJZgnYb9c7d0zgdAZHzu6qMQvRL5hajrn1n91CbOpbISD08qNLyrdkt+bFTWhAI4vMQFh6WeZu0fM4lFd2NcRwr3XPksINHaQ+G/xBniIqbw0Ls1jF44+csFCur+kEgU8awapJzKnqDKgwIDAQAB";
/** By node:crypto: RSA of 1,024 bits, and P-384. */
const SMALL_DER = "MIGfMA0GCSqGSIb3DQEBAQUAA4GNADCBiQKBgQDmE8g7dJvNZl83vucqkCjy67IoTCGrw0mNszHWjfAxEwWRjT8z9iSjgU/0B4WZdd4LUAnjzqqaCA2sUwiLC6kMvFZCBH+e/qIkjHIyMB/hzcFe/qPZtWy9hsZ4Kd5JfxJsHYXOSDN2A1oWk+uPfRASI+sfcej3plidgWJNxnL8PQIDAQAB";
const P384_DER = "MHYwEAYHKoZIzj0CAQYFK4EEACIDYgAEFDDgyll+CF1rXoLBPX3wnLgbYSc2GuZ58TKDOJwr6DlnetYO0DxmXHaVwF5OJYrHgwvsaf4dt2TqqFqL6te02SSu3/Wp2zISL20ojQn85a3MvtkCOMSaO/e5L10df/Qb";

/** "algorithm kid" of each key of a set, or the problem. */
function told(keys: string, lenient: bool = false): string {
  const problems = new Problems(), found = readJwks(parseJson('{"keys":[' + keys + "]}").value!, problems, lenient);
  const all: string[] = [];
  for (let i = 0; i < found.length; i++) all.push(found[i].algorithm + " " + found[i].id);
  return problems.ok ? all.join(", ") : problems.error;
}

function same(key: JwtKey | null, other: JwtKey | null): bool {
  if (!key || !other || key.der.length != other.der.length) return false;
  return key.algorithm == other.algorithm && memory.compare(changetype<usize>(key.der), changetype<usize>(other.der), key.der.length) == 0;
}

describe("readJwtKey", () => {
  it("knows what a key is for", () => {
    expect(readJwtKey(EC_DER)!.algorithm).toBe("ES256");
    expect(readJwtKey(RSA_DER)!.algorithm).toBe("RS256");
    expect(readJwtKey("-----BEGIN PUBLIC KEY-----\n" + RSA_DER + "\n-----END PUBLIC KEY-----\n")!.algorithm).toBe("RS256");
  });

  it("knows no weak keys, other curves, halves or rubbish", () => {
    expect(readJwtKey(SMALL_DER) == null).toBe(true);
    expect(readJwtKey(P384_DER) == null).toBe(true);
    expect(readJwtKey(RSA_DER.slice(0, 200)) == null).toBe(true);
    expect(readJwtKey(EC_DER.slice(0, 40)) == null).toBe(true);
    expect(readJwtKey("no key") == null).toBe(true);
    expect(readJwtKey("") == null).toBe(true);
  });

  it("no bytes of a key can be changed so that it traps, however it is cut", () => {
    const key = readJwtKey(RSA_DER)!.der;
    for (let cut = 0; cut < key.length; cut++) expect(algorithmOf(key.slice<StaticArray<u8>>(0, cut))).toBe("");
    for (let at = 0; at < 40; at++) {
      const changed = key.slice<StaticArray<u8>>(0);
      for (let byte = 0; byte < 256; byte++) {
        changed[at] = <u8>byte;
        expect(algorithmOf(changed).length < 6).toBe(true);
      }
    }
  });
});

describe("readJwks", () => {
  it("makes the same keys as node:crypto", () => {
    const keys = readJwks(parseJson('{"keys":[' + EC + "," + RSA + "]}").value!, new Problems());
    expect(same(keys[0], readJwtKey(EC_DER))).toBe(true);
    expect(same(keys[1], readJwtKey(RSA_DER))).toBe(true);
    expect(keys[1].id).toBe("2011-04-29");
  });

  it("leaves out what is for something else", () => {
    expect(told(EC.replace('"sig"', '"enc"') + "," + RSA.replace("RS256", "RS512"))).toBe("");
    expect(told('{"kty":"oct","k":"c2VjcmV0"},{"kty":"OKP","crv":"Ed25519","x":"AAAA"},' + EC.replace("P-256", "P-384"))).toBe("");
    expect(told(RSA.replace('"alg":"RS256"', '"key_ops":["encrypt"]') + "," + RSA.replace('"alg":"RS256"', '"key_ops":["verify"]'))).toBe("RS256 2011-04-29");
  });

  it("says where a wrong one is", () => {
    expect(told(EC + "," + RSA.replace('"AQAB"', '"!"'))).toBe("keys[1].e: allowed: a number in base64");
    expect(told(RSA.replace(N, "AQAB"))).toBe("keys[0]: allowed: an RSA key of 2048..8192 bits");
    expect(told(EC.replace("MKBC", ""))).toBe("keys[0]: allowed: x and y of 32 bytes");
    expect(told(EC.replace('"kty":"EC",', ""))).toBe("keys[0].kty: missing, allowed: text");
    expect(told("7")).toBe("keys[0]: found a number, allowed: an object");
  });

  it("a lenient reader leaves out the wrong ones, and stops at 32", () => {
    expect(told(RSA.replace('"AQAB"', '"!"') + ",7," + EC, true)).toBe("ES256 1");
    const many: string[] = [];
    for (let i = 0; i < 100; i++) many.push(EC);
    expect(told(many.join(","), true).split(",").length).toBe(32);
  });
});
