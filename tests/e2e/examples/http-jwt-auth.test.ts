/** examples/http-jwt-auth, the same on every host, with tokens made by node:crypto. */
import assert from "node:assert/strict";
import { readFileSync } from "node:fs";
import { createHmac, generateKeyPairSync, type KeyObject, sign } from "node:crypto";
import { after, before, describe, it } from "node:test";
import { Room } from "./room.ts";
import { HOSTS, type Stage } from "./stage.ts";

const rsa = generateKeyPairSync("rsa", { modulusLength: 2048 }), stranger = generateKeyPairSync("rsa", { modulusLength: 2048 });
const ec = generateKeyPairSync("ec", { namedCurve: "P-256" });
const pem = (key: KeyObject): string => key.export({ type: "spki", format: "pem" }) as string;
const room = new Room("http-jwt-auth");
const CONFIGURATION = {
  issuer: "https://issuer.example", audience: "shop", headers: { "x-user": "sub" },
  keys: [pem(rsa.publicKey), ec.publicKey.export({ type: "spki", format: "der" }).toString("base64")],
};

const seconds = (): number => Math.floor(Date.now() / 1000);
const encoded = (value: unknown): string => Buffer.from(JSON.stringify(value)).toString("base64url");
const good = (): Record<string, unknown> => ({ iss: "https://issuer.example", aud: "shop", sub: "alice", exp: seconds() + 600, nbf: seconds() - 60 });

type Signer = (text: Buffer) => Buffer;
const byRsa: Signer = (text) => sign("sha256", text, rsa.privateKey);
const byEc: Signer = (text) => sign("sha256", text, { key: ec.privateKey, dsaEncoding: "ieee-p1363" });

function token(claims: unknown, { header = {} as Record<string, unknown>, signer = byRsa } = {}): string {
  const text = `${encoded({ alg: signer === byEc ? "ES256" : "RS256", typ: "JWT", ...header })}.${encoded(claims)}`;
  return `${text}.${signer(Buffer.from(text)).toString("base64url")}`;
}

/** Tokens that must not open the door, and why. */
const BAD: Record<string, () => string> = {
  "expired": () => token({ ...good(), exp: seconds() - 3600 }),
  "without an end": () => token({ ...good(), exp: undefined }),
  "whose end is text": () => token({ ...good(), exp: String(seconds() + 600) }),
  "not valid yet": () => token({ ...good(), nbf: seconds() + 3600 }),
  "whose beginning is text": () => token({ ...good(), nbf: "0" }),
  "of another issuer": () => token({ ...good(), iss: "https://other.example" }),
  "for another audience": () => token({ ...good(), aud: ["bank", "shopping"] }),
  "without audience": () => token({ ...good(), aud: undefined }),
  "with algorithm none": () => token(good(), { header: { alg: "none" }, signer: () => Buffer.alloc(0) }),
  "with HS256 and the public key as the secret": () => token(good(), { header: { alg: "HS256" }, signer: (text) => createHmac("sha256", pem(rsa.publicKey)).update(text).digest() }),
  "that names another key's algorithm": () => token(good(), { header: { alg: "ES256" } }),
  "signed by a stranger": () => token(good(), { signer: (text) => sign("sha256", text, stranger.privateKey) }),
  "with a critical extension": () => token(good(), { header: { crit: ["exp"] } }),
  "whose claims were changed": () => token(good()).replace(/\.[^.]*\./, `.${encoded({ ...good(), sub: "root" })}.`),
  "cut in its signature": () => token(good()).slice(0, -8),
  "cut in its claims": () => token(good()).split(".").slice(0, 1).join("."),
  "with an elliptic signature of half a length": () => token(good(), { signer: byEc }).slice(0, -43),
  "of three dots": () => "...",
  "that is no base64": () => token(good()).replace(".", "!."),
  "whose claims are a list": () => token([good()]),
  "whose claims are no UTF-8": () => `${encoded({ alg: "RS256" })}.${Buffer.from([0x22, 0xff, 0xfe, 0x22]).toString("base64url")}.AAAA`,
};

for (const host of HOSTS) describe(`http-jwt-auth on ${host.name}`, () => {
  let stage: Stage;
  before(async () => { stage = await host.open(room, CONFIGURATION); });
  after(() => stage?.close());

  const enter = (text: string, headers: Record<string, string> = {}): ReturnType<Stage["get"]> => stage.get({ authorization: `Bearer ${text}`, ...headers });

  for (const signer of [byRsa, byEc]) {
    it(`a good token (${signer === byEc ? "ES256" : "RS256"}) opens, and the server hears whose it is`, async () => {
      assert.deepEqual((({ status, body }) => ({ status, body }))(await enter(token(good(), { signer }))), { status: 200, body: "hello alice\n" });
    });
  }

  it("many elliptic signatures, so that numbers with leading zeros and high bits are among them", async () => {
    for (let i = 0; i < 100; i++) assert.equal((await enter(token({ ...good(), jti: i }, { signer: byEc }))).status, 200);
  });

  it("one of several audiences is enough, and the scheme's case does not matter", async () => {
    assert.equal((await stage.get({ authorization: `bearer ${token({ ...good(), aud: ["bank", "shop"] })}` })).status, 200);
  });

  it("a claim's header is the token's alone", async () => {
    assert.equal((await enter(token({ ...good(), sub: undefined }), { "x-user": "root" })).body, "hello -\n");
    assert.equal((await enter(token(good()), { "x-user": "root" })).body, "hello alice\n");
  });

  it("no token, and another scheme", async () => {
    const { status, headers } = await stage.get();
    assert.deepEqual([status, headers["www-authenticate"]], [401, 'Bearer error="invalid_token"']);
    assert.equal((await stage.get({ authorization: "Basic YTpi" })).status, 401);
    assert.equal((await stage.get({ authorization: "x" })).status, 401);
  });

  for (const [name, make] of Object.entries(BAD)) {
    it(`a token ${name} is refused`, async () => assert.equal((await enter(make())).status, 401));
  }
});

for (const host of HOSTS) it(`the README's own token opens the door of envoy.yaml on ${host.name}`, async () => {
  const written = /authorization: Bearer ([\w.-]+)/.exec(readFileSync("examples/http-jwt-auth/README.md", "utf8"))?.[1] ?? "";
  const stage = await host.open(room);
  try {
    assert.equal((await stage.get({ authorization: `Bearer ${written}` })).body, "hello alice\n");
  } finally {
    await stage.close();
  }
});
