import assert from "node:assert/strict";
import { after, before, test } from "node:test";
import { startJavaServer, type JavaServer } from "../../../harness/peers/dubbo/index.ts";
import { until } from "../../../harness/tools/wait.ts";
import type { Provider } from "../provider.ts";
import { registryProvider } from "../registry.ts";
import { listen, type Listening } from "../testing/listening.ts";
import { NacosStandIn } from "../testing/nacos.ts";
import { Connection } from "./connection.ts";
import { serviceRecord } from "./nacos.ts";

const HOST = "org.x.demo", SERVICE = "providers:org.x.Demo:1.0.0:";

let nacos: NacosStandIn, provider: Provider, told: Listening;
/** One for each instance, by port: a connection has one of a service. */
const clients = new Map<number, Connection>();

before(async () => {
  nacos = await new NacosStandIn().start();
  provider = registryProvider(`nacos://127.0.0.1:${nacos.httpPort}`);
  told = await listen(provider);
});

after(async () => {
  await provider?.stop();
  forget();
  nacos?.stop();
});

/** With all fields that Nacos' clients send. */
const instance = (port: number, more: object = {}) => ({
  ip: "10.0.0.1", port, weight: 1, healthy: true, enabled: true, ephemeral: true, clusterName: "DEFAULT", serviceName: SERVICE,
  metadata: { interface: "org.x.Demo", version: "1.0.0", protocol: "dubbo" }, ...more,
});
async function say(type: string, port: number, more: object = {}, serviceName = SERVICE): Promise<void> {
  const client = clients.get(port) ?? await Connection.open(`127.0.0.1:${nacos.httpPort + 1000}`, "public", () => undefined);
  clients.set(port, client);
  await client.ask("InstanceRequest", { namespace: "public", groupName: "DEFAULT_GROUP", serviceName, type, instance: instance(port, more) });
}
function forget(): void {
  for (const client of clients.values()) client.close();
  clients.clear();
}

test("an instance that registers, changes or leaves shows within a second, and the last one empties the service", async () => {
  const times: number[] = [];
  for (let port = 1; port <= 5; port++) {
    await say("registerInstance", port);
    times.push(await told.has(HOST, Array.from({ length: port }, (_, i) => `10.0.0.1:${i + 1}`)));
  }
  await say("registerInstance", 1, { weight: 0.5 });
  await until("the weight changes", 5000, () => told.source(HOST)?.text.includes('"weight": 50'));
  await say("registerInstance", 2, { enabled: false });
  times.push(await told.has(HOST, [1, 3, 4, 5].map((port) => `10.0.0.1:${port}`)));
  for (const port of [1, 2, 3, 4, 5]) await say("deregisterInstance", port);
  times.push(await told.has(HOST, []));
  const slow = times.filter((ms) => ms > 1000);
  assert.ok(slow.length <= 1, `${slow.length} of ${times.length} took longer than a second: ${times.join(" ")} ms`);
});

test("while Nacos is away what it told last holds, and when it is back and knows nothing, until servers had time to register again", async () => {
  await say("registerInstance", 7);
  await told.has(HOST, ["10.0.0.1:7"]);
  const failures = told.failures.length;
  nacos.stop();
  await until("the loss is told", 10_000, () => told.failures.length > failures);
  assert.deepEqual(told.endpoints(HOST), ["10.0.0.1:7"]);
  await nacos.start();
  forget();
  await say("registerInstance", 8);
  await told.has(HOST, ["10.0.0.1:7", "10.0.0.1:8"], 30_000);
  await say("registerInstance", 7);
  await say("registerInstance", 9);
  await told.has(HOST, ["10.0.0.1:7", "10.0.0.1:8", "10.0.0.1:9"]);
  for (const port of [7, 9]) await say("deregisterInstance", port);
  await told.has(HOST, ["10.0.0.1:8"]);
});

test("a name or an instance that cannot be read is told once with its path, and harms no other", async () => {
  await say("registerInstance", 1, {}, "providers:*.com:1:");
  await say("registerInstance", 11, { ip: "a-name" });
  await say("registerInstance", 10);
  await told.has(HOST, ["10.0.0.1:8", "10.0.0.1:10"]);
  const skipped = (): string[] => told.failures.filter((text) => text.includes("skipped")).sort();
  await until("all are told", 10_000, () => skipped().length === 2);
  assert.deepEqual(skipped(), [
    `nacos:/DEFAULT_GROUP/${SERVICE}: "a-name" "a-name" is not an IP address: skipped`,
    'nacos:/DEFAULT_GROUP: "providers:*.com:1:" is not a valid interface name: skipped',
  ]);
});

test("what is no service of Dubbo's is passed over, and what Nacos itself would have refused is skipped", () => {
  const many = Object.fromEntries(Array.from({ length: 1000 }, (_, i) => [`p${i}`, "x"]));
  const { skipped } = serviceRecord({ name: SERVICE, hosts: [instance(99_999), instance(1, { metadata: many })] }, "g")!.record;
  assert.deepEqual(skipped.map(({ reason }) => reason), ['"10.0.0.1" has no port of 1 to 65535', '"10.0.0.1" has more than 256 parameters']);
  for (const wrong of [undefined, {}, { name: 1 }, { name: "orders" }, { name: "consumers:org.x.Demo::" }]) assert.equal(serviceRecord(wrong, "g"), undefined);
  assert.deepEqual(serviceRecord({ name: `DEFAULT_GROUP@@${SERVICE}`, hosts: [null, instance(1, { healthy: false }), { ...instance(2), metadata: { protocol: "tri" } }] }, "g")!.record.registrations, []);
});

test("a real Dubbo server registers itself with Nacos' own client, and leaves", async () => {
  const host = "org.meltemi.demo.demo";
  const away = "use-as-config-center=false&use-as-metadata-center=false";
  const start = (name: string): Promise<JavaServer> => startJavaServer({ name, registry: `nacos://127.0.0.1:${nacos.httpPort}?${away}`, registerMode: "interface", weight: 30 });
  const servers = await Promise.all([start("one"), start("two")]);
  try {
    await told.has(host, servers.map(({ port }) => `127.0.0.1:${port}`), 20_000);
    assert.ok(told.source(host)!.text.includes('"weight": 30'));
    const [one, two] = servers;
    await one!.stop("SIGKILL");
    await told.has(host, [`127.0.0.1:${two!.port}`], 20_000);
    await two!.stop();
    await told.has(host, []);
  } finally {
    await Promise.all(servers.map((each) => each.stop("SIGKILL")));
  }
});
