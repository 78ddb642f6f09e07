/** What stands in a field that may hold a secret is in no message, whatever its type and whatever is wrong with it. */
import assert from "node:assert/strict";
import { inspect } from "node:util";
import { test } from "node:test";
import { explain, formatProblem, translate } from "../index.ts";
import { MODULES } from "../testdata/fixtures.ts";

const MARK = "HUNTER2", NUMBER = 4815162342;

/** The marker in every type of JSON, as a value and as a name, and in what YAML cannot read. */
const VALUES: string[] = [
  MARK, `"${MARK}"`, String(NUMBER), `-${NUMBER}.5`, `[${MARK}]`, `[[${MARK}]]`, `{ ${MARK}: x }`, `{ x: ${MARK} }`, `[{ ${MARK}: x }]`, `[{ secret: ${MARK} }]`, `[{ secret: { ${MARK}: x } }]`,
  `{ secret: { name: [${MARK}] } }`, `[{ secret: { name: a, field: { x: ${MARK} } } }]`, `{ plain: ${MARK} }`, `{ plain: { password: [${MARK}], ${MARK}: 1 } }`, `{ plain: { password: ${NUMBER} } }`, `{ secret: { name: { x: ${MARK} } } }`,
  `{ authorization: ${NUMBER} }`, `{ authorization: [${MARK}] }`, `{ ${MARK}: ${NUMBER} }`, `{ ${MARK}: 1, ${MARK}: 2 }`, `[${MARK}, ${NUMBER}]`, `[true, null, ${NUMBER}]`, `{ keys: ${MARK} }`, `[{ pem: ${NUMBER}, ${MARK}: 1 }]`, `[{ pem: [${MARK}] }]`,
  `&${MARK} x`, `*${MARK}`, `&a [${MARK}, *a]`, `[&a ${MARK}, *b]`, `!${MARK} x`, `!a!${MARK} x`, `@${MARK}`, `"\\${MARK}"`, `'${MARK}`, `"${MARK}`, `[${MARK}`, `{ ${MARK}`, `| ${MARK}`, `> ${MARK}`, `${MARK}: ${MARK}: x`, `%${MARK}`, `"x" ${MARK}`, `!!int ${MARK}`, `? ${MARK}`,
  `{ ? { ${MARK}: 1 } : ${MARK} }`, `{ *${MARK} : x }`,
];

const service = `{ "apiVersion": "networking.istio.io/v1", "kind": "ServiceEntry", "metadata": { "name": "a" }, "spec": { "hosts": ["a.example"], "resolution": "STATIC", "addresses": ["127.0.0.1"], "ports": [{ "number": 7001, "name": "tcp-redis" }], "endpoints": [{ "address": "10.0.0.1" }] } }`;
const resource = (kind: string, spec: string): string => `${service}\n---\napiVersion: ${kind.split(" ")[0]}\nkind: ${kind.split(" ")[1]}\nmetadata: { name: x }\n${spec}`;
const policy = (section: string): string => resource("meltemi.io/v1alpha1 Policy", `spec:\n  targetRef: { host: a.example }\n  ${section}`);
const collector = "service: { host: a.example, port: 7001 }";

/** Every place in which a secret may stand; `@` is what is written there. */
const PLACES: Record<string, string> = {
  "token.tokens": policy("token:\n    key: user\n    tokens: @"),
  "token.tokens[]": policy("token:\n    key: user\n    tokens:\n    - @"),
  "tracing.otlp.headers": policy(`tracing:\n    otlp:\n      ${collector}\n      headers: @`),
  "tracing.otlp.headers.x": policy(`tracing:\n    otlp:\n      ${collector}\n      headers:\n        x: @`),
  "accessLog.otlp.headers": policy(`accessLog:\n    otlp:\n      ${collector}\n      headers: @`),
  "jwt.keys": policy("jwt:\n    key: user\n    issuer: i\n    keys: @"),
  "jwt.jwks": policy("jwt:\n    key: user\n    issuer: i\n    jwks: @"),
  "RedisService auth": resource("redis.aeraki.io/v1alpha1 RedisService", "spec:\n  host: [a.example]\n  settings:\n    auth: @"),
  "RedisService auth.plain.password": resource("redis.aeraki.io/v1alpha1 RedisService", "spec:\n  host: [a.example]\n  settings:\n    auth:\n      plain:\n        password: @"),
  "RedisDestination auth": resource("redis.aeraki.io/v1alpha1 RedisDestination", "spec:\n  host: a.example\n  trafficPolicy:\n    connectionPool:\n      redis:\n        auth: @"),
  "ApplicationProtocol options": resource("metaprotocol.aeraki.io/v1alpha1 ApplicationProtocol", "spec:\n  protocol: x\n  codec: redis\n  options: @"),
  "Secret data": resource("v1 Secret", "data: @"),
  "Secret stringData.x": resource("v1 Secret", "stringData:\n  x: @"),
};

const shows = (text: string): boolean => text.includes(MARK) || text.includes(String(NUMBER)) || text.includes("HUNT") || /\\H/.test(text);

for (const [place, template] of Object.entries(PLACES)) {
  test(`${place}: ${VALUES.length} kinds of values, none shown`, () => {
    let wrong = 0;
    for (const value of VALUES) {
      const result = translate([{ file: "x.yaml", text: template.replace("@", () => value) }], { wasm: "x.wasm", modules: MODULES, secrets: false });
      // a name is none: what could be read as one is shown as one, and keys of a jwks are for everybody
      const plain = /jwks|options/.test(place) || value.includes(`${MARK}:`);
      const told = result.ok && plain ? result.warnings.map(formatProblem) : result.ok ? [...result.warnings.map(formatProblem), JSON.stringify(result.bootstrap), inspect(result.ir, { depth: 20 }), JSON.stringify(explain(result.ir, { listener: "a.example" }))] : result.problems.map(formatProblem);
      if (!result.ok) wrong++;
      for (const text of told) assert.ok(!shows(text), `${value}: ${text}`);
    }
    assert.ok(wrong > 0, "nothing was found wrong: the place is none");
  });
}

test("a password among a codec's options is shown by nothing", () => {
  const text = `${service.replace("tcp-redis", "tcp-x")}\n---\napiVersion: metaprotocol.aeraki.io/v1alpha1\nkind: ApplicationProtocol\nmetadata: { name: x }\nspec: { protocol: x, codec: redis, options: { auth: { username: u, password: ${MARK} } } }`;
  const read = (secrets: boolean): string => {
    const result = translate([{ file: "x.yaml", text }], { wasm: "x.wasm", modules: MODULES, secrets });
    assert.ok(result.ok, JSON.stringify(result));
    return JSON.stringify(result.bootstrap) + inspect(result.ir, { depth: 20 });
  };
  assert.ok(!shows(read(false)));
  assert.ok(shows(read(true)), "but the filter gets it");
});
