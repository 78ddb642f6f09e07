/** Against answers as Eureka's REST API gives them (`GET /eureka/apps`, JSON). */
import assert from "node:assert/strict";
import { createServer, type Server } from "node:http";
import type { AddressInfo } from "node:net";
import { after, before, test } from "node:test";
import { until } from "../../harness/tools/wait.ts";
import { readApplications } from "./eureka.ts";
import type { Provider } from "./provider.ts";
import { registryProvider } from "./registry.ts";
import { listen, type Listening } from "./testing/listening.ts";

const HOST = "org.x.demo";

let server: Server, provider: Provider, told: Listening, applications: object[] = [], port = 0;

const start = async (): Promise<void> => {
  server = createServer((request, response) => {
    if (request.url !== "/eureka/apps") response.writeHead(404).end();
    else response.writeHead(200, { "content-type": "application/json" }).end(JSON.stringify({ applications: { versions__delta: "1", apps__hashcode: "", application: applications } }));
  });
  await new Promise<void>((resolve) => server.listen(port, "127.0.0.1", resolve));
  port = (server.address() as AddressInfo).port;
};
const stop = (): void => {
  server?.close();
  server?.closeAllConnections();
};

before(async () => {
  await start();
  provider = registryProvider(`eureka://127.0.0.1:${port}`);
  told = await listen(provider);
});

after(async () => {
  await provider?.stop();
  stop();
});

/** An instance as Dubbo's service discovery for Eureka registers it. */
const instance = (number: number, metadata: object = {}, more: object = {}) => ({
  instanceId: `10.0.0.1:${number}`, app: "ORDERS", ipAddr: "10.0.0.1", status: "UP", port: { $: number, "@enabled": "true" },
  metadata: { "dubbo.endpoints": JSON.stringify([{ port: number, protocol: "dubbo" }]), "dubbo.metadata.revision": "1", "dubbo.interfaces": "org.x.Demo,org.x.Other", ...metadata }, ...more,
});
const orders = (...instances: object[]): object => ({ name: "ORDERS", instance: instances });

test("an instance that registers, changes or leaves shows within a second in each of its interfaces, and the last one empties them", async () => {
  const times: number[] = [];
  for (const ports of [[1], [1, 2], [2], []]) {
    applications = [orders(...ports.map((number) => instance(number)))];
    times.push(await told.has(HOST, ports.map((number) => `10.0.0.1:${number}`)), await told.has("org.x.other", ports.map((number) => `10.0.0.1:${number}`)));
  }
  const slow = times.filter((ms) => ms > 1000);
  assert.ok(slow.length <= 1, `${times.join(" ")} ms`);
  applications = [];
});

test("an application that does not say what it offers is a service itself; what is not up, or no Dubbo, is passed over", () => {
  const silent = { "dubbo.interfaces": "", aeraki_meta_locality: "r/z" };
  const found = readApplications({ applications: { application: [
    orders(instance(1, silent), instance(2, silent, { status: "DOWN" }), { app: "ORDERS", ipAddr: "10.0.0.2", status: "UP", metadata: { "management.port": "1" } }),
    { name: "ONE", instance: instance(3, { "dubbo.interfaces": undefined }, { app: "ONE-MORE" }) },
  ] } });
  assert.deepEqual(found.map((each) => [each.interface, each.registrations.map(({ port: number, parameters }) => [number, parameters.get("aeraki_meta_locality")])]), [["orders", [[1, "r/z"]]], ["one-more", [[3, undefined]]]]);
  for (const wrong of [null, {}, { applications: null }, { applications: { application: 7 } }, { applications: { application: [null, { instance: [null, 7] }] } }]) assert.deepEqual(readApplications(wrong), []);
});

test("what cannot be read is told once with its path, and harms no other", async () => {
  applications = [orders(instance(1), instance(99_999), instance(2, { "dubbo.endpoints": "{" }), instance(3, { "dubbo.interfaces": "*.com" }))];
  await told.has(HOST, ["10.0.0.1:1"]);
  assert.deepEqual(told.failures.map((text) => text.replace(/^eureka:\/orders: "10\.0\.0\.1" /, "")).sort(), [
    '"*.com" is no name of an interface: skipped', '"{" is no JSON: skipped', "has no port of 1 to 65535: skipped",
  ].sort());
});

test("while Eureka is away what it told last holds, and what changed meanwhile shows when it is back", async () => {
  const failures = told.failures.length;
  stop();
  await until("the loss is told", 10_000, () => told.failures.length > failures);
  assert.deepEqual(told.endpoints(HOST), ["10.0.0.1:1"]);
  applications = [orders(instance(5))];
  await start();
  await told.has(HOST, ["10.0.0.1:5"], 30_000);
});
