/** Services and rules come and go in a cluster, in any order, while a real Dubbo client calls through the real Envoy. */
import assert from "node:assert/strict";
import { mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { after, before, test } from "node:test";
import { Kubernetes } from "../../control-plane/provider/kubernetes/kubernetes.ts";
import { ApiServer } from "../../control-plane/provider/kubernetes/testing/server.ts";
import { type DubboClient, type JavaServer, startJavaClient, startJavaServer } from "../../harness/peers/dubbo/index.ts";
import { freePort } from "../../harness/tools/net.ts";
import { until } from "../../harness/tools/wait.ts";
import { Folder, type Plane, startClientOf, startPlane } from "./plane.ts";

const SERVICES = "/api/v1/services", SLICES = "/apis/discovery.k8s.io/v1/endpointslices";
const ISTIO = "/apis/networking.istio.io/v1", GATEWAYS = `${ISTIO}/gateways`, ROUTES = `${ISTIO}/virtualservices`, RULES = `${ISTIO}/destinationrules`;
const WAIT_MS = 20_000, MISSING = /the cluster of the route does not exist/;

const ends: (() => unknown)[] = [];
let api: ApiServer, plane: Plane, client: DubboClient, demo: JavaServer, canary: JavaServer;

before(async () => {
  [demo, canary] = await Promise.all([startJavaServer({ name: "demo" }), startJavaServer({ name: "canary" })]);
  ends.push(() => demo.stop("SIGKILL"), () => canary.stop("SIGKILL"));
  api = await new ApiServer().start();
  ends.push(() => api.stop());
  for (const path of [SERVICES, SLICES, "/api/v1/pods"]) api.installed.add(path);
  const folder = new Folder(), port = await freePort();
  ends.push(() => folder.remove());
  folder.write("# the cluster has them all");
  service("demo", demo.port);
  api.put(GATEWAYS, object("Gateway", "gate", { servers: [{ port: { number: port, name: "tcp-metaprotocol-dubbo", protocol: "TCP" }, bind: "127.0.0.1", hosts: ["*"] }] }));
  api.put(ROUTES, routes("x"));
  plane = await startPlane(folder, { more: [provider()] });
  ends.push(() => plane.stop());
  const envoy = await startClientOf(plane);
  ends.push(() => envoy.stop());
  await until("the listener", WAIT_MS, async () => (await envoy.listeners()).size > 0);
  client = await startJavaClient({ port });
  ends.push(() => client.stop());
});

after(async () => {
  for (const end of ends.splice(0).reverse()) await end();
});

function provider(): Kubernetes {
  const folder = mkdtempSync(join(tmpdir(), "meltemi-kubernetes-")), kubeconfig = join(folder, "config");
  ends.push(() => rmSync(folder, { recursive: true }));
  writeFileSync(kubeconfig, JSON.stringify({
    apiVersion: "v1", kind: "Config", "current-context": "test", clusters: [{ name: "test", cluster: { server: api.url, "insecure-skip-tls-verify": true } }],
    users: [{ name: "test", user: {} }], contexts: [{ name: "test", context: { cluster: "test", user: "test" } }],
  }));
  const started = new Kubernetes({ kubeconfig, protocols: ["dubbo", "redis", "thrift"], pace: { firstMs: 20, mostMs: 100, absentMs: 50 } });
  ends.push(() => started.stop());
  return started;
}

type Put = Parameters<ApiServer["put"]>[1];
const object = (kind: string, name: string, spec: object): Put => ({ kind, metadata: { name, namespace: "shop" }, spec });

function service(name: string, port: number): void {
  api.put(SERVICES, object("Service", name, { type: "ClusterIP", clusterIP: "None", selector: { app: name }, ports: [{ name: "tcp-dubbo", port: 20880 }] }));
  api.put(SLICES, {
    kind: "EndpointSlice", metadata: { name, namespace: "shop", labels: { "kubernetes.io/service-name": name } }, addressType: "IPv4",
    endpoints: [{ addresses: ["127.0.0.1"], conditions: { ready: true } }], ports: [{ name: "tcp-dubbo", port }],
  } as Put);
}

/** `note` changes nothing but the text. */
function routes(note: string): Put {
  const to = (user: string, destination: object): object => ({ name: user, match: [{ headers: { user: { exact: user } } }], route: [{ destination }] });
  return object("VirtualService", "demo", { hosts: ["demo"], gateways: ["gate"], http: [
    to("late", { host: "canary" }), to("subset", { host: "demo", subset: "all" }), { name: note, route: [{ destination: { host: "demo" } }] },
  ] });
}

const whoami = async (user: string): Promise<unknown> => {
  const { value, error } = await client.call({ method: "whoami", attachments: { user } });
  return error ?? value;
};

const waits = (): string[] => plane.lines.filter((line) => line.startsWith("waits: "));

test("a route to a service or subset that is not there is answered so, all others are served, and it is told once", async () => {
  assert.equal(await whoami("anybody"), "demo", plane.lines.join("\n"));
  for (const user of ["late", "subset"]) assert.match(String(await whoami(user)), MISSING);
  api.put(ROUTES, routes("y"));
  await until("a change that leaves it as it was", WAIT_MS, async () => plane.plane.changes.applied === 2);
  const place = "kubernetes:shop/VirtualService/demo:1: document 1, spec.http", rest = "now: requests to it are answered with ClusterNotFound";
  const told = [
    `${place}[0].route[0].destination.host: no service has this host ${rest}; found "canary"`,
    `${place}[1].route[0].destination.subset: no DestinationRule of "demo.shop.svc.cluster.local" has this subset ${rest}; found "all"`,
  ];
  assert.deepEqual(waits(), told.map((line) => `waits: ${line}`));
  const { warnings, refused } = await plane.status();
  assert.deepEqual(told.filter((line) => !warnings.includes(line)), []);
  assert.equal(refused, undefined);
});

test("when it comes its requests reach it, on the connection that is there; when it goes they are answered as before, and that is told again", async () => {
  service("canary", canary.port);
  await until("the service", WAIT_MS, async () => await whoami("late") === "canary");
  api.put(RULES, object("DestinationRule", "demo", { host: "demo", subsets: [{ name: "all", labels: {} }] }));
  await until("the subset", WAIT_MS, async () => await whoami("subset") === "demo");
  assert.ok(!(await plane.status()).warnings.some((line) => line.includes("ClusterNotFound")));
  assert.equal(waits().length, 2);
  api.delete(SERVICES, "shop", "canary");
  await until("it has gone", WAIT_MS, async () => MISSING.test(String(await whoami("late"))));
  assert.equal(await whoami("anybody"), "demo");
  assert.equal(waits().length, 3);
  assert.deepEqual(plane.lines.filter((line) => line.includes("refuse")), []);
});
