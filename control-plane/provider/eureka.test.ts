import assert from "node:assert/strict";
import { after, before, test } from "node:test";
import { startEureka } from "../../harness/peers/eureka/index.ts";
import type { Restartable } from "../../harness/peers/restartable.ts";
import { until } from "../../harness/tools/wait.ts";
import { readApplications } from "./eureka.ts";
import type { Provider } from "./provider.ts";
import { registryProvider } from "./registry.ts";
import { listen, type Listening } from "./testing/listening.ts";

const HOST = "org.x.demo", OTHER = "org.x.other";

let server: Restartable, provider: Provider, told: Listening;

before(async () => {
  server = await startEureka({ "eureka.server.use-read-only-response-cache": "false" });
  provider = registryProvider(`eureka://127.0.0.1:${server.port}`);
  told = await listen(provider);
});

after(async () => {
  await provider?.stop();
  await server?.stop();
});

/** An instance as Dubbo's service discovery for Eureka registers it. */
const instance = (number: number, metadata: object = {}, more: object = {}) => ({
  instanceId: `10.0.0.1:${number}`, hostName: "10.0.0.1", app: "ORDERS", ipAddr: "10.0.0.1", status: "UP", port: { $: number, "@enabled": "true" },
  dataCenterInfo: { "@class": "com.netflix.appinfo.InstanceInfo$DefaultDataCenterInfo", name: "MyOwn" },
  metadata: { "dubbo.endpoints": JSON.stringify([{ port: number, protocol: "dubbo" }]), "dubbo.metadata.revision": "1", "dubbo.interfaces": "org.x.Demo,org.x.Other", ...metadata }, ...more,
});

/** Eureka's REST operations, as its clients use them. */
async function ask(method: string, path: string, body?: object): Promise<number> {
  const { status } = await fetch(`http://127.0.0.1:${server.port}/eureka/apps/${path}`, { method, ...(body && { headers: { "content-type": "application/json" }, body: JSON.stringify(body) }) });
  return status;
}
const register = async (one: ReturnType<typeof instance>) => assert.equal(await ask("POST", one.app, { instance: one }), 204);
const leave = async (number: number) => assert.equal(await ask("DELETE", `ORDERS/10.0.0.1:${number}`), 200);
const addresses = (...ports: number[]): string[] => ports.map((port) => `10.0.0.1:${port}`);

test("an instance that registers, changes or leaves shows within a second in each of its interfaces, and the last one empties them", async () => {
  const times: number[] = [];
  const both = async (...ports: number[]) => times.push(await told.has(HOST, addresses(...ports)), await told.has(OTHER, addresses(...ports)));
  for (const [at, ports] of [[1], [1, 2], [1, 2, 3]].entries()) {
    await register(instance(at + 1));
    await both(...ports);
  }
  assert.equal(await ask("PUT", "ORDERS/10.0.0.1:2/status?value=OUT_OF_SERVICE"), 200);
  await both(1, 3);
  assert.equal(await ask("DELETE", "ORDERS/10.0.0.1:2/status?value=UP"), 200);
  await both(1, 2, 3);
  await register(instance(1, { aeraki_meta_locality: "r/z" }));
  await until("the locality shows", 5000, () => told.source(HOST)!.text.includes('"locality": "r/z"'));
  for (const [at, ports] of [[2, 3], [3], []].entries()) {
    await leave(at + 1);
    await both(...ports);
  }
  const slow = times.filter((ms) => ms > 1000);
  assert.ok(slow.length <= 1, `${times.join(" ")} ms`);
});

test("an application that does not say what it offers is a service itself; what is not up, or no Dubbo, is passed over", async () => {
  const silent = { "dubbo.interfaces": "" };
  await register(instance(1, silent));
  await register(instance(2, silent, { status: "DOWN" }));
  await register(instance(4, { "dubbo.endpoints": undefined }));
  await register(instance(3, silent, { app: "ONE-MORE" }));
  await told.has("orders", addresses(1));
  await told.has("one-more", addresses(3));
  for (const number of [1, 2, 4]) await leave(number);
  await told.has("orders", []);
  for (const wrong of [null, {}, { applications: null }, { applications: { application: 7 } }, { applications: { application: [null, { instance: [null, 7] }] } }]) assert.deepEqual(readApplications(wrong), []);
});

test("what cannot be read is told once with its path, and harms no other", async () => {
  for (const one of [instance(99_999), instance(2, { "dubbo.endpoints": "{" }), instance(3, { "dubbo.interfaces": "*.com" }), instance(1)]) await register(one);
  await told.has(HOST, addresses(1));
  await register(instance(4));
  await told.has(HOST, addresses(1, 4));
  assert.deepEqual(told.failures.map((text) => text.replace(/^eureka:\/orders: "10\.0\.0\.1" /, "")).sort(), [
    '"*.com" is not a valid interface name: skipped', '"{" is no JSON: skipped', "has no port of 1 to 65535: skipped",
  ].sort());
});

test("an Eureka that dies and comes back knows nothing: its servers stay until they had time to register again", async () => {
  const failures = told.failures.length;
  await server.kill();
  await until("the loss is told", 10_000, () => told.failures.length > failures);
  assert.deepEqual(told.endpoints(HOST), addresses(1, 4));
  await server.start();
  assert.equal(await ask("PUT", "ORDERS/10.0.0.1:1"), 404);
  await register(instance(5));
  await told.has(HOST, addresses(1, 4, 5), 30_000);
  // who has registered again and leaves is gone at once
  await register(instance(1));
  await register(instance(6));
  await told.has(HOST, addresses(1, 4, 5, 6));
  await leave(1);
  const ms = await told.has(HOST, addresses(4, 5, 6));
  assert.ok(ms < 5000, `${ms} ms`);
});

test("an Eureka that no longer answers is found out, and asked again when it does", async () => {
  const failures = told.failures.length;
  server.signal("SIGSTOP");
  try {
    await until("the silence is told", 20_000, () => told.failures.length > failures);
    assert.deepEqual(told.endpoints(HOST), addresses(4, 5, 6));
  } finally {
    server.signal("SIGCONT");
  }
  await register(instance(7));
  await told.has(HOST, addresses(4, 5, 6, 7), 30_000);
});
