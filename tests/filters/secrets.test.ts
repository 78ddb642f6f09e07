/** What stands in a field that may hold a secret is told by no refusal and no log, whatever its type. */
import assert from "node:assert/strict";
import { test } from "node:test";
import { buildAll } from "../../harness/build/all.ts";
import { FakeHcm } from "../../harness/emulator/http2.ts";
import { Emulator } from "../../harness/emulator/index.ts";

const MARK = "HUNTER2", NUMBER = 4815162342, SHOWN = /HUNTER|4815162342|4815162|\btrue\b|\bnull\b/;
/** The marker in every type of JSON, also as a name. */
const VALUES: unknown[] = [
  MARK, NUMBER, -NUMBER - 0.5, true, null, [MARK], [NUMBER], [[MARK]], [true], [null], { [MARK]: MARK }, { [MARK]: NUMBER }, { [MARK]: null }, { [MARK]: { [MARK]: [MARK] } }, [{ [MARK]: 1 }],
  { password: NUMBER, username: MARK }, { password: [MARK] }, { password: "", username: MARK }, { password: "x", username: NUMBER }, { password: "x", [MARK]: 1 }, { passwordHUNTER2: 1 }, { [MARK]: { password: NUMBER } },
  [{ pem: MARK }], [{ pem: NUMBER }], [{ pem: { [MARK]: 1 } }], [{ pem: "x", id: NUMBER }], [{ pem: "x", [MARK]: 1 }],
  { keys: MARK }, { keys: [MARK] }, { keys: [{ [MARK]: 1 }] }, { keys: [{ kty: NUMBER }] }, { keys: [{ kty: "RSA", n: NUMBER }] }, { keys: [{ kty: "RSA", n: MARK, e: { [MARK]: 1 } }] },
];

const filter = (name: string, config: (value: unknown) => object) => (value: unknown): object => ({ filters: [{ name, config: config(value) }] });
const target = (more: object): object => ({ cluster: "o", ...more });

/** Every place of the module's configuration in which a secret may stand; `options` and `config` hold such places. */
const PLACES: Record<string, [codec: string, config: (value: unknown) => object]> = {
  "token.tokens": ["thrift", filter("token", (value) => ({ key: "method", tokens: value }))],
  "token.tokens[]": ["thrift", filter("token", (value) => ({ key: "method", tokens: ["x", value] }))],
  "jwt.keys": ["thrift", filter("jwt", (value) => ({ key: "method", issuer: "i", keys: value }))],
  "jwt.jwks": ["thrift", filter("jwt", (value) => ({ key: "method", issuer: "i", jwks: value }))],
  "jwt.fetch.path": ["thrift", filter("jwt", (value) => ({ key: "method", issuer: "i", fetch: { cluster: "k", path: value } }))],
  "extAuth.path": ["thrift", filter("extAuth", (value) => ({ cluster: "k", path: value, headers: { x: "method" } }))],
  "tracing.otlp.headers": ["thrift", filter("tracing", (value) => ({ otlp: target({ headers: value }) }))],
  "tracing.otlp.headers.x": ["thrift", filter("tracing", (value) => ({ otlp: target({ headers: { x: value } }) }))],
  "tracing.otlp.path": ["thrift", filter("tracing", (value) => ({ otlp: target({ path: value }) }))],
  "accessLog.otlp.headers": ["thrift", filter("accessLog", (value) => ({ format: "x", otlp: target({ headers: value }) }))],
  "accessLog.otlp": ["thrift", filter("accessLog", (value) => ({ format: "x", otlp: typeof value === "object" ? MARK : value }))],
  "token's configuration": ["thrift", (value) => ({ filters: [{ name: "token", config: typeof value === "object" ? MARK : value }] })],
  "Redis options": ["redis", (value) => ({ options: typeof value === "object" ? MARK : value })],
  "Redis auth": ["redis", (value) => ({ options: { auth: value } })],
  "Redis auth.username": ["redis", (value) => ({ options: { auth: { username: value, password: "x" } } })],
  "Redis auth.password": ["redis", (value) => ({ options: { auth: { username: "u", password: value } } })],
  "Redis upstreamAuth": ["redis", (value) => ({ options: { upstreamAuth: value } })],
  "Redis upstreamAuth.a": ["redis", (value) => ({ options: { upstreamAuth: { a: value } } })],
  "Redis upstreamAuth.a.username": ["redis", (value) => ({ options: { upstreamAuth: { a: { username: value, password: "x" } } } })],
  "Redis upstreamAuth.a.password": ["redis", (value) => ({ options: { upstreamAuth: { a: { password: value } } } })],
};

const THRIFT = { transports: ["framed"], protocols: ["binary"] };

/** What the module says of a configuration, and all of its logs; `refused` if it does not take it. */
async function told(codec: string, text: string): Promise<{ refused: boolean; text: string }> {
  const [module] = await buildAll([codec]), emulator = Emulator.load(module!.wasm);
  let refusal = "";
  try {
    const root = emulator.createRoot(text);
    emulator.newConnection(root, new FakeHcm({ maxFrame: 1 << 20, onLane: () => undefined })).close();
  } catch (error) {
    refusal = (error as Error).message;
    assert.doesNotMatch(refusal, /unreachable|abort/);
  }
  return { refused: refusal !== "", text: [refusal, ...emulator.logs.lines.map((line) => JSON.stringify(line))].join("\n") };
}

for (const [place, [codec, config]] of Object.entries(PLACES)) {
  test(`${place}: nothing of it is told`, async () => {
    let refused = 0;
    for (const value of VALUES) {
      const said = await told(codec, JSON.stringify({ codec, defaultCluster: "a", ...(codec === "thrift" ? { options: THRIFT } : {}), ...config(value) }));
      if (said.refused) refused++;
      // Nothing is secret about the kind of a value in the place of a whole configuration.
      assert.doesNotMatch(said.text.replace(/(config|options|otlp): found (true|null), allowed: an object/g, ""), SHOWN, JSON.stringify(value));
    }
    assert.ok(refused > 0, "no value was refused: the place is none");
  });
}

test("broken JSON is not quoted", async () => {
  const around = (inner: string): string => `{"codec":"redis","defaultCluster":"a","options":{"auth":${inner}}}`;
  for (const inner of [`HUNTER2`, `"HUNTER2`, `{"password":"HUNTER2"`, `{"HUNTER2" 1}`, `{"HUNTER2":1,"HUNTER2":2}`, `{"a":"HUNTER2" "b"}`, `"\\HUNTER2"`, `"\\uHUNTER2"`, `["HUNTER2"; 1]`, `4815162342x`, `04815162342`, `'HUNTER2'`, `"HUNTER2\u0001"`, `"HUNTER2\\ud800"`]) {
    const { refused, text } = await told("redis", around(inner));
    assert.ok(refused, inner);
    assert.doesNotMatch(text, /HUNTER2|"H|\\H|"[0-9]"|481516/, inner);
  }
});
