/** JSON Web Tokens made by node:crypto, good and bad. */
import { createHmac, generateKeyPairSync, type KeyObject, sign } from "node:crypto";

export type Claims = Record<string, unknown>;
export type Algorithm = "RS256" | "ES256";

export const encoded = (value: unknown): string => Buffer.from(JSON.stringify(value)).toString("base64url");
export const pem = (key: KeyObject): string => key.export({ type: "spki", format: "pem" }) as string;

/** A pair of keys, and what it signs. */
export class Signer {
  private readonly pair: { publicKey: KeyObject; privateKey: KeyObject };

  constructor(readonly algorithm: Algorithm, readonly id = "") {
    this.pair = algorithm === "RS256" ? generateKeyPairSync("rsa", { modulusLength: 2048 }) : generateKeyPairSync("ec", { namedCurve: "P-256" });
  }

  get pem(): string { return pem(this.pair.publicKey); }
  get jwk(): object { return { ...this.pair.publicKey.export({ format: "jwk" }), ...(this.id ? { kid: this.id } : {}) }; }

  signature(text: string): string {
    return sign("sha256", Buffer.from(text), { key: this.pair.privateKey, dsaEncoding: "ieee-p1363" }).toString("base64url");
  }

  token(claims: Claims, header: Record<string, unknown> = {}): string {
    const text = `${encoded({ alg: this.algorithm, typ: "JWT", ...(this.id ? { kid: this.id } : {}), ...header })}.${encoded(claims)}`;
    return `${text}.${this.signature(text)}`;
  }
}

/** Tokens that must not open a door, by why: `good` makes claims that would, `signer` (RS256) has the key. */
export function badTokens(signer: Signer, stranger: Signer, good: Claims): Record<string, string> {
  const seconds = good.exp as number, token = signer.token(good), [head, claims, signature] = token.split(".") as [string, string, string];
  const hmac = `${encoded({ alg: "HS256", typ: "JWT" })}.${claims}`;
  return {
    "of another issuer": signer.token({ ...good, iss: "https://other.example" }),
    "without issuer": signer.token({ ...good, iss: undefined }),
    "for another audience": signer.token({ ...good, aud: ["bank", "shopping"] }),
    "without audience": signer.token({ ...good, aud: undefined }),
    "with algorithm none": `${encoded({ alg: "none" })}.${claims}.`,
    "with algorithm none and a signature": `${encoded({ alg: "None" })}.${claims}.${signature}`,
    "with HS256 and the public key as the secret": `${hmac}.${createHmac("sha256", signer.pem).update(hmac).digest("base64url")}`,
    "that names the other algorithm": signer.token(good, { alg: "ES256" }),
    "that names RS512": signer.token(good, { alg: "RS512" }),
    "without an algorithm": signer.token(good, { alg: undefined }),
    "signed by a stranger": stranger.token(good),
    "with a critical extension": signer.token(good, { crit: ["exp"] }),
    "whose claims were changed": `${head}.${encoded({ ...good, sub: "root" })}.${signature}`,
    "whose end is text": signer.token({ ...good, exp: String(seconds) }),
    "cut in its signature": token.slice(0, -8),
    "cut in its claims": `${head}.${claims.slice(0, 10)}`,
    "without signature": `${head}.${claims}`,
    "of three dots": "...",
    "of one letter": "x",
    "in five parts": `${token}.AAAA.AAAA`,
    "that is no base64": `!${token}`,
    "whose claims are a list": signer.token([good] as unknown as Claims),
    "whose claims are no UTF-8": `${head}.${Buffer.from([0x22, 0xff, 0xfe, 0x22]).toString("base64url")}.AAAA`,
    "whose claims have a name twice": ((text) => `${text}.${signer.signature(text)}`)(`${head}.${Buffer.from('{"exp":1,"exp":2}').toString("base64url")}`),
    "with a deep header": `${Buffer.from("[".repeat(500)).toString("base64url")}.${claims}.${signature}`,
  };
}
