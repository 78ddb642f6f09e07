import assert from "node:assert/strict";
import { after, before, test } from "node:test";
import { Etcd3 } from "etcd3";
import { startEtcd } from "../../harness/peers/etcd/index.ts";
import type { Restartable } from "../../harness/peers/restartable.ts";
import { until } from "../../harness/tools/wait.ts";
import type { Provider } from "./provider.ts";
import { registryProvider } from "./registry.ts";
import { listen, type Listening } from "./testing/listening.ts";

const DEMO = "org.x.Demo", HOST = "org.x.demo";

let server: Restartable, client: Etcd3, provider: Provider, told: Listening;

before(async () => {
  server = await startEtcd();
  client = new Etcd3({ hosts: `http://127.0.0.1:${server.port}` });
  provider = registryProvider(`etcd://127.0.0.1:${server.port}`);
  told = await listen(provider);
});

after(async () => {
  await provider?.stop();
  client?.close();
  await server?.stop();
});

/** As Dubbo's etcd registry writes it: the key says all. */
const key = (port: number, parameters = "") => `/dubbo/${DEMO}/providers/${encodeURIComponent(`dubbo://10.0.0.1:${port}/${DEMO}?interface=${DEMO}${parameters}`)}`;
const put = (port: number) => client.put(key(port)).value("").exec();

test("a provider that registers or leaves shows within a second, and the last one empties the service", async () => {
  const times: number[] = [];
  for (let port = 1; port <= 6; port++) {
    await put(port);
    times.push(await told.has(HOST, Array.from({ length: port }, (_, i) => `10.0.0.1:${i + 1}`)));
  }
  for (let port = 6; port >= 1; port--) {
    await client.delete().key(key(port)).exec();
    times.push(await told.has(HOST, Array.from({ length: port - 1 }, (_, i) => `10.0.0.1:${i + 1}`)));
  }
  const slow = times.filter((ms) => ms > 1000);
  assert.ok(slow.length <= 1, `${slow.length} of ${times.length} took longer than a second: ${times.join(" ")} ms`);
});

test("a provider whose lease ends is gone", async () => {
  const lease = client.lease(60);
  await lease.put(key(7)).value("").exec();
  await told.has(HOST, ["10.0.0.1:7"]);
  await lease.revoke();
  await told.has(HOST, []);
});

test("an entry that cannot be read is told once with its path, and harms no other", async () => {
  await client.put(`/dubbo/${DEMO}/providers/nonsense`).value("").exec();
  await client.put(`/dubbo/*.com/providers/${encodeURIComponent("dubbo://10.0.0.1:1/x")}`).value("").exec();
  await put(1);
  await told.has(HOST, ["10.0.0.1:1"]);
  await put(2);
  await told.has(HOST, ["10.0.0.1:1", "10.0.0.1:2"]);
  assert.deepEqual(told.failures, ['etcd:/dubbo: "*.com" is no name of an interface: skipped', `etcd:/dubbo/${DEMO}/providers: nonsense is no URL of Dubbo's: skipped`]);
});

test("while etcd is away what it told last holds, and what changed meanwhile shows when it is back", async () => {
  const failures = told.failures.length;
  await server.kill();
  await until("the loss is told", 20_000, () => told.failures.length > failures);
  assert.deepEqual(told.endpoints(HOST), ["10.0.0.1:1", "10.0.0.1:2"]);
  await server.start();
  await until("the test's own client is back", 20_000, () => put(3).then(() => true));
  await told.has(HOST, ["10.0.0.1:1", "10.0.0.1:2", "10.0.0.1:3"], 30_000);
});

test("an etcd that no longer answers is found out, and asked again when it does", async () => {
  const failures = told.failures.length;
  server.signal("SIGSTOP");
  try {
    await until("the silence is told", 30_000, () => told.failures.length > failures);
    assert.deepEqual(told.endpoints(HOST), ["10.0.0.1:1", "10.0.0.1:2", "10.0.0.1:3"]);
  } finally {
    server.signal("SIGCONT");
  }
  await until("the test's own client is back", 20_000, () => put(4).then(() => true));
  await told.has(HOST, ["10.0.0.1:1", "10.0.0.1:2", "10.0.0.1:3", "10.0.0.1:4"], 30_000);
});
