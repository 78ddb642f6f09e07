/** A Dubbo server that stops gracefully: it tells its clients first, with the READONLY event. */
import assert from "node:assert/strict";
import { after, before, test } from "node:test";
import { type DubboClient, type JavaServer, startGoClient, startJavaClient, startJavaServer } from "../../harness/peers/dubbo/index.ts";
import { until } from "../../harness/tools/wait.ts";
import { type Mesh, serviceEntry, startMesh } from "./mesh.ts";

let servers: JavaServer[], mesh: Mesh, java: DubboClient, go: DubboClient;

before(async () => {
  servers = await Promise.all(["a", "b"].map((name) => startJavaServer({ name, shutdownWaitMs: 3000 })));
  mesh = await startMesh(serviceEntry("demo.example", "tcp-dubbo", servers.map(({ port }) => [port]), { interface: "org.meltemi.demo.Demo" }));
  [java, go] = await Promise.all([startJavaClient({ port: mesh.ports[0]! }), startGoClient({ port: mesh.ports[0]! })]);
});

after(async () => {
  await Promise.allSettled([java?.stop(), go?.stop(), mesh?.envoy.stop()]);
  await Promise.allSettled((servers ?? []).map((server) => server.stop("SIGKILL")));
});

test("a server stops gracefully while one connection uses two: no call fails", async () => {
  const calls = [{ method: "slow", args: [5, "tag-{n}"] }, { method: "hello", args: ["{n}"] }];
  const work = java.many({ count: 12_000, concurrency: 8, calls });
  await until("both servers are in use", 20_000, async () => (await mesh.count("meltemi_lanes_opened")) >= 2);
  await servers[1]!.stop("SIGTERM");
  const { results, errors } = await work;
  assert.deepEqual(errors, {}, mesh.envoy.log());
  assert.equal(Object.values(results).reduce((sum, n) => sum + n, 0), 12_000);
  assert.equal(await mesh.count("meltemi_lanes_drained") >= 1, true);
  const later = await go.many({ count: 200, concurrency: 4, calls: [{ method: "whoami" }] });
  assert.deepEqual(later.errors, {}, "requests for the server that is gone go to the other");
  assert.deepEqual(later.results, { a: 200 });
});
