import assert from "node:assert/strict";
import { after, before, test } from "node:test";
import { startConsul } from "../../../harness/peers/consul/index.ts";
import type { Restartable } from "../../../harness/peers/restartable.ts";
import { until } from "../../../harness/tools/wait.ts";
import type { Provider } from "../provider.ts";
import { registryProvider } from "../registry.ts";
import { listen, type Listening } from "../testing/listening.ts";

const DEMO = "org.x.Demo", HOST = "org.x.demo", TOKEN = "5a3d7c1e-0b52-4f0e-9a53-0d6a2f1b7c11";
/** Connections that an agent takes from one address; 200 unless it is told otherwise. */
const CONNECTIONS = 30;
const MANY = 2 * CONNECTIONS;

let server: Restartable, provider: Provider, told: Listening;

before(async () => {
  server = await startConsul({ limits: { http_max_conns_per_client: CONNECTIONS }, acl: { enabled: true, default_policy: "deny", tokens: { initial_management: TOKEN, agent: TOKEN } } });
  // a leader makes the tokens of its configuration a moment after it was elected
  await until("Consul knows its token", 60_000, async () => (await fetch(`http://127.0.0.1:${server.port}/v1/acl/token/self`, { headers: { "x-consul-token": TOKEN } })).ok);
  provider = registryProvider(`consul://:${TOKEN}@127.0.0.1:${server.port}`);
  told = await listen(provider);
});

after(async () => {
  await provider?.stop();
  await server?.stop();
});

async function put(path: string, body?: object): Promise<void> {
  const answer = await fetch(`http://127.0.0.1:${server.port}/v1/agent/${path}`, { method: "PUT", headers: { "x-consul-token": TOKEN }, ...(body && { body: JSON.stringify(body) }) });
  assert.equal(answer.status, 200, await answer.text());
}

const url = (port: number, name: string, parameters: string): string => `dubbo://10.0.0.1:${port}/${name}?interface=${name}${parameters}`;

/** As Dubbo's registry for Consul does: its URL in the meta, its parameters as tags too, and a check that it says it passes. */
async function register(port: number, { name = DEMO, parameters = "&weight=30", ttl = "60s", more = {} } = {}): Promise<void> {
  const tags = parameters.split("&").slice(1);
  await put("service/register", { ID: `${name}-${port}`, Name: name, Address: "10.0.0.1", Port: port, Tags: [...tags, "dubbo"], Meta: { url: url(port, name, parameters) }, Check: { TTL: ttl, DeregisterCriticalServiceAfter: "20s" }, ...more });
  await put(`check/pass/service:${name}-${port}`);
}
const leave = (port: number, name = DEMO) => put(`service/deregister/${name}-${port}`);
const addresses = (...ports: number[]): string[] => ports.map((port) => `10.0.0.1:${port}`);

test("a service that is registered, changes, fails its check or leaves shows within a second, and the last one empties it", async () => {
  const times: number[] = [];
  const has = async (...ports: number[]) => times.push(await told.has(HOST, addresses(...ports)));
  for (const [at, ports] of [[1], [1, 2], [1, 2, 3]].entries()) {
    await register(at + 1);
    await has(...ports);
  }
  await register(2, { parameters: "&weight=7" });
  await until("the weight changes", 5000, () => told.source(HOST)?.text.includes('"weight": 7'));
  await put(`check/fail/service:${DEMO}-2`);
  await has(1, 3);
  await put(`check/pass/service:${DEMO}-2`);
  await has(1, 2, 3);
  await put("maintenance?enable=true&reason=test");
  await has();
  await put("maintenance?enable=false");
  await has(1, 2, 3);
  for (const [at, ports] of [[2, 3], [3], []].entries()) {
    await leave(at + 1);
    await has(...ports);
  }
  const slow = times.filter((ms) => ms > 1000);
  assert.ok(slow.length <= 1, `${times.join(" ")} ms`);
});

test("a server that crashes is gone when its check was not passed for its time", async () => {
  await register(1, { ttl: "2s" });
  await told.has(HOST, addresses(1));
  await told.has(HOST, [], 20_000);
  await leave(1);
});

test("without a URL in the meta the tags say what it is; the node's address stands in for its own", async () => {
  await register(7, { parameters: "&weight=40&version=1.0.0", more: { Address: "", Meta: {} } });
  await told.has(HOST, ["127.0.0.1:7"]);
  assert.ok(told.source(HOST)!.text.includes('"weight": 40'));
  await leave(7);
  await told.has(HOST, []);
});

test("what cannot be read is told once with its path, and harms no other", async () => {
  await register(1, { name: "*.com" });
  await register(99_999);
  await register(1);
  await told.has(HOST, addresses(1));
  await register(2);
  await told.has(HOST, addresses(1, 2));
  const skipped = (): string[] => told.failures.filter((text) => text.includes("skipped")).sort();
  await until("both are told", 10_000, () => skipped().length > 1);
  assert.deepEqual(skipped(), [`consul:/${DEMO}: "10.0.0.1" has no port of 1 to 65535: skipped`, 'consul:/: "*.com" is not a valid interface name: skipped'].sort());
  await leave(1, "*.com");
  await leave(99_999);
});

test("while Consul is away what it told last holds, and what changed meanwhile shows when it is back", async () => {
  const failures = told.failures.length;
  await server.kill();
  await until("the loss is told", 10_000, () => told.failures.length > failures);
  assert.deepEqual(told.endpoints(HOST), addresses(1, 2));
  await server.start();
  await until("it takes registrations", 30_000, () => register(5).then(() => true));
  await told.has(HOST, addresses(1, 2, 5), 30_000);
});

test("a Consul that no longer answers is found out, and asked again when it does", async () => {
  const failures = told.failures.length;
  server.signal("SIGSTOP");
  try {
    await until("the silence is told", 30_000, () => told.failures.length > failures);
    assert.deepEqual(told.endpoints(HOST), addresses(1, 2, 5));
  } finally {
    server.signal("SIGCONT");
  }
  await until("it takes registrations", 30_000, () => register(6).then(() => true));
  await told.has(HOST, addresses(1, 2, 5, 6), 30_000);
});

test("an instance without a check whose tags others have too shows late, but shows", async () => {
  const bare = (port: number) => put("service/register", { ID: `bare-${port}`, Name: "org.x.Bare", Address: "10.0.0.1", Port: port, Tags: ["dubbo"] });
  await bare(1);
  await told.has("org.x.bare", addresses(1));
  await bare(2);
  await told.has("org.x.bare", addresses(1, 2), 30_000);
});

test("more interfaces than an agent lets one address have connections", async () => {
  const failures = told.failures.length, name = (at: number): string => `org.x.many.I${at}`;
  for (let at = 0; at < MANY; at++) await register(1, { name: name(at) });
  await told.has(name(MANY - 1).toLowerCase(), addresses(1), 60_000);
  await register(2, { name: name(MANY - 1) });
  const ms = await told.has(name(MANY - 1).toLowerCase(), addresses(1, 2));
  await register(2, { name: name(0) });
  await told.has(name(0).toLowerCase(), addresses(1, 2));
  assert.deepEqual(told.failures.slice(failures), []);
  assert.ok(ms < 3000, `${ms} ms`);
});

test("a token that Consul does not know is told", async () => {
  const other = registryProvider(`consul://:${TOKEN.replace("5", "6")}@127.0.0.1:${server.port}`), heard = await listen(other);
  await until("it is told", 10_000, () => heard.failures.some((text) => text.includes("status 403")));
  assert.equal(heard.changes(), 0);
  await other.stop();
});
