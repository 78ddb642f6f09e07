/** A filter of one's own denies: what real Dubbo clients make of it, and that Java's Failover does not multiply it. */
import assert from "node:assert/strict";
import { after, before, test } from "node:test";
import { buildGuest } from "../../harness/build/all.ts";
import { type DubboClient, type JavaServer, startGoClient, startJavaClient, startJavaServer } from "../../harness/peers/dubbo/index.ts";
import { until } from "../../harness/tools/wait.ts";
import { type Mesh, serviceEntry, startMesh } from "./mesh.ts";

let wasm: string;

let server: JavaServer, mesh: Mesh, java: DubboClient, go: DubboClient;

before(async () => {
  wasm = await buildGuest("tests/guests/tokenfilter.ts");
  server = await startJavaServer({ name: "v1" });
  const filters = [{ name: "knock", config: { key: "token", token: "open sesame" } }];
  mesh = await startMesh(serviceEntry("demo.example", "tcp-dubbo", [[server.port]]), {
    wasm, plugin: (configuration) => ({ ...configuration, filters }),
  });
  const port = mesh.ports[0]!;
  [java, go] = await Promise.all([startJavaClient({ port }), startGoClient({ port })]);
});

after(async () => { await Promise.allSettled([java?.stop(), go?.stop(), mesh?.envoy.stop(), server?.stop("SIGKILL")]); });

test("who knows the token is served", async () => {
  for (const client of [java, go]) {
    const result = await client.call({ method: "hello", args: ["x"], attachments: { token: "open sesame" } });
    assert.equal(result.ok, true, `${result.error}\n${mesh.envoy.log()}`);
  }
});

// dubbo-go's own Failover tries again on any error in a result, so only Java's is asked to retry.
test("a denial reaches Java and Go as text, and Java's Failover with retries=2 does not multiply it", async () => {
  const before = await mesh.count("meltemi_errors.*Denied");
  const fromJava = await java.call({ method: "hello", args: ["x"], attachments: { token: "wrong" }, retries: 2 });
  assert.equal(fromJava.ok, false);
  assert.match(String(fromJava.error), /the token is missing or wrong/);
  const fromGo = await go.call({ method: "hello", args: ["x"] });
  assert.equal(fromGo.ok, false);
  assert.match(String(fromGo.error), /the token is missing or wrong/);
  await until("both denials are counted", 10_000, async () => (await mesh.count("meltemi_errors.*Denied")) - before >= 2);
  assert.equal((await mesh.count("meltemi_errors.*Denied")) - before, 2, "each denied call was sent once");
});

test("the token is in no log, no statistic", async () => {
  assert.doesNotMatch(mesh.envoy.log() + await mesh.envoy.get("/stats"), /open sesame/);
});
