import assert from "node:assert/strict";
import { test } from "node:test";
import { compile, explain, translate, type Source } from "../../index.ts";
import { MODULES } from "../../testdata/fixtures.ts";
import { Addresses, readRange } from "./addresses.ts";
import { instanceOf, readInstance, withInstances } from "./applications.ts";
import { DubboProvider } from "./provider.ts";
import { readRecord, type ServiceRecord } from "./record.ts";
import { readDubboUrl, readProvider } from "./registration.ts";
import type { Registry, RegistryListener } from "./registry.ts";

// As Dubbo 2.7 registered itself (aeraki-mesh/dubbo2istio, conversion_test.go).
const SEEN = "dubbo%3A%2F%2F172.18.0.9%3A20880%2Forg.apache.dubbo.samples.basic.api.DemoService%3Fanyhost%3Dtrue%26application%3Ddemo-provider" +
  "%26default%3Dtrue%26deprecated%3Dfalse%26dubbo%3D2.0.2%26dynamic%3Dtrue%26generic%3Dfalse%26interface%3Dorg.apache.dubbo.samples.basic.api.DemoService" +
  "%26methods%3DtestVoid%2CsayHello%26pid%3D6%26release%3D1.0-SNAPSHOT%26revision%3D1.0-SNAPSHOT%26side%3Dprovider%26timestamp%3D1618918522655";
const DEMO = "org.x.Demo", HOST = "org.x.demo";

const url = (host: string, parameters: Record<string, string> = {}) =>
  encodeURIComponent(`dubbo://${host}/${DEMO}?${Object.entries({ interface: DEMO, ...parameters }).map((pair) => pair.join("=")).join("&")}`);
const demo = (providers: string[], configurators: string[] = []): ServiceRecord => readRecord(DEMO, `/dubbo/${DEMO}`, providers, configurators);

class Told implements Registry {
  readonly scheme = "zookeeper";
  readonly name = "zookeeper test";
  listener!: RegistryListener;
  constructor(readonly label = "zookeeper") {}
  start(listener: RegistryListener): Promise<void> { this.listener = listener; return Promise.resolve(); }
  stop(): Promise<void> { return Promise.resolve(); }
}

async function provider(...registries: Told[]) {
  const told: Source[][] = [], failures: string[] = [];
  const all = new DubboProvider(registries, { port: 20880, addresses: readRange("127.128.0.0/9")! });
  await all.start({ changed: (sources) => told.push([...sources]), failed: (reason) => failures.push(reason) });
  return { told, failures, last: () => told.at(-1)!, stop: () => all.stop() };
}

async function sourcesOf(...records: ServiceRecord[]): Promise<{ sources: Source[]; failures: string[] }> {
  const registry = new Told(), { last, failures } = await provider(registry);
  registry.listener.changed(records);
  return { sources: last(), failures };
}

type Entry = { metadata: { namespace: string; annotations: Record<string, string> }; spec: { hosts: string[]; addresses: string[]; ports: object[]; endpoints: { address: string; ports: Record<string, number>; labels: Record<string, string>; locality?: string; weight: number }[] } };
const entryOf = ({ text }: Source) => JSON.parse(text.split("---\n")[0]!) as Entry;
const endpointsOf = (source: Source) => entryOf(source).spec.endpoints;
const translated = (sources: readonly Source[]) => translate(sources, { wasm: "x.wasm", modules: MODULES });

test("a provider's node becomes an endpoint of its interface's ServiceEntry", async () => {
  const name = "org.apache.dubbo.samples.basic.api.DemoService";
  const { sources } = await sourcesOf(readRecord(name, `/dubbo/${name}`, [SEEN]));
  const { metadata, spec } = entryOf(sources[0]!);
  assert.equal(sources[0]!.file, `zookeeper:/dubbo/${name}`);
  assert.deepEqual(spec.hosts, [name.toLowerCase()]);
  assert.match(spec.addresses[0]!, /^127\.(1[3-9]\d|12[89]|2\d\d)\./);
  assert.deepEqual(spec.ports, [{ number: 20880, name: "tcp-metaprotocol-dubbo", protocol: "TCP" }]);
  assert.deepEqual(metadata.annotations, { interface: name });
  assert.deepEqual(spec.endpoints, [{
    address: "172.18.0.9", ports: { "tcp-metaprotocol-dubbo": 20880 }, weight: 100,
    labels: {
      application: "demo-provider", default: "true", deprecated: "false", dubbo: "2.0.2", dynamic: "true", generic: "false",
      registryName: "zookeeper", release: "1.0-SNAPSHOT", revision: "1.0-SNAPSHOT", variant: "default",
    },
  }]);
  const result = translated(sources);
  assert.ok(result.ok);
  assert.deepEqual(result.ir.listeners.map(({ service, codec }) => [service, codec]), [[name.toLowerCase(), "dubbo"]]);
});

test("aeraki_meta_ parameters and others become labels, locality, namespace and annotation", async () => {
  const { sources } = await sourcesOf(demo([url("10.0.0.1:20880", {
    version: "1.0.0", aeraki_meta_app_version: "v1", aeraki_meta_locality: "bj%2F800002", aeraki_meta_app_namespace: "shop", aeraki_meta_workload_selector: "app%3Ademo",
    aeraki_meta_app_service_account: "demo", service_group: "user", weight: "30", "not a label": "x", text: "a b", list: "a,b",
  })]));
  const { metadata } = entryOf(sources[0]!);
  assert.deepEqual([metadata.namespace, metadata.annotations.workloadSelector], ["shop", "app:demo"]);
  const [one] = endpointsOf(sources[0]!);
  assert.deepEqual([one!.locality, one!.weight], ["bj/800002", 30]);
  assert.deepEqual(one!.labels, { aeraki_meta_app_service_account: "demo", list: "a-b", registryName: "zookeeper", service_group: "user", variant: "1-0-0", version: "v1" });
});

const DENY_ALL = { file: "policy.yaml", text: ["shop", "default"].map((namespace) => JSON.stringify({
  apiVersion: "dubbo.aeraki.io/v1alpha1", kind: "DubboAuthorizationPolicy", metadata: { name: `of-${namespace}`, namespace }, spec: { action: "DENY", rules: [{ to: [{ operation: { methods: [`drop-${namespace}`] } }] }] },
})).join("\n---\n") };
const inNamespace = (name: string): Record<string, string> => ({ aeraki_meta_app_namespace: name });
const denied = (result: ReturnType<typeof compile>) => result.ok && result.ir.listeners[0]!.filters.map(({ name, config }) => [name, ...(config as { rules: { name: string }[] }).rules.map((rule) => rule.name)]);

test("a server that names another namespace takes the service out of none: the policies of all that were said hold, and that is said", async () => {
  const registry = new Told(), { last } = await provider(registry);
  registry.listener.changed([demo([url("10.0.0.1:1", inNamespace("shop"))])]);
  assert.deepEqual(denied(compile([DENY_ALL, ...last()], MODULES, true)), [["auth", "of-shop"]]);
  registry.listener.changed([demo([url("10.0.0.1:1", inNamespace("shop")), url("10.0.0.8:1", inNamespace("evil")), url("10.0.0.9:1", inNamespace("evil"))])]);
  const moved = compile([DENY_ALL, ...last()], MODULES, true);
  assert.deepEqual(denied(moved), [["auth", "of-shop"]]);
  assert.match(moved.ok ? moved.warnings.map(({ message, found }) => `${message}: ${found}`).join("\n") : "", /its servers name several namespaces: .* apply: evil, shop/);
  registry.listener.changed([demo([url("10.0.0.8:1", inNamespace("evil"))])]);
  assert.deepEqual(denied(compile([DENY_ALL, ...last()], MODULES, true)), [["auth", "of-shop"]], "also when nobody else is left");
  registry.listener.changed([demo([url("10.0.0.8:1", inNamespace("evil")), url("10.0.0.1:1")])]);
  assert.deepEqual(denied(compile([DENY_ALL, ...last()], MODULES, true)), [["auth", "of-default"], ["auth", "of-shop"]], "a filter each: what one refuses is refused");
});

test("a namespace that is none, or one of too many, leaves its server out", async () => {
  const { sources, failures } = await sourcesOf(demo([url("10.0.0.1:1"), url("10.0.0.2:1", inNamespace("a,b")), url("10.0.0.3:1", inNamespace("Evil"))]));
  assert.deepEqual(endpointsOf(sources[0]!).map(({ address }) => address), ["10.0.0.1"]);
  assert.match(failures.join("\n"), /names an invalid namespace: "a,b"/);
  const many = await sourcesOf(demo(Array.from({ length: 20 }, (_, i) => url(`10.0.0.${i + 1}:1`, inNamespace(`n${i}`)))));
  assert.equal(endpointsOf(many.sources[0]!).length, 16);
  assert.match(many.failures.join("\n"), /has another namespace, and the limit of 16 is reached/);
});

test("a policy for a namespace without a Dubbo service waits for one, and that is said; where nothing comes by itself it is a mistake", async () => {
  const { sources } = await sourcesOf(demo([url("10.0.0.1:1", inNamespace("shop"))])), result = compile([DENY_ALL, ...sources], MODULES, true);
  assert.deepEqual(result.ok && result.warnings.map(({ path, message, found, waits }) => [path, message, found, waits]), [["metadata.namespace", "no Dubbo service is in this namespace now: this waits for one", '"default"', true]]);
  assert.equal(compile([DENY_ALL, ...sources], MODULES).ok, false);
});

test("servers that are disabled, weigh nothing or speak another protocol are left out", async () => {
  const tri = encodeURIComponent(`tri://10.0.0.9:50051/${DEMO}?interface=${DEMO}`);
  const { sources, failures } = await sourcesOf(demo([url("10.0.0.1:1", { weight: "0" }), url("10.0.0.2:1", { disabled: "true" }), url("10.0.0.3:1", { enabled: "false" }), tri, url("10.0.0.4:1")]));
  assert.deepEqual(endpointsOf(sources[0]!).map(({ address }) => address), ["10.0.0.4"]);
  assert.deepEqual(failures, []);
});

test("configurators change weights and take servers out, for whom they are", async () => {
  const rule = (text: string) => encodeURIComponent(text);
  const servers = [url("10.0.0.1:1"), url("10.0.0.2:1", { group: "a" }), url("10.0.0.3:1")];
  const { sources } = await sourcesOf(demo(servers, [
    rule(`override://0.0.0.0/${DEMO}?category=configurators&dynamic=false&weight=7`),
    rule(`override://10.0.0.1/${DEMO}?category=configurators&disabled=true`),
    rule(`override://0.0.0.0/${DEMO}?category=configurators&group=a&weight=9`),
    rule(`override://0.0.0.0/${DEMO}?category=configurators&enabled=false&weight=1`),
    rule(`absent://0.0.0.0/${DEMO}?weight=1`),
    "%",
  ]));
  assert.deepEqual(endpointsOf(sources[0]!).map(({ address, weight }) => [address, weight]), [["10.0.0.2", 9], ["10.0.0.3", 7]]);
});

test("groups and versions of one interface have subsets, and each request goes to servers of its own", async () => {
  const { sources } = await sourcesOf(demo([url("10.0.0.1:1", { version: "1.0.0" }), url("10.0.0.2:1", { group: "user", version: "2.0.0" }), url("10.0.0.3:1")]));
  const result = translated(sources);
  assert.ok(result.ok, result.ok ? "" : JSON.stringify(result.problems));
  const to = (metadata: Record<string, string>) => {
    const { clusters } = explain(result.ir, { listener: "org.x.demo", metadata });
    return result.ir.clusters.find(({ name }) => name === clusters[0]!.cluster)!.endpoints.map(({ address }) => address);
  };
  assert.deepEqual(to({ version: "1.0.0" }), ["10.0.0.1"]);
  assert.deepEqual(to({ version: "2.0.0", group: "user" }), ["10.0.0.2"]);
  assert.deepEqual(to({ version: "0.0.0" }), ["10.0.0.3"]);
  assert.deepEqual(to({}), ["10.0.0.3"]);
  assert.deepEqual(to({ version: "3.0.0" }), ["10.0.0.1", "10.0.0.2", "10.0.0.3"]);
});

test("a group whose servers are all gone keeps its subset, empty", async () => {
  const registry = new Told(), { last } = await provider(registry);
  registry.listener.changed([demo([url("10.0.0.1:1", { group: "a" }), url("10.0.0.2:1", { group: "b" })])]);
  registry.listener.changed([demo([url("10.0.0.2:1", { group: "b" })])]);
  const result = translated(last());
  assert.ok(result.ok);
  assert.deepEqual(explain(result.ir, { listener: "org.x.demo", metadata: { group: "a" } }).clusters, [{ cluster: "outbound|20880|a|org.x.demo", weight: 100 }]);
  assert.deepEqual(result.ir.clusters.find(({ name }) => name === "outbound|20880|a|org.x.demo")!.endpoints, []);
});

test("the last server that leaves empties the service, also when its node goes", async () => {
  const registry = new Told(), { last } = await provider(registry);
  registry.listener.changed([demo([url("10.0.0.1:1")])]);
  const address = entryOf(last()[0]!).spec.addresses;
  registry.listener.changed([demo([])]);
  assert.deepEqual(endpointsOf(last()[0]!), []);
  registry.listener.changed([]);
  assert.deepEqual(endpointsOf(last()[0]!), []);
  assert.deepEqual(entryOf(last()[0]!).spec.addresses, address);
  assert.ok(translated(last()).ok);
});

test("what did not change keeps its text, and its address after a restart", async () => {
  const registry = new Told(), { told } = await provider(registry);
  const other = readRecord("org.x.Other", "/dubbo/org.x.Other", [encodeURIComponent("dubbo://10.0.0.7:1/org.x.Other?interface=org.x.Other")]);
  registry.listener.changed([demo([url("10.0.0.1:1")]), other]);
  registry.listener.changed([other, demo([url("10.0.0.2:1")])]);
  const [before, after] = [told[0]!, told[1]!];
  assert.equal(before.find(({ file }) => file.endsWith("Other")), after.find(({ file }) => file.endsWith("Other")));
  assert.notEqual(before[0]!.text, after[0]!.text);
  const { sources } = await sourcesOf(demo([url("10.0.0.9:1")]));
  assert.deepEqual(entryOf(sources[0]!).spec.addresses, entryOf(before[0]!).spec.addresses);
});

test("a server that was started again is one endpoint until its old session expires", async () => {
  const { sources } = await sourcesOf(demo([url("10.0.0.1:1", { timestamp: "2", weight: "2" }), url("10.0.0.1:1", { timestamp: "1", weight: "1" })]));
  assert.deepEqual(endpointsOf(sources[0]!).map(({ weight }) => weight), [2]);
});

test("several registries give the servers of one interface together, once all have told", async () => {
  const [one, two] = [new Told("one"), new Told("two")];
  const { told, last } = await provider(one, two);
  one.listener.changed([demo([url("10.0.0.1:1")])]);
  assert.equal(told.length, 0);
  two.listener.changed([demo([url("10.0.0.2:1")])]);
  assert.deepEqual(endpointsOf(last()[0]!).map(({ address, labels }) => [address, labels.registryName]), [["10.0.0.1", "one"], ["10.0.0.2", "two"]]);
});

test("that a registry is well again is told, even if it holds what it held", async () => {
  const registry = new Told(), { told, failures } = await provider(registry), record = demo([url("10.0.0.1:1")]);
  registry.listener.changed([record]);
  registry.listener.changed([record]);
  assert.equal(told.length, 1);
  registry.listener.failed("no answer");
  registry.listener.changed([record]);
  assert.equal(told.length, 2);
  assert.deepEqual(failures, ["zookeeper test: no answer"]);
});

const many = (n: number) => Object.fromEntries(Array.from({ length: n }, (_, i) => [`p${i}`, "x"]));
const hostile: [what: string, node: string, complaint: RegExp][] = [
  ["no URL", "nonsense", /is not a Dubbo URL/],
  ["half an escape", "dubbo%3A%2F%2F10.0.0.1%3A1%2", /is not encoded as a URL/],
  ["a huge one", encodeURIComponent(`dubbo://10.0.0.1:1/${DEMO}?x=${"y".repeat(1 << 20)}`), /is longer than 32768 characters/],
  ["a thousand parameters", url("10.0.0.1:1", many(1000)), /has more than 256 parameters/],
  ["a host name", url("db.example:1"), /"db.example" is not an IP address/],
  ["no address", url("0.0.0.0:1"), /0.0.0.0 is not an address/],
  ["a scope", url("[fe80::1%25eth0]:1"), /is not an IP address/],
  ["no port", url("10.0.0.1"), /has no port of 1 to 65535/],
  ["a port that is too large", url("10.0.0.1:70000"), /has no port of 1 to 65535/],
  ["a name that is none", encodeURIComponent("dubbo://10.0.0.1:1/x?interface=*.com"), /"\*\.com" is not a valid interface name/],
  ["a weight that is no number", url("10.0.0.1:1", { weight: "1e9" }), /has a weight that is not a number: "1e9"/],
  ["another interface", encodeURIComponent("dubbo://10.0.0.1:1/org.x.Other?interface=org.x.Other"), /holds servers of another interface/],
];

for (const [what, node, complaint] of hostile) {
  test(`${what} among the providers is skipped, told once with its path, and the others stay`, async () => {
    const registry = new Told(), { last, failures } = await provider(registry);
    registry.listener.changed([demo([node, url("10.0.0.2:1")])]);
    registry.listener.changed([demo([node, url("10.0.0.2:1"), url("10.0.0.3:1")])]);
    assert.deepEqual(endpointsOf(last()[0]!).map(({ address }) => address), ["10.0.0.2", "10.0.0.3"]);
    assert.equal(failures.length, 1, failures.join("\n"));
    assert.match(failures[0]!, complaint);
    assert.match(failures[0]!, /^zookeeper:\/dubbo\/org\.x\.Demo/);
    assert.ok(failures[0]!.length < 400);
    assert.ok(translated(last()).ok);
  });
}

test("thousands of versions of one interface are bounded", async () => {
  const { sources, failures } = await sourcesOf(demo(Array.from({ length: 1000 }, (_, i) => url(`10.0.${i >> 8}.${i & 255}:1`, { version: `${i}` }))));
  assert.equal(endpointsOf(sources[0]!).length, 64);
  assert.match(failures[0]!, /the limit of 64 is reached/);
  assert.ok(translated(sources).ok);
});

test("weights are no more than Envoy can add up", async () => {
  const { sources } = await sourcesOf(demo([url("10.0.0.1:1", { weight: "4000000000" }), url("10.0.0.2:1", { weight: "-1" })]));
  assert.deepEqual(endpointsOf(sources[0]!).map(({ address, weight }) => [address, weight]), [["10.0.0.1", 10_000]]);
});

test("names that differ only in case: the first has the host", async () => {
  const shout = readRecord("org.x.DEMO", "/dubbo/org.x.DEMO", []);
  const { sources, failures } = await sourcesOf(demo([url("10.0.0.1:1")]), shout);
  assert.equal(sources.length, 1);
  assert.match(failures[0]!, /differs from org\.x\.DEMO only in upper and lower case/);
});

test("URLs are read as Dubbo writes them", () => {
  const read = readDubboUrl("dubbo://user:pw@[::1]:20880/a.B?x=1&flag&y=a%2Fb&empty=");
  assert.deepEqual([read.host, read.port, read.path], ["[::1]", 20880, "a.B"]);
  assert.deepEqual([...read.parameters], [["x", "1"], ["flag", "flag"], ["y", "a%2Fb"], ["empty", ""]]);
  assert.equal(readDubboUrl("dubbo%3A%2F%2F1.2.3.4%3A1%2Fa%3Fx%3Da+b%2Bc").parameters.get("x"), "a b+c");
  assert.equal(readProvider(url("2130706433:1"))!.address, "127.0.0.1");
  assert.equal(readProvider(url("[2001:db8::1]:1"))!.address, "2001:db8::1");
});

test("addresses are taken from the range, each once", () => {
  const addresses = new Addresses(readRange("127.77.0.0/29")!);
  const taken = ["a", "b", "c", "d", "e", "f"].map((host) => addresses.take(host));
  assert.deepEqual([...taken].sort(), [1, 2, 3, 4, 5, 6].map((n) => `127.77.0.${n}`));
  assert.equal(addresses.take("g"), undefined);
  for (const wrong of ["127.0.0.1", "127.0.0.0/31", "300.0.0.0/8", "x"]) assert.equal(readRange(wrong), undefined);
});

// As Dubbo 3.2 registers an application in ZooKeeper.
const INSTANCE = JSON.stringify({
  name: "orders", id: "10.0.0.5:20880", address: "10.0.0.5", port: 20880, sslPort: null,
  payload: { "@class": "org.apache.dubbo.registry.zookeeper.ZookeeperInstance", id: "10.0.0.5:20880", name: "orders", metadata: {
    "dubbo.endpoints": '[{"port":20880,"protocol":"dubbo"},{"port":50051,"protocol":"tri"}]', "dubbo.metadata.revision": "abc", "dubbo.metadata.storage-type": "local", aeraki_meta_locality: "r/z",
  } },
  registrationTimeUTC: 1, serviceType: "DYNAMIC", uriSpec: null,
});

test("an application's instance serves its interfaces, unless it is registered for them itself", () => {
  const instance = readInstance(INSTANCE)!;
  assert.deepEqual([instance.address, instance.port, [...instance.metadata]], ["10.0.0.5", 20880, [["aeraki_meta_locality", "r/z"], ["application", "orders"]]]);
  const own = demo([url("10.0.0.1:1")]);
  assert.deepEqual(withInstances(own, [instance]).registrations.map(({ address }) => address), ["10.0.0.1", "10.0.0.5"]);
  assert.equal(withInstances(demo([url("10.0.0.5:20880")]), [instance]).registrations.length, 1);
  assert.equal(instanceOf("orders", "10.0.0.5", { "dubbo.endpoints": '[{"port":1,"protocol":"tri"}]' }), undefined);
  for (const wrong of ["", "{", '{"payload":{"metadata":{"dubbo.endpoints":"x"}}}', '{"payload":{"metadata":{"dubbo.endpoints":"{}"}}}']) assert.throws(() => readInstance(wrong));
});

test("an application's instance has the only version that is known, and makes no version of its own", async () => {
  const registry = new Told(), { last } = await provider(registry), instance = readInstance(INSTANCE)!;
  registry.listener.changed([withInstances(demo([url("10.0.0.5:20880", { version: "1.0.0" })]), [instance])]);
  registry.listener.changed([withInstances(demo([]), [instance])]);
  assert.deepEqual(endpointsOf(last()[0]!).map(({ address, labels }) => [address, labels.variant]), [["10.0.0.5", "1-0-0"]]);
  assert.ok(!last()[0]!.text.includes("MetaRouter"));
});

const FOLDER = { file: "mesh.yaml", text: JSON.stringify({
  apiVersion: "networking.istio.io/v1", kind: "ServiceEntry", metadata: { name: "own" },
  spec: { hosts: [HOST], addresses: ["127.10.0.1"], ports: [{ number: 20880, name: "tcp-dubbo" }], resolution: "STATIC", endpoints: [{ address: "10.9.9.9" }] },
}) };
const ROUTES = { file: "routes.yaml", text: JSON.stringify({
  apiVersion: "metaprotocol.aeraki.io/v1alpha1", kind: "MetaRouter", metadata: { name: "own" }, spec: { hosts: [HOST], routes: [{ name: "mine", route: [{ destination: { host: HOST } }] }] },
}) };
const twoVersions = () => sourcesOf(demo([url("10.0.0.1:1", { version: "1.0.0" }), url("10.0.0.2:1", { version: "2.0.0" })]));

test("a registration for a host that people wrote a service for is ignored, with a warning", async () => {
  const { sources } = await twoVersions(), result = translated([FOLDER, ...sources]);
  assert.ok(result.ok, result.ok ? "" : JSON.stringify(result.problems));
  assert.deepEqual(result.ir.clusters.map(({ endpoints }) => endpoints.map(({ address }) => address)), [["10.9.9.9"]]);
  assert.match(result.warnings[0]!.message, /host "org\.x\.demo" belongs to ServiceEntry "own" \(mesh\.yaml\)/);
});

test("routes that people write for a registered service go before its own", async () => {
  const { sources } = await twoVersions(), result = translated([ROUTES, ...sources]);
  assert.ok(result.ok, result.ok ? "" : JSON.stringify(result.problems));
  assert.equal(explain(result.ir, { listener: HOST, metadata: { version: "1.0.0" } }).route, "mine");
});

test("routes for a service that is not registered yet wait for it", async () => {
  const waiting = compile([ROUTES], MODULES, true);
  assert.equal(waiting.ok, true);
  assert.deepEqual(waiting.ok && waiting.warnings.map(({ path, message, waits }) => [path, message, waits]), [["spec.hosts[0]", "no service has this host now: this waits for it", true]]);
  assert.equal(compile([ROUTES], MODULES).ok, false, "where nothing comes by itself it is a mistake");
});
