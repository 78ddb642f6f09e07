/** Filters auth, token, jwt and extAuth on the real Envoy: real Dubbo, Thrift and Redis clients, and the example protocol. */
import assert from "node:assert/strict";
import { after, before, describe, test } from "node:test";
import { AwesomeClient } from "../../examples/awesomerpc/peer/client.ts";
import { AwesomeServer } from "../../examples/awesomerpc/peer/server.ts";
import { type DubboClient, type JavaServer, startGoClient, startJavaClient, startJavaServer } from "../../harness/peers/dubbo/index.ts";
import { redisCli, RespClient, RespError, type RedisServer, type Reply, startRedis } from "../../harness/peers/redis/index.ts";
import { startClient, startServer, type ThriftClient, type ThriftServer } from "../../harness/peers/thrift/index.ts";
import { until } from "../../harness/tools/wait.ts";
import { badTokens, type Claims, Signer } from "../filters/tokens.ts";
import { Issuer, Judge, withClusters } from "./filters-auth-services.ts";
import { type Mesh, serviceEntry, startMesh } from "./mesh.ts";

const rsa = new Signer("RS256", "rsa-1"), ec = new Signer("ES256", "ec-1"), stranger = new Signer("RS256"), next = new Signer("RS256", "rsa-2");
const seconds = (): number => Math.floor(Date.now() / 1000);
const good = (): Claims => ({ iss: "https://issuer.example", aud: "shop", sub: "alice", exp: seconds() + 600, nbf: seconds() - 60 });
const NEEDED = "a token is needed", INVALID = "the token is not valid", NOT_NOW = "the token has expired, or is not valid yet", WRONG = "the token is missing or wrong";
const DENIED = "access denied", NOBODY = "the authorization service is not available";

type Config = Record<string, unknown>;
const is = (key: string, exact: string): Config => ({ key, exact });
const token = (key: string): Config => ({ name: "token", config: { key, prefix: "Key ", tokens: ["k-one", "k-two"], remove: true } });
const jwt = (key: string, more: Config = {}): Config[] => [
  { name: "jwt", config: { key, prefix: "Bearer ", issuer: "https://issuer.example", audiences: ["shop"], claims: ["sub", "roles"], fetch: { cluster: "issuer", path: "/jwks.json", refreshMs: 600_000 }, ...more } },
  { name: "auth", config: { default: "deny", rules: [{ name: "owners", action: "allow", match: [[is("jwt.claims.sub", "alice")], [{ key: "jwt.claims.roles", regex: "(.* )?admin( .*)?" }]] }] } },
];
const extAuth = (user: string, more: Config = {}): Config => ({ name: "extAuth", config: { cluster: "judge", path: "/check", timeoutMs: 2000, headers: { "x-user": user }, ...more } });

/** By service: the codec, and the filters. */
const SERVICES: Record<string, [string, Config[]]> = {
  "dubbo-token": ["dubbo", [token("api-key")]], "dubbo-jwt": ["dubbo", jwt("authorization")], "dubbo-ask": ["dubbo", [extAuth("user", { set: { role: "x-role" } })]],
  "thrift-token": ["thrift", [token("header.api-key")]], "thrift-jwt": ["thrift", jwt("header.authorization")], "thrift-ask": ["thrift", [extAuth("header.user", { set: { "header.role": "x-role" } })]],
  "redis-rules": ["redis", [{ name: "auth", config: { default: "allow", rules: [
    { name: "alice", action: "allow", match: [[is("user", "alice"), { key: "key", prefix: "admin:" }]] }, { name: "admins", action: "deny", match: [[{ key: "key", prefix: "admin:" }]] },
    { name: "flush", action: "deny", match: [[{ key: "command", prefix: "flush" }]] }, { name: "size", action: "deny", match: [[is("command", "dbsize")]], dryRun: true },
  ] } }]],
  "redis-ask": ["redis", [extAuth("key")]],
  "rpc-jwt": ["awesomerpc", jwt("authorization")],
  "rpc-ask": ["awesomerpc", [extAuth("user", { timeoutMs: 20_000 })]], "rpc-open": ["awesomerpc", [extAuth("user", { onFailure: "allow", timeoutMs: 300 })]],
  "rpc-office": ["awesomerpc", [{ name: "auth", config: { default: "deny", rules: [{ name: "here", action: "allow", match: [[{ key: "source.address", cidr: ["127.0.0.0/8"] }, is("connection.mtls", "false"), is("to", "office")]] }] } }]],
};
const PORT_NAMES: Record<string, string> = { dubbo: "tcp-dubbo", thrift: "tcp-thrift-framed-header-binary", redis: "tcp-redis", awesomerpc: "tcp-metaprotocol-awesomerpc" };

let java: JavaServer, thrift: ThriftServer, redis: RedisServer, rpc: AwesomeServer, issuer: Issuer, judge: Judge, mesh: Mesh;
const ports: Record<string, number> = {};

before(async () => {
  [java, thrift, redis, rpc, issuer, judge] = await Promise.all([
    startJavaServer({ name: "v1" }), startServer("python", { name: "v1", transport: "header" }), startRedis({ args: ["--user", "alice", "on", ">wonder", "~*", "&*", "+@all"] }),
    new AwesomeServer("v1").start(), new Issuer([rsa, ec]).start(), new Judge().start(),
  ]);
  const behind: Record<string, number> = { dubbo: java.port, thrift: thrift.port, redis: redis.port, awesomerpc: rpc.port };
  const entries = Object.entries(SERVICES).map(([name, [codec]]) => serviceEntry(`${name}.example`, PORT_NAMES[codec]!, [[behind[codec]!]]));
  mesh = await startMesh(entries.join("\n---\n"), {
    plugin: (configuration) => ({ ...configuration, filters: SERVICES[String(configuration.service).replace(".example", "")]![1] }),
    bootstrap: (bootstrap) => withClusters(bootstrap, { issuer: issuer.port, judge: judge.port }),
  });
  for (const [name, { port }] of await mesh.envoy.listeners()) ports[Object.keys(SERVICES).find((each) => name.includes(each))!] = port;
});

after(async () => {
  await mesh?.envoy.stop();
  await Promise.allSettled([java?.stop("SIGKILL"), thrift?.kill(), redis?.stop(), rpc?.stop(), issuer?.stop(), judge?.stop()]);
});

describe("Dubbo", () => {
  for (const library of ["java", "go"] as const) {
    const using = async (service: string, work: (client: DubboClient) => Promise<void>): Promise<void> => {
      const client = await (library === "java" ? startJavaClient : startGoClient)({ port: ports[service]! });
      try {
        await work(client);
      } finally {
        await client.stop();
      }
    };
    const whoami = (client: DubboClient, attachments: Record<string, string>): Promise<string> =>
      client.call({ method: "whoami", attachments, cluster: "failfast" }).then(({ value, error }) => String(value ?? error));
    const seen = async (client: DubboClient, attachments: Record<string, string>): Promise<Record<string, string>> => {
      const { value, error } = await client.call({ method: "attachments", attachments });
      assert.equal(error, undefined);
      return JSON.parse(String(value)) as Record<string, string>;
    };

    test(`${library}: a token in an attachment, which the server does not see`, () => using("dubbo-token", async (client) => {
      const attachments = await seen(client, { "api-key": "Key k-two", other: "kept" });
      assert.deepEqual([attachments["api-key"], attachments.other], [undefined, "kept"]);
      for (const wrong of [{}, { "api-key": "k-two" }, { "api-key": "Key k-tw" }, { "api-key": "Key k-twoo" }]) assert.match(await whoami(client, wrong as Record<string, string>), new RegExp(WRONG));
    }));

    test(`${library}: JSON Web Tokens, and rules on what they claim`, () => using("dubbo-jwt", async (client) => {
      const bearer = (text: string): Promise<string> => whoami(client, { authorization: `Bearer ${text}` });
      for (const signer of [rsa, ec]) assert.equal(await bearer(signer.token(good())), "v1", mesh.envoy.log());
      assert.equal(await bearer(rsa.token({ ...good(), sub: "bob", roles: ["user", "admin"] })), "v1");
      assert.match(await bearer(rsa.token({ ...good(), sub: "bob" })), new RegExp(DENIED));
      assert.match(await whoami(client, { "jwt.claims.sub": "alice" }), new RegExp(NEEDED));
      assert.match(await bearer(rsa.token({ ...good(), exp: seconds() - 3600 })), new RegExp(NOT_NOW));
      for (const [why, bad] of Object.entries(badTokens(rsa, stranger, good()))) assert.match(await bearer(bad), new RegExp(`${INVALID}|${NOT_NOW}`), why);
    }));

    test(`${library}: an HTTP service decides, and names a role`, () => using("dubbo-ask", async (client) => {
      assert.equal((await seen(client, { user: "ann", role: "forged" })).role, "role of ann");
      assert.match(await whoami(client, { user: "root" }), new RegExp(DENIED));
      assert.match(await whoami(client, { user: "broken" }), new RegExp(NOBODY));
      assert.equal(await whoami(client, { user: "a\r\nx-user: b\r\n" }), "v1");
      assert.equal(judge.asked.at(-1)!["x-user"], "a%0d%0ax-user: b%0d%0a");
    }));
  }
});

describe("Thrift", () => {
  const using = async (library: "python" | "go" | "node", service: string, transport: "header" | "framed", work: (client: ThriftClient) => Promise<void>): Promise<void> => {
    const client = await startClient(library, { port: ports[service]!, transport });
    try {
      await work(client);
    } finally {
      await client.stop();
    }
  };
  const whoami = (client: ThriftClient, headers: Record<string, string> = {}): Promise<string> => client.call({ method: "whoami", headers }).then(({ value, error }) => String(value ?? error));
  const seen = async (client: ThriftClient, headers: Record<string, string>): Promise<unknown> => (await client.call({ method: "headers", headers })).value;

  for (const library of ["python", "go", "node"] as const) {
    test(`${library}: a token in a THeader key, which the server does not see`, () => using(library, "thrift-token", "header", async (client) => {
      assert.deepEqual(await seen(client, { "api-key": "key k-one", other: "kept" }), { other: "kept" });
      const { ok, class: name, error } = await client.call({ method: "whoami", headers: { "api-key": "Key k" } });
      assert.deepEqual([ok, name], [false, "TApplicationException"]);
      assert.match(error!, new RegExp(WRONG));
      assert.equal(await whoami(client, { "api-key": "Key k-one" }), "v1", "the connection goes on");
    }));

    test(`${library}: JSON Web Tokens, and rules on what they claim`, () => using(library, "thrift-jwt", "header", async (client) => {
      const bearer = (text: string): Promise<string> => whoami(client, { authorization: `bearer ${text}` });
      for (const signer of [rsa, ec]) assert.equal(await bearer(signer.token(good())), "v1", mesh.envoy.log());
      assert.match(await bearer(rsa.token({ ...good(), sub: "bob" })), new RegExp(DENIED));
      assert.match(await whoami(client), new RegExp(NEEDED));
      assert.match(await bearer(ec.token({ ...good(), exp: 1 })), new RegExp(NOT_NOW));
      for (const [why, bad] of Object.entries(badTokens(rsa, stranger, good()))) assert.match(await bearer(bad), new RegExp(`${INVALID}|${NOT_NOW}`), why);
    }));

    test(`${library}: an HTTP service decides, and names a role`, () => using(library, "thrift-ask", "header", async (client) => {
      assert.deepEqual(await seen(client, { user: "ann", role: "forged" }), { user: "ann", role: "role of ann" });
      assert.match(await whoami(client, { user: "root" }), new RegExp(DENIED));
      assert.match(await whoami(client, { user: "broken" }), new RegExp(NOBODY));
    }));
  }

  test("a client without THeader has no place for a token", () => using("go", "thrift-token", "framed", async (client) => {
    assert.match(await whoami(client), new RegExp(WRONG));
  }));
});

describe("Redis", () => {
  const text = (reply: Reply): string => reply instanceof RespError ? reply.message : String(reply);

  test("rules on commands, prefixes of keys and users, in words that redis-cli shows", async () => {
    const shown = await redisCli({ port: ports["redis-rules"]! }, ["set k 1", "get admin:k", "mget k admin:k", "keys k*", "flushall", "auth alice wonder", "set admin:k 2", "get admin:k", "flushdb"]);
    const lines = shown.trim().split("\n").map((line) => line.replace(/NOPERM .*/, "NOPERM"));
    assert.deepEqual(lines, ["OK", "(error) NOPERM", "(error) NOPERM", "(error) NOPERM", "(error) NOPERM", "OK", "OK", '"2"', "(error) NOPERM"]);
    const client = await RespClient.connect(ports["redis-rules"]!);
    const [first, , exec] = await client.pipeline([["MULTI"], ["SET", "k", "9"], ["SET", "admin:x", "1"], ["EXEC"]]).then((replies) => replies.slice(1));
    assert.equal(first, "QUEUED");
    assert.match(text(exec!), /^EXECABORT /);
    assert.equal(await client.call("GET", "k"), "1");
    await client.close();
  });

  test("a dry run refuses nothing, and is counted", async () => {
    const client = await RespClient.connect(ports["redis-rules"]!);
    for (let i = 0; i < 3; i++) assert.equal(await client.call("DBSIZE"), 2);
    await until("it is counted", 10_000, async () => (await mesh.count("meltemi_auth_would_refuse")) === 3);
    await until("and logged", 10_000, () => /auth: in a dry run, rule size would have refused \d requests of service redis-rules/.test(mesh.envoy.log()));
    await client.close();
  });

  test("an HTTP service decides on each command; none overtakes another", async () => {
    const client = await RespClient.connect(ports["redis-ask"]!);
    const replies = await client.pipeline(Array.from({ length: 300 }, (_, i) => i % 3 ? ["INCR", "counted"] : ["SET", "root", "1"]));
    assert.deepEqual(replies.filter((_, i) => i % 3), Array.from({ length: 200 }, (_, i) => i + 1));
    replies.filter((_, i) => i % 3 === 0).forEach((reply) => assert.equal(text(reply), `NOPERM ${DENIED}`));
    await client.close();
  });
});

describe("AwesomeRPC", () => {
  const using = async (service: string, work: (client: AwesomeClient) => Promise<void>): Promise<void> => {
    const client = await AwesomeClient.connect(ports[service]!);
    try {
      await work(client);
      assert.deepEqual(client.strays, []);
    } finally {
      await client.close();
    }
  };
  const said = async (client: AwesomeClient, headers: Record<string, string>): Promise<string> => {
    const { status, body } = await client.call(headers);
    return status === 0 ? "ok" : body.toString();
  };
  const bearer = (client: AwesomeClient, text: string): Promise<string> => said(client, { authorization: `Bearer ${text}` });

  test("2,000 requests with 20 tokens on one connection: each has its answer", () => using("rpc-jwt", async (client) => {
    const tokens = Array.from({ length: 20 }, (_, jti) => (jti % 2 ? rsa : ec).token({ ...good(), jti, ...(jti % 5 ? {} : { sub: "bob" }) }));
    // the first thousand may have to wait for keys, and not more than that may
    for (const round of [1, 2]) {
      const answers = await Promise.all(Array.from({ length: 1000 }, (_, i) => bearer(client, tokens[i % 20]!)));
      answers.forEach((answer, i) => assert.match(answer, new RegExp(i % 5 ? "^ok$" : DENIED), `round ${round}`));
    }
  }));

  test("a key that is new is fetched; while nobody gives keys the old ones stay; a key withdrawn opens nothing more", () => using("rpc-jwt", async (client) => {
    assert.equal(await bearer(client, rsa.token(good())), "ok");
    issuer.isDown = true;
    await until("the new key was asked for in vain", 20_000, async () => {
      const before = issuer.asked;
      assert.match(await bearer(client, next.token(good())), new RegExp(INVALID));
      return issuer.asked > before;
    });
    assert.equal(await bearer(client, rsa.token({ ...good(), jti: "later" })), "ok");
    issuer.isDown = false;
    issuer.signers = [ec, next];
    await until("the new key is known", 20_000, async () => (await bearer(client, next.token(good()))) === "ok");
    assert.match(await bearer(client, rsa.token({ ...good(), jti: "later" })), new RegExp(INVALID));
    assert.equal(await bearer(client, ec.token(good())), "ok");
  }));

  test("source address and TLS of the connection", () => using("rpc-office", async (client) => {
    assert.equal(await said(client, { to: "office", "source.address": "192.0.2.1" }), "ok");
    assert.match(await said(client, { to: "else", "source.address": "127.0.0.1" }), new RegExp(DENIED));
  }));

  test("1,000 questions in flight on one connection: each answer is its own request's", () => using("rpc-ask", async (client) => {
    const users = ["ann", "root", "broken", "bob"], expected = [/^ok$/, new RegExp(DENIED), new RegExp(NOBODY), /^ok$/];
    const answers = await Promise.all(Array.from({ length: 1000 }, (_, i) => said(client, { user: users[i % 4]! })));
    answers.forEach((answer, i) => assert.match(answer, expected[i % 4]!));
  }));

  test("nobody answers: refused or let in when the time is over, and others go on meanwhile", () => using("rpc-open", async (client) => {
    const order: string[] = [];
    const slow = said(client, { user: "slow" }).then((answer) => { order.push(`slow ${answer}`); });
    const quick = said(client, { user: "ann" }).then((answer) => { order.push(`quick ${answer}`); });
    await Promise.all([slow, quick]);
    assert.deepEqual(order, ["quick ok", "slow ok"]);
    await until("it is counted", 10_000, async () => (await mesh.count("meltemi_ext_auth_failed")) > 0);
  }));
});

test("no secret is in Envoy's log or statistics; no VM has died", async () => {
  const said = `${mesh.envoy.log()}${JSON.stringify([...(await mesh.envoy.stats("meltemi")).keys()])}`;
  assert.doesNotMatch(said, /k-one|k-two|wonder|eyJ/);
  assert.doesNotMatch(said, /abort:|Uncaught|Function: proxy_on/);
});
