/** Against a server that lists and watches as documented; with Envoy and real clients: tests/e2e/kubernetes.test.ts. */
import assert from "node:assert/strict";
import { mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterEach, beforeEach, test } from "node:test";
import { until } from "../../../harness/tools/wait.ts";
import { type Source, translate } from "../../index.ts";
import { MODULES } from "../../testdata/fixtures.ts";
import { Kubernetes, type KubernetesOptions } from "./kubernetes.ts";
import { ApiServer } from "./testing/server.ts";

const SERVICES = "/api/v1/services", PODS = "/api/v1/pods", SLICES = "/apis/discovery.k8s.io/v1/endpointslices", SECRETS = "/api/v1/secrets";
const ROUTES = "/apis/networking.istio.io/v1/virtualservices", RULES = "/apis/networking.istio.io/v1/destinationrules", REDIS = "/apis/redis.aeraki.io/v1alpha1/redisdestinations";
const WAIT_MS = 10_000, PACE = { firstMs: 20, mostMs: 100, absentMs: 50 };
const TOKEN = "the-token-of-the-account", PASSWORD = "the-redis-password";

let server: ApiServer, folder: string, provider: Kubernetes | undefined;
/** What was told, the last at the end. */
let told: (readonly Source[])[], failures: string[], notes: string[];

beforeEach(async () => {
  [told, failures, notes] = [[], [], []];
  folder = mkdtempSync(join(tmpdir(), "meltemi-kubernetes-"));
  server = await new ApiServer().start();
  server.token = TOKEN;
  for (const path of [SERVICES, PODS, SLICES, SECRETS]) server.installed.add(path);
});

afterEach(async () => {
  await provider?.stop();
  provider = undefined;
  await server.stop();
  rmSync(folder, { recursive: true, force: true });
});

async function start(options: Partial<KubernetesOptions> = {}): Promise<void> {
  const kubeconfig = join(folder, "config");
  writeFileSync(kubeconfig, JSON.stringify({
    apiVersion: "v1", kind: "Config", "current-context": "one",
    clusters: [{ name: "test", cluster: { server: server.url, "insecure-skip-tls-verify": true } }], users: [{ name: "test", user: { token: TOKEN } }],
    contexts: ["one", "two"].map((name) => ({ name, context: { cluster: "test", user: "test" } })),
  }));
  provider = new Kubernetes({ kubeconfig, protocols: ["dubbo", "redis", "thrift"], pace: PACE, note: (text) => notes.push(text), ...options });
  await provider.start({ changed: (sources) => told.push(sources), failed: (reason) => failures.push(reason) });
}

const last = (): Map<string, string> => new Map((told.at(-1) ?? []).map(({ file, text }) => [file, text]));
const files = (): string[] => [...last().keys()].sort();

async function tells(what: string, condition: () => boolean): Promise<void> {
  await until(what, WAIT_MS, condition).catch((error: Error) => assert.fail(`${error.message}; told ${JSON.stringify(files())}, failures ${failures.join("; ")}`));
}

const object = (kind: string, name: string, spec: object, more: object = {}): Parameters<ApiServer["put"]>[1] => ({ kind, metadata: { name, namespace: "shop" }, spec, ...more });

const service = (name: string, clusterIP: string, ...ports: object[]): Parameters<ApiServer["put"]>[1] =>
  object("Service", name, { type: "ClusterIP", clusterIP, clusterIPs: [clusterIP], selector: { app: name }, sessionAffinity: "ClientIP", ports }, { status: { loadBalancer: {} } });

function demo(): void {
  server.put(SERVICES, service("demo", "10.96.0.10", { name: "tcp-dubbo", port: 20880, targetPort: "dubbo", protocol: "TCP" }, { name: "http", port: 80 }, { name: "tcp-mysql", port: 3306 }));
  server.put(SERVICES, service("web", "10.96.0.11", { name: "http", port: 80 }));
  server.put(SERVICES, object("Service", "outside", { type: "ExternalName", externalName: "example.com", ports: [{ name: "tcp-dubbo", port: 1 }] }));
  for (const [i, version] of ["v1", "v2"].entries()) server.put(PODS, pod(`demo-${version}`, `10.0.0.${i + 1}`, version));
  server.put(PODS, pod("other", "10.0.9.9", "v1"));
  server.put(SLICES, slice("10.0.0.1", "10.0.0.2"));
}

const pod = (name: string, podIP: string, version: string): Parameters<ApiServer["put"]>[1] => ({
  kind: "Pod", metadata: { name, namespace: "shop", labels: { app: "demo", version } },
  spec: { nodeName: "n1", containers: [{ name: "c", image: "x", ports: [{ name: "dubbo", containerPort: 20880 }] }] }, status: { podIP, phase: "Running", conditions: [] },
});

const slice = (...addresses: string[]): Parameters<ApiServer["put"]>[1] => ({
  kind: "EndpointSlice",
  metadata: { name: "demo-abc", namespace: "shop", labels: { "kubernetes.io/service-name": "demo" }, annotations: { "endpoints.kubernetes.io/last-change-trigger-time": String(Math.random()) } },
  addressType: "IPv4", ports: [{ name: "tcp-dubbo", port: 20880, protocol: "TCP" }],
  endpoints: addresses.map((address, i) => ({ addresses: [address], conditions: { ready: true, serving: true }, nodeName: "n1", targetRef: { kind: "Pod", name: `demo-v${i + 1}`, namespace: "shop", uid: "u" }, zone: "z1" })),
});

const canary = (subset: string): Parameters<ApiServer["put"]>[1] => object("VirtualService", "canary", {
  hosts: ["demo", "web"], gateways: ["mesh", "istio-system/web"], http: [{ route: [{ destination: { host: "demo", subset } }] }],
});

function rules(): void {
  server.put(RULES, object("DestinationRule", "demo", { host: "demo.shop.svc.cluster.local", subsets: ["v1", "v2"].map((version) => ({ name: version, labels: { version } })) }));
  server.put(ROUTES, canary("v1"));
  server.put(ROUTES, object("VirtualService", "web", { hosts: ["web"], http: [{ route: [{ destination: { host: "web" } }] }] }));
}

const DEMO = ["EndpointSlice/demo-abc", "Pod/demo-v1", "Pod/demo-v2", "Service/demo"].map((name) => `kubernetes:shop/${name}`);

test("a cluster's objects are resources that translate, in one listener for each service of ours", async () => {
  demo();
  rules();
  await start();
  await tells("all is told", () => told.length > 0);
  assert.deepEqual(files(), ["kubernetes:shop/DestinationRule/demo", ...DEMO, "kubernetes:shop/VirtualService/canary"]);
  const result = translate(told.at(-1)!, { wasm: "", modules: MODULES });
  assert.ok(result.ok, JSON.stringify(result));
  assert.deepEqual(result.ir.listeners.map(({ name, bound, service, routes }) => ({ name, bound, service, to: routes?.[0]?.destinations })), [
    { name: "10.96.0.10_20880", bound: false, service: "demo.shop.svc.cluster.local", to: [{ cluster: "outbound|20880|v1|demo.shop.svc.cluster.local", weight: 100 }] },
  ]);
  assert.deepEqual(result.ir.clusters.find(({ subset }) => subset === "v2")?.endpoints, [{ address: "10.0.0.2", port: 20880, weight: 1, locality: "/z1" }]);
  assert.deepEqual(result.warnings, []);
  assert.deepEqual(notes, ["kubernetes: VirtualService shop/web applies to no managed service"]);
});

test("a change is told once, with the texts of all else as they were; what changes nothing for us is none", async () => {
  demo();
  rules();
  await start();
  await tells("all is told", () => told.length > 0);
  const before = last();
  server.put(ROUTES, canary("v2"));
  await tells("the change", () => last().get("kubernetes:shop/VirtualService/canary") !== before.get("kubernetes:shop/VirtualService/canary"));
  for (const [file, text] of before) if (!file.endsWith("canary")) assert.equal(last().get(file), text, file);
  // the slice has a new annotation and version each time
  server.put(SLICES, slice("10.0.0.1", "10.0.0.2"));
  server.put(SLICES, slice("10.0.0.1"));
  await tells("the endpoint has gone", () => last().get(DEMO[0]!) !== before.get(DEMO[0]!));
  server.delete(SERVICES, "shop", "demo");
  await tells("nothing is left of it", () => files().length === 0);
  assert.deepEqual(failures, []);
});

test("kinds that are not installed are no failure, and are found once they are; so do they go", async () => {
  demo();
  await start();
  await tells("what is there", () => told.length > 0);
  assert.deepEqual(files(), DEMO);
  rules();
  await tells("the new kinds", () => files().includes("kubernetes:shop/VirtualService/canary") && files().includes("kubernetes:shop/DestinationRule/demo"));
  server.installed.delete(ROUTES);
  server.disconnect();
  await tells("the kind has gone", () => !files().includes("kubernetes:shop/VirtualService/canary"));
  assert.deepEqual(failures, []);
});

test("an older version of a kind is taken where the newest is not there", async () => {
  demo();
  server.put("/apis/networking.istio.io/v1beta1/virtualservices", canary("v1"));
  await start();
  await tells("it is found", () => files().includes("kubernetes:shop/VirtualService/canary"));
});

test("410 Gone: all is listed again, and what went meanwhile is gone", async () => {
  demo();
  await start();
  await tells("all is told", () => told.length > 0 && server.watching === 3);
  const lists = (): number => server.asked.filter((question) => question === "list services").length;
  assert.equal(lists(), 1);
  await server.stop();
  server.delete(SERVICES, "shop", "demo");
  server.compact();
  await server.start();
  await tells("the service has gone", () => files().length === 0);
  assert.equal(lists(), 2);
  // in the middle of a stream as well
  server.put(SERVICES, service("demo", "10.96.0.10", { name: "tcp-dubbo", port: 20880 }));
  await tells("it is back", () => files().includes("kubernetes:shop/Service/demo"));
  server.compact();
  await tells("a third list", () => lists() === 3);
});

test("a server that goes away is told of once in a while, what it said stays, and bookmarks say where to go on", async () => {
  demo();
  await start();
  await tells("all is told", () => told.length > 0 && server.watching === 3);
  const before = files(), count = told.length;
  for (let i = 0; i < 50; i++) server.put(SECRETS, object("Secret", "noise", { i }));
  server.bookmark();
  server.put(PODS, pod("late", "10.0.9.10", "v1"));
  await server.stop();
  await tells("the failure", () => failures.some((reason) => /^services: .*ECONNREFUSED/.test(reason)));
  assert.deepEqual(files(), before);
  server.asked.length = 0;
  await server.start();
  await tells("it watches again", () => server.watching === 3);
  server.put(SLICES, slice("10.0.0.2"));
  await tells("the change", () => told.length > count && last().get(DEMO[0]!)!.includes("10.0.0.2") && !last().get(DEMO[0]!)!.includes("10.0.0.1"));
  const resumed = server.asked.find((question) => question.startsWith("watch services"))!;
  assert.ok(Number(resumed.split(" ")[2]) > 50, resumed);
  assert.ok(!server.asked.includes("list services"), server.asked.join(", "));
});

test("without permission for a kind nothing is told, and the reason is", async () => {
  demo();
  server.forbidden.add(PODS);
  await start();
  await tells("the reason", () => failures.some((reason) => /pods: 403 pods is forbidden: User "system:serviceaccount:default:meltemi" cannot list/.test(reason)));
  assert.deepEqual(told, []);
  server.forbidden.clear();
  await tells("all is told", () => files().length === DEMO.length);
});

test("only Secrets that something refers to are asked for, and no failure shows one", async () => {
  const data = { password: Buffer.from(PASSWORD).toString("base64") };
  server.put(SERVICES, service("cache", "10.96.0.12", { name: "tcp-redis", port: 6379 }));
  server.put(SECRETS, { ...object("Secret", "cache", {}), spec: undefined, data });
  server.put(SECRETS, { ...object("Secret", "unrelated", {}), spec: undefined, data });
  server.put(REDIS, object("RedisDestination", "cache", { host: "cache", trafficPolicy: { connectionPool: { redis: { auth: { secret: { name: "cache" } } } } } }));
  await start();
  await tells("all is told", () => files().length === 3);
  assert.deepEqual(files(), ["RedisDestination", "Secret", "Service"].map((kind) => `kubernetes:shop/${kind}/cache`));
  assert.deepEqual(server.asked.filter((question) => question.startsWith("list secrets")), ["list secrets shop/cache"]);
  const result = translate(told.at(-1)!, { wasm: "", modules: MODULES });
  assert.equal(result.ok && result.ir.clusters[0]!.auth!.password.reveal(), PASSWORD);
  server.delete(REDIS, "shop", "cache");
  await tells("the Secret is let go", () => files().length === 1);
  await server.stop();
  await tells("a failure", () => failures.length > 0);
  assert.ok(![...failures, ...notes].some((text) => text.includes(PASSWORD) || text.includes(TOKEN) || text.includes(data.password)));
});

test("a list of many comes page by page, and of some namespaces only what is there", async () => {
  server.pageSize = 7;
  for (let i = 0; i < 50; i++) server.put(SERVICES, service(`s${i}`, `10.96.1.${i}`, { name: "tcp-thrift", port: 9090 }));
  server.put(SERVICES, { ...service("far", "10.96.2.1", { name: "tcp-thrift", port: 9090 }), metadata: { name: "far", namespace: "elsewhere" } });
  await start({ namespaces: ["shop"] });
  await tells("all is told", () => told.length > 0);
  assert.equal(files().length, 50);
});

test("a context is chosen by its name", async () => {
  await start({ context: "two" });
  assert.throws(() => new Kubernetes({ kubeconfig: join(folder, "config"), context: "three", protocols: [] }), /no such context; it has: one, two/);
});
