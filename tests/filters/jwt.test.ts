/** JSON Web Tokens, with the toy protocol in the emulator. Tokens are made by node:crypto. */
import assert from "node:assert/strict";
import { test } from "node:test";
import type { HttpCall } from "../../harness/emulator/calls.ts";
import { call, type Client, type Config, World } from "../framework/world.ts";
import { badTokens, type Claims, encoded, Signer } from "./tokens.ts";

const rsa = new Signer("RS256"), ec = new Signer("ES256"), stranger = new Signer("RS256");
/** When the emulator's clock starts, seconds. */
const NOW = 1_700_000_000;
const good: Claims = { iss: "https://issuer.example", aud: "shop", sub: "alice", exp: NOW + 600, nbf: NOW - 60 };
const NEEDED = "a token is needed", INVALID = "the token is not valid", NOT_NOW = "the token has expired, or is not valid yet", NO_KEYS = "tokens cannot be verified now";

const config = (more: Config = {}): Config => ({ key: "jwt", issuer: "https://issuer.example", audiences: ["shop", "stock"], keys: [{ pem: rsa.pem }, { pem: ec.pem }], claims: ["sub", "roles", "org.team", "level", "admin"], ...more });
const jwt = (more: Config = {}): Config => ({ name: "jwt", config: config(more) });
const open = (more: Config = {}, world: Config = {}): Promise<World> => World.open({ filters: [jwt(more)], ...world });
const fetched = (more: Config = {}): Config => ({ keys: undefined, fetch: { cluster: "issuer", path: "/jwks.json", host: "issuer.example", ...more } });

const request = (token: string | null, more = ""): string => call(1, "a", "", `${token === null ? "" : ` jwt=${token}`}${more}`);
const denied = (text: string): string => `error 1 ${text.length} reason=Denied code=0\n${text}`;

/** "ok" if the request reaches a server, otherwise why it was refused, "" if it waits. */
function verdict(world: World, token: string | null, more = ""): string {
  const client = world.client().send(request(token, more));
  return outcome(client);
}

function outcome(client: Client): string {
  const got = client.got();
  if (client.hcm.lanes.length > 0) return "ok";
  if (got === "") return "";
  const text = got.slice(got.indexOf("\n") + 1);
  assert.equal(got, denied(text));
  return text;
}

/** Host calls for signatures so far. */
const verified = (world: World): number => world.emulator.hostCalls("proxy_call_foreign_function");

test("RS256 and ES256 open, nothing else does", async () => {
  const world = await open();
  assert.equal(verdict(world, rsa.token(good)), "ok");
  assert.equal(verdict(world, ec.token({ ...good, aud: ["bank", "stock"], nbf: undefined })), "ok");
  assert.equal(verdict(world, null), NEEDED);
  for (const [why, token] of Object.entries(badTokens(rsa, stranger, good))) assert.match(verdict(world, token), /not valid/, why);
  assert.equal(verdict(world, "?"), INVALID, "hidden");
  assert.equal(verdict(world, rsa.token(good), ` jwt=${rsa.token(good)}`), INVALID, "two of them");
  assert.equal(verdict(world, `${rsa.token({ ...good, pad: "x".repeat(500) })}`), "ok");
});

test("exp and nbf, with some leeway", async () => {
  const world = await open({ leewayMs: 30_000 });
  const cases: [Claims, string][] = [
    [{ exp: NOW - 29 }, "ok"], [{ exp: NOW - 31 }, NOT_NOW], [{ exp: undefined }, NOT_NOW], [{ exp: 1e300 }, "ok"], [{ exp: -1 }, NOT_NOW],
    [{ nbf: NOW + 29 }, "ok"], [{ nbf: NOW + 31 }, NOT_NOW], [{ nbf: "0" }, NOT_NOW], [{ nbf: undefined }, "ok"],
  ];
  for (const [more, expected] of cases) assert.equal(verdict(world, rsa.token({ ...good, ...more })), expected, JSON.stringify(more));
});

test("a token is verified once, until it expires", async () => {
  const world = await open({ leewayMs: 0 }), token = rsa.token(good);
  assert.equal(verdict(world, token), "ok");
  const before = verified(world);
  for (let i = 0; i < 20; i++) assert.equal(verdict(world, token), "ok");
  assert.equal(verified(world), before);
  assert.equal(verdict(world, `${token.slice(0, -1)}${token.endsWith("A") ? "B" : "A"}`), INVALID, "another token is not that one");
  world.emulator.advance(599_000);
  assert.equal(verdict(world, token), "ok");
  world.emulator.advance(2000);
  assert.equal(verdict(world, token), NOT_NOW);
});

test("so many are remembered and no more; those in use stay", async () => {
  const world = await open({ cache: 3 }), tokens = Array.from({ length: 20 }, (_, jti) => rsa.token({ ...good, jti, sub: `u${jti}` }));
  for (const token of tokens) {
    assert.equal(verdict(world, tokens[0]!), "ok");
    assert.equal(verdict(world, token), "ok");
  }
  const before = verified(world);
  assert.equal(verdict(world, tokens[0]!), "ok");
  assert.equal(verified(world), before, "in use");
  assert.equal(verdict(world, tokens[1]!), "ok");
  assert.equal(verified(world), before + 1, "forgotten");
});

test("claims are keys for rules and routes behind it, which no client can forge", async () => {
  const routes = [
    { match: [[{ key: "jwt.claims.sub", exact: "alice" }]], cluster: "alice" }, { match: [[{ key: "jwt.claims.roles", regex: "(.* )?admin( .*)?" }]], cluster: "admins" },
    { match: [[{ key: "jwt.claims.org.team", exact: "core" }]], cluster: "core" }, { match: [[{ key: "jwt.claims.level", range: { from: 3, to: 9 } }]], cluster: "high" },
    { match: [[{ key: "jwt.claims.admin", exact: "true" }]], cluster: "truth" }, { match: [[{ key: "jwt.claims.sub", present: true }]], cluster: "named" },
  ];
  const world = await open({ optional: true }, { routes, defaultCluster: "nobody" });
  const to = (claims: Claims | null, more = ""): string => {
    const client = world.client().send(request(claims && rsa.token({ ...good, sub: undefined, ...claims }), more));
    return client.hcm.lanes.map(({ headers }) => headers["x-meltemi-cluster"]).join();
  };
  const cases: [Claims | null, string][] = [
    [{ sub: "alice" }, "alice"], [{ roles: ["user", "admin"] }, "admins"], [{ roles: ["no admin"] }, "nobody"], [{ roles: ["x", {}] }, "nobody"], [{ org: { team: "core" } }, "core"],
    [{ "org.team": "core" }, "core"], [{ level: 7 }, "high"], [{ level: 70 }, "nobody"], [{ admin: true }, "truth"], [{ sub: "bob" }, "named"], [{ sub: null }, "nobody"], [{}, "nobody"], [null, "nobody"],
  ];
  for (const round of [1, 2]) for (const [claims, cluster] of cases) assert.equal(to(claims), cluster, `${JSON.stringify(claims)} ${round}`);
  assert.equal(to(null, " jwt.claims.sub=alice jwt.claims.admin=true"), "nobody");
  assert.equal(to({ sub: "bob" }, " jwt.claims.sub=alice"), "named");
});

test("optional: no token passes, a bad one does not; a prefix; no trace for the server", async () => {
  const world = await open({ optional: true, prefix: "Bearer:", remove: true });
  const client = world.client().send(request(`bearer:${rsa.token(good)}`, " x=1"));
  assert.equal(client.at("a"), call(1, "a", "", " x=1"));
  assert.equal(verdict(world, null), "ok");
  assert.equal(verdict(world, "Basic:YTpi"), "ok");
  assert.equal(verdict(world, "Bearer:YTpi"), INVALID);
  assert.equal(verdict(world, "?"), INVALID);
});

test("kid: the key of that name, or one without", async () => {
  const first = new Signer("RS256", "first"), second = new Signer("RS256", "second");
  const world = await open({ keys: undefined, jwks: { keys: [first.jwk, second.jwk, ec.jwk, { kty: "oct", k: "AAAA" }] } });
  for (const signer of [first, second, ec]) assert.equal(verdict(world, signer.token(good)), "ok");
  assert.equal(verdict(world, first.token(good, { kid: undefined })), "ok");
  assert.equal(verdict(world, first.token(good, { kid: "second" })), INVALID);
  assert.equal(verdict(world, first.token(good, { kid: "third" })), INVALID);
  assert.equal(verdict(world, ec.token(good, { kid: "third" })), "ok");
});

/** The calls that nobody has answered. */
class Issuer {
  private answered = 0;
  constructor(private readonly world: World) {}
  get asked(): number { return this.world.emulator.calls.http.length - this.answered; }
  answer(keys: Signer[] | string | null, status = 200): HttpCall {
    assert.ok(this.asked > 0, "nobody has asked");
    const one = this.world.emulator.calls.http[this.answered++]!;
    const body = Array.isArray(keys) ? JSON.stringify({ keys: keys.map(({ jwk }) => jwk) }) : keys ?? "";
    this.world.emulator.calls.answerHttp(one, keys === null ? [] : [[":status", String(status)]], body);
    this.world.emulator.drainQueues();
    return one;
  }
}

test("keys are fetched: the first requests wait, those without a token of that kind do not", async () => {
  const world = await open(fetched()), issuer = new Issuer(world), token = rsa.token(good);
  const waiting = [world.client().send(request(token)), world.client().send(request(stranger.token(good)))];
  assert.deepEqual(waiting.map(outcome), ["", ""]);
  assert.equal(verdict(world, null), NEEDED);
  assert.equal(verdict(world, "rubbish"), INVALID);
  assert.equal(issuer.asked, 1, "one call for all");
  const asked = issuer.answer([rsa, ec]);
  assert.equal(asked.cluster, "issuer");
  assert.deepEqual(Object.fromEntries(asked.headers), { ":method": "GET", ":path": "/jwks.json", ":authority": "issuer.example", accept: "application/json" });
  assert.deepEqual(waiting.map(outcome), ["ok", INVALID]);
  assert.equal(verdict(world, ec.token(good)), "ok");
  assert.equal(issuer.asked, 0);
});

test("claims of a request that waited are told", async () => {
  const world = await open(fetched(), { routes: [{ match: [[{ key: "jwt.claims.sub", exact: "alice" }]], cluster: "alice" }] }), issuer = new Issuer(world);
  const client = world.client().send(request(rsa.token(good)));
  issuer.answer([rsa]);
  assert.equal(client.at("alice"), request(rsa.token(good)));
});

for (const [what, answer, status] of [["a reset", null, 0], ["status 503", "no", 503], ["no JSON", "{", 200], ["no key", "{\"keys\":[]}", 200], ["no UTF-8 text", "\"\xff", 200], ["too much", " ".repeat(2 << 20), 200]] as const) {
  test(`the first fetch ends with ${what}: requests are refused, and it is tried again`, async () => {
    const world = await open(fetched()), issuer = new Issuer(world), client = world.client().send(request(rsa.token(good)));
    issuer.answer(answer, status);
    assert.equal(outcome(client), NO_KEYS);
    assert.equal(verdict(world, rsa.token(good)), NO_KEYS, "nobody waits for what does not come");
    assert.equal(issuer.asked, 0);
    world.emulator.advance(6000);
    issuer.answer([rsa]);
    assert.equal(verdict(world, rsa.token(good)), "ok");
    assert.match(world.emulator.logs.texts("warn").join(), /^jwt: keys cannot be fetched from cluster issuer: /);
  });
}

test("a cluster that is not there", async () => {
  const world = await open(fetched());
  world.emulator.calls.clusters = new Set();
  assert.equal(verdict(world, rsa.token(good)), NO_KEYS);
});

test("keys are kept while they cannot be fetched; those withdrawn open nothing more", async () => {
  const world = await open(fetched({ refreshMs: 60_000 })), issuer = new Issuer(world), token = rsa.token({ ...good, exp: NOW + 90_000 });
  const client = world.client().send(request(token));
  issuer.answer([rsa, ec]);
  assert.equal(outcome(client), "ok");
  world.emulator.advance(61_000);
  issuer.answer("", 503);
  assert.equal(verdict(world, token), "ok");
  world.emulator.advance(6000);
  issuer.answer([rsa, ec]);
  const before = verified(world);
  assert.equal(verdict(world, token), "ok");
  assert.equal(verified(world), before, "the same keys: what was verified stays so");
  world.emulator.advance(61_000);
  issuer.answer([ec]);
  assert.equal(verdict(world, token), INVALID);
});

test("a key that is not known is asked for, not more often than every five seconds", async () => {
  const first = new Signer("RS256", "first"), second = new Signer("RS256", "second"), world = await open(fetched()), issuer = new Issuer(world);
  const client = world.client().send(request(first.token(good)));
  issuer.answer([first]);
  assert.equal(outcome(client), "ok");
  assert.equal(verdict(world, second.token(good)), INVALID, "too soon");
  world.emulator.advance(5000);
  assert.equal(verdict(world, second.token({ ...good, iss: "else" })), INVALID, "not for tokens of others");
  assert.equal(issuer.asked, 0);
  const later = world.client().send(request(second.token(good)));
  assert.equal(outcome(later), "");
  issuer.answer([first, second]);
  assert.equal(outcome(later), "ok");
  world.emulator.advance(5000);
  const unknown = world.client().send(request(stranger.token(good, { kid: "third" })));
  issuer.answer([first, second]);
  assert.equal(outcome(unknown), INVALID);
});

test("1,024 requests wait for keys, no more; clients that leave are forgotten", async () => {
  const world = await open(fetched()), issuer = new Issuer(world), token = rsa.token(good);
  const clients = Array.from({ length: 1024 }, () => world.client().send(request(token)));
  assert.equal(verdict(world, token), NO_KEYS);
  clients[0]!.connection.close();
  issuer.answer([rsa]);
  assert.equal(clients.slice(1).map(outcome).filter((each) => each === "ok").length, 1023);
});

test("no token, claim or key is in any log, error or metric", async () => {
  const world = await open(fetched()), issuer = new Issuer(world), token = rsa.token({ ...good, sub: "mallory" });
  const client = world.client().send(request(token));
  issuer.answer("not a key set", 200);
  client.got();
  for (const each of [token, `${token}x`, "tok3n"]) verdict(world, each);
  world.count("meltemi_errors");
  const said = JSON.stringify([world.emulator.logs.lines, Object.keys(world.emulator.metrics.all())]);
  assert.doesNotMatch(said, /mallory|tok3n|not a key set/);
  for (const part of token.split(".")) assert.ok(!said.includes(part.slice(0, 12)));
});

test("what is wrong in a configuration is refused with its path", async () => {
  const path = "filters\\[0\\]\\.config";
  const cases: [Config, string][] = [
    [{ key: undefined }, "\\.key: missing"], [{ issuer: undefined }, "\\.issuer: missing"], [{ keys: undefined }, ": missing, allowed: exactly one of keys, jwks, fetch$"],
    [{ jwks: {} }, ": found keys and jwks, allowed: one of them$"], [{ keys: [{ pem: "x" }] }, "\\.keys\\[0\\]\\.pem: allowed: a public key in PEM"], [{ keys: [] }, "\\.keys: allowed: 1\\.\\.32 keys$"],
    [{ keys: undefined, jwks: { keys: [{ kty: "oct" }] } }, "\\.jwks\\.keys: found no key for RS256 or ES256$"], [{ keys: undefined, jwks: { keys: [{ ...rsa.jwk, n: "AQAB" }] } }, "\\.jwks\\.keys\\[0\\]: allowed: an RSA key"],
    [fetched({ cluster: undefined }), "\\.fetch\\.cluster: missing"], [fetched({ url: "x" }), "\\.fetch\\.url: found an unknown field"], [fetched({ path: "jwks" }), "\\.fetch\\.path: allowed: a path that begins with /$"],
    [{ leewayMs: -1 }, "\\.leewayMs: found -1"], [{ cache: 0 }, "\\.cache: found 0"], [{ claims: "sub" }, "\\.claims: found text, allowed: a list$"], [{ secret: "x" }, "\\.secret: found an unknown field"],
  ];
  for (const [more, said] of cases) await assert.rejects(open(more), ({ message }: Error) => new RegExp(`^${path}${said}`).test(message) || assert.fail(message));
  await assert.rejects(World.of("redis", { defaultCluster: "a", filters: [jwt({ key: "authorization" })] }), /filters\[0\]\.config\.key: found "authorization", which the codec does not supply for requests/);
});

test("2,000 broken tokens: one error each, never a trap", async () => {
  let state = 7;
  const random = (below: number): number => (state = (Math.imul(state, 1664525) + 1013904223) >>> 0) % below;
  const world = await open(), sources = [rsa.token(good), ec.token(good), ...Object.values(badTokens(rsa, stranger, good))], known = new Set(sources.slice(0, 2));
  const letters = Array.from({ length: 94 }, (_, i) => String.fromCharCode(0x21 + i)), client = world.client();
  for (let i = 0; i < 2000; i++) {
    let token = sources[random(sources.length)]!;
    for (let changes = 1 + random(4); changes > 0; changes--) {
      const at = random(token.length + 1), length = random(8);
      token = token.slice(0, at) + letters[random(94)]!.repeat(random(3)) + (random(4) ? token.slice(at + length) : token.slice(0, at));
    }
    if (known.has(token) || token === "?") continue;
    client.send(request(token.slice(0, 3000)));
    assert.match(client.got(), /^error 1 \d+ reason=Denied code=0\n/, token);
  }
  assert.equal(world.emulator.dead, null);
  assert.equal(verdict(world, rsa.token(good)), "ok");
});

test("tokens that are no good leave no memory behind on a connection that stays", async () => {
  const world = await open(), client = world.client(), claims = encoded({ ...good, pad: Array.from({ length: 1000 }, () => 0) });
  const token = `${encoded({ alg: "RS256" })}.${claims}.AAAA`;
  for (let i = 0; i < 3000; i++) {
    client.send(request(token));
    assert.equal(client.got(), denied(INVALID));
    if (i % 100 === 0) world.emulator.advance(1000);
  }
  assert.ok(world.emulator.memoryBytes() <= 64 << 20, `${world.emulator.memoryBytes() >> 20} MiB`);
});

test("a filter of the route that a claim leads to sees the request", async () => {
  const routes = [
    { name: "admin", match: [[{ key: "jwt.claims.sub", exact: "alice" }]], cluster: "b" },
    { name: "all", cluster: "a" },
  ];
  const guard: Config = { name: "token", routes: ["admin"], config: { key: "token", tokens: ["secret"] } };
  const world = await World.open({ routes, filters: [jwt(), guard] });
  for (const [sub, more, expected] of [["bob", "", "a"], ["alice", "", ""], ["alice", " token=secret", "b"]] as const) {
    const client = world.client().send(request(rsa.token({ ...good, sub }), more));
    assert.deepEqual(client.hcm.lanes.map(({ headers }) => headers["x-meltemi-cluster"]), expected ? [expected] : [], `${sub}${more}`);
    if (!expected) assert.match(client.got(), /reason=Denied/);
  }
});

test("a claim that no filter tells is no key: a message could claim it", async () => {
  const auth = (key: string): Config => ({ name: "auth", config: { rules: [{ name: "r", action: "allow", match: [[{ key, exact: "admin" }]] }], default: "deny" } });
  for (const key of ["jwt.claims.role", "JWT.Claims.role", "extAuth.role"]) {
    await assert.rejects(World.open({ filters: [jwt(), auth(key)] }), /filters\[1\]\.config\.rules\[0\]\.match\[0\]\[0\]\.key: found ".*role", which no filter sets/);
    await assert.rejects(World.open({ routes: [{ match: [[{ key, exact: "admin" }]], cluster: "a" }] }), /which no filter/);
  }
  await World.open({ filters: [jwt(), auth("jwt.claims.sub")], routes: [{ match: [[{ key: "JWT.claims.ROLES", exact: "admin" }]], cluster: "a" }] });
});

test("claims that are too much to tell open nothing", async () => {
  const extAuth: Config = { name: "extAuth", config: { cluster: "authz", facts: { note: "x-note" } } };
  const world = await World.open({ filters: [extAuth, jwt()] }), client = world.client().send(request(ec.token({ ...good, roles: ["%".repeat(2800)] })));
  world.emulator.calls.answerHttp(world.emulator.calls.http[0]!, [[":status", "200"], ["x-note", "n".repeat(8 << 10)]]);
  assert.equal(outcome(client), "the token has too many claims");
});
