import assert from "node:assert/strict";
import { after, before, test } from "node:test";
import { startEtcd } from "../../../harness/peers/etcd/index.ts";
import type { Restartable } from "../../../harness/peers/restartable.ts";
import { until } from "../../../harness/tools/wait.ts";
import type { Provider } from "../provider.ts";
import { registryProvider } from "../registry.ts";
import { listen, type Listening } from "../testing/listening.ts";
import { EtcdClient } from "./client.ts";
import { EtcdWriter } from "./testing/writer.ts";

const DEMO = "org.x.Demo", HOST = "org.x.demo";

let server: Restartable, client: EtcdWriter, provider: Provider, told: Listening;

before(async () => {
  server = await startEtcd();
  client = new EtcdWriter(`127.0.0.1:${server.port}`);
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
const put = (port: number) => client.put(key(port));

test("a provider that registers or leaves shows within a second, and the last one empties the service", async () => {
  const times: number[] = [];
  for (let port = 1; port <= 6; port++) {
    await put(port);
    times.push(await told.has(HOST, Array.from({ length: port }, (_, i) => `10.0.0.1:${i + 1}`)));
  }
  for (let port = 6; port >= 1; port--) {
    await client.delete(key(port));
    times.push(await told.has(HOST, Array.from({ length: port - 1 }, (_, i) => `10.0.0.1:${i + 1}`)));
  }
  const slow = times.filter((ms) => ms > 1000);
  assert.ok(slow.length <= 1, `${slow.length} of ${times.length} took longer than a second: ${times.join(" ")} ms`);
});

test("a provider whose lease ends is gone", async () => {
  const lease = await client.grant(60);
  await client.put(key(7), lease);
  await told.has(HOST, ["10.0.0.1:7"]);
  await client.revoke(lease);
  await told.has(HOST, []);
});

test("an entry that cannot be read is told once with its path, and harms no other", async () => {
  await client.put(`/dubbo/${DEMO}/providers/nonsense`);
  await client.put(`/dubbo/*.com/providers/${encodeURIComponent("dubbo://10.0.0.1:1/x")}`);
  await put(1);
  await told.has(HOST, ["10.0.0.1:1"]);
  await put(2);
  await told.has(HOST, ["10.0.0.1:1", "10.0.0.1:2"]);
  assert.deepEqual(told.failures, ['etcd:/dubbo: "*.com" is not a valid interface name: skipped', `etcd:/dubbo/${DEMO}/providers: nonsense is not a Dubbo URL: skipped`]);
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

test("a watch from a revision that etcd has compacted away ends with that reason", async () => {
  await put(4);
  const revision = await client.compact("/dubbo/"), watcher = new EtcdClient(`127.0.0.1:${server.port}`);
  try {
    const why = await watcher.watch("/dubbo/", revision - 1n, () => undefined, new AbortController().signal);
    assert.equal(why, `${watcher.server}: Watch/Watch /dubbo/: the history before revision ${revision} is compacted`);
  } finally {
    watcher.close();
  }
});

test("a server that cannot be reached is passed over, and one that wants a password is told it", async () => {
  await client.requirePassword("secret");
  const servers = `127.0.0.1:1,127.0.0.1:${server.port}`;
  const without = registryProvider(`etcd://${servers}`), wrong = registryProvider(`etcd://root:wrong@${servers}`), right = registryProvider(`etcd://root:secret@${servers}`);
  try {
    for (const [refused, reason] of [[without, "user name is empty"], [wrong, "invalid user ID or password"]] as const) {
      const heard = await listen(refused);
      await until("the refusal is told", 20_000, () => heard.failures.length > 0);
      assert.match(heard.failures[0]!, new RegExp(`127.0.0.1:1: .*ECONNREFUSED.*; 127.0.0.1:${server.port}: .*${reason}`));
      assert.equal(heard.changes(), 0);
    }
    const heard = await listen(right);
    await heard.has(HOST, ["10.0.0.1:1", "10.0.0.1:2", "10.0.0.1:3", "10.0.0.1:4"]);
    await client.login("root", "secret");
    await put(5);
    await heard.has(HOST, ["10.0.0.1:1", "10.0.0.1:2", "10.0.0.1:3", "10.0.0.1:4", "10.0.0.1:5"]);
  } finally {
    for (const each of [without, wrong, right]) await each.stop();
  }
});
