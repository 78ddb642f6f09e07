/** A filter of one's own denies: what real Dubbo clients make of it, and that Java's Failover does not multiply it. */
import assert from "node:assert/strict";
import { after, before, test } from "node:test";
import { buildWasm } from "../../harness/build/compile.ts";
import { describeModule } from "../../harness/emulator/describe.ts";
import type { Bootstrap } from "../../harness/envoy/config.ts";
import { type EnvoyHandle, startEnvoy } from "../../harness/envoy/envoy.ts";
import { type DubboClient, type JavaServer, startGoClient, startJavaClient, startJavaServer } from "../../harness/peers/dubbo/index.ts";
import { cacheDir } from "../../harness/tools/paths.ts";
import { join } from "node:path";
import { translate } from "../../control-plane/index.ts";
import { until } from "../../harness/tools/wait.ts";

const WASM = join(cacheDir("test"), "tokenfilter.wasm");

let server: JavaServer, envoy: EnvoyHandle, java: DubboClient, go: DubboClient;

const mesh = (port: number): string => `
apiVersion: networking.istio.io/v1
kind: ServiceEntry
metadata: { name: demo, namespace: default, annotations: { interface: org.meltemi.demo.Demo } }
spec:
  hosts: [demo.example]
  ports: [{ number: 0, name: tcp-dubbo, protocol: TCP }]
  resolution: STATIC
  endpoints: [{ address: 127.0.0.1, ports: { tcp-dubbo: ${port} } }]
`;

/** Puts the filter into every plugin configuration of a bootstrap. */
function withFilter(bootstrap: object, filter: object): Bootstrap {
  return JSON.parse(JSON.stringify(bootstrap), (key, value) => {
    if (key !== "value" || typeof value !== "string" || !value.startsWith('{"codec"')) return value as unknown;
    return JSON.stringify({ ...JSON.parse(value), filters: [filter] });
  }) as Bootstrap;
}

before(async () => {
  await buildWasm("tests/guests/tokenfilter.ts", WASM);
  const { codecs } = await describeModule(WASM);
  server = await startJavaServer({ name: "v1" });
  const modules = Object.fromEntries(codecs.map((traits) => [traits.name, { wasm: WASM, traits }]));
  const result = translate([{ file: "mesh.yaml", text: mesh(server.port) }], { wasm: WASM, modules });
  assert.ok(result.ok, JSON.stringify(result));
  const bootstrap = withFilter(result.bootstrap, { name: "token", config: { key: "token", token: "open sesame" } });
  envoy = await startEnvoy({ bootstrap });
  const port = [...(await envoy.listeners()).values()][0]!.port;
  [java, go] = await Promise.all([startJavaClient({ port }), startGoClient({ port })]);
});

after(async () => { await Promise.allSettled([java?.stop(), go?.stop(), envoy?.stop(), server?.stop("SIGKILL")]); });

test("who knows the token is served", async () => {
  for (const client of [java, go]) {
    const result = await client.call({ method: "hello", args: ["x"], attachments: { token: "open sesame" } });
    assert.equal(result.ok, true, `${result.error}\n${envoy.log()}`);
  }
});

// dubbo-go's own Failover tries again on any error in a result, so only Java's is asked to retry.
test("a denial reaches Java and Go as text, and Java's Failover with retries=2 does not multiply it", async () => {
  const before = await denials();
  const fromJava = await java.call({ method: "hello", args: ["x"], attachments: { token: "wrong" }, retries: 2 });
  assert.equal(fromJava.ok, false);
  assert.match(String(fromJava.error), /the token is missing or wrong/);
  const fromGo = await go.call({ method: "hello", args: ["x"] });
  assert.equal(fromGo.ok, false);
  assert.match(String(fromGo.error), /the token is missing or wrong/);
  await until("both denials are counted", 10_000, async () => (await denials()) - before >= 2);
  assert.equal((await denials()) - before, 2, "each denied call was sent once");
});

test("the token is in no log, no statistic", async () => {
  assert.doesNotMatch(envoy.log() + await envoy.get("/stats"), /open sesame/);
});

async function denials(): Promise<number> {
  const counted = await envoy.stats("meltemi_errors.*Denied");
  return [...counted.values()].reduce((sum, n) => sum + n, 0);
}
