/** What clients hear, in both variants of the protocol, when the mesh changes. */
import assert from "node:assert/strict";
import { afterEach, before, test } from "node:test";
import { envoyApi } from "../../harness/build/envoy-api.ts";
import { until } from "../../harness/tools/wait.ts";
import { compile } from "../index.ts";
import { MODULES } from "../testdata/fixtures.ts";
import { envoyResources, type EnvoyResources } from "../translate/envoy/dynamic.ts";
import { EnvoyApi } from "./api.ts";
import { XdsServer } from "./server.ts";
import { DeltaClient, type Heard, SotwClient } from "./testing/client.ts";
import type { Type } from "./types.ts";

let api: EnvoyApi;
before(async () => { api = new EnvoyApi(await envoyApi()); });
const ends: (() => unknown)[] = [];
afterEach(async () => {
  for (const end of ends.splice(0).reverse()) await end();
});

interface Service { host: string; port: number; endpoints: number[]; timeout?: string; connect?: string }

/** Services by what matters here, as resources for Envoys. */
function mesh(...services: Service[]): EnvoyResources {
  const texts = services.flatMap(({ host, port, endpoints, timeout, connect }) => [
    { apiVersion: "networking.istio.io/v1", kind: "ServiceEntry", metadata: { name: host }, spec: {
      hosts: [host], resolution: "STATIC", addresses: ["127.0.0.1"], ports: [{ number: port, name: "tcp-dubbo", protocol: "TCP" }],
      endpoints: endpoints.map((each) => ({ address: "127.0.0.1", ports: { "tcp-dubbo": each } })),
    } },
    ...(timeout ? [{ apiVersion: "metaprotocol.aeraki.io/v1alpha1", kind: "MetaRouter", metadata: { name: host }, spec: { hosts: [host], routes: [{ name: "r", match: { attributes: { method: { exact: timeout } } }, route: [{ destination: { host } }] }] } }] : []),
    ...(connect ? [{ apiVersion: "networking.istio.io/v1", kind: "DestinationRule", metadata: { name: host }, spec: { host, trafficPolicy: { connectionPool: { tcp: { connectTimeout: connect } } } } }] : []),
  ]);
  const compiled = compile(texts.map((each, i) => ({ file: `${i}`, text: JSON.stringify(each) })), MODULES);
  assert.ok(compiled.ok, JSON.stringify(compiled));
  return envoyResources(compiled.ir, { wasmOf: () => "meltemi.wasm", drainTimeoutMs: 10_000 });
}

const A: Service = { host: "a.example", port: 7001, endpoints: [1, 2] }, B: Service = { host: "b.example", port: 7002, endpoints: [3] };
const CLUSTER_A = "outbound|7001||a.example", CLUSTER_B = "outbound|7002||b.example", LISTENER_A = "127.0.0.1_7001";

async function serve(resources: EnvoyResources | undefined, graceMs = 50): Promise<{ server: XdsServer; port: number }> {
  const server = new XdsServer({ api, graceMs });
  if (resources) server.update(resources);
  const port = await server.listen("127.0.0.1:0");
  ends.push(() => server.stop());
  return { server, port };
}

const names = ({ resources }: Heard): string[] => [...resources.keys()].sort();
const portsOf = (resource: unknown): number[] => {
  const { endpoints } = resource as { endpoints: { lbEndpoints: { hostIdentifier: { value: { address: { address: { value: { portSpecifier: { value: number } } } } } } }[] }[] };
  return endpoints.flatMap(({ lbEndpoints }) => lbEndpoints.map(({ hostIdentifier }) => hostIdentifier.value.address.address.value.portSpecifier.value));
};
const textOf = (resource: unknown): string => Buffer.from(resource as Uint8Array).toString();

/** A client that has taken everything, as Envoy asks for it; `tables`: of the listeners, as their filters do. */
async function sotw(port: number, options = {}): Promise<SotwClient> {
  const client = new SotwClient(api, port, options);
  ends.push(() => client.close());
  client.ask("clusters");
  const clusters = await client.next();
  client.ack(clusters);
  if (clusters.resources.size > 0) {
    client.ask("endpoints", names(clusters));
    client.ack(await client.next());
  }
  client.ask("listeners");
  client.ack(await client.next());
  return client;
}

async function filter(port: number, listener = LISTENER_A): Promise<SotwClient> {
  const client = new SotwClient(api, port);
  ends.push(() => client.close());
  client.ask("tables", [listener]);
  client.ack(await client.next());
  return client;
}

async function delta(port: number): Promise<DeltaClient> {
  const client = new DeltaClient(api, port);
  ends.push(() => client.close());
  client.ask("clusters");
  const clusters = await client.next();
  client.ack(clusters);
  client.ask("endpoints", names(clusters));
  client.ack(await client.next());
  client.ask("listeners");
  client.ack(await client.next());
  return client;
}

/** True if nothing comes for the time that anything would have come in. */
async function silent(server: XdsServer, ...clients: (SotwClient | DeltaClient)[]): Promise<void> {
  const sent = (): number => Object.values(server.traffic).reduce((sum, { responses }) => sum + responses, 0);
  const before = sent();
  await new Promise((resolve) => setTimeout(resolve, 200));
  assert.equal(sent(), before);
  for (const client of clients) assert.deepEqual(client.heard, []);
}

test("an Envoy gets clusters, their endpoints and listeners, a filter its table, and after that only what changes", async () => {
  const { server, port } = await serve(mesh(A, B));
  const envoy = new SotwClient(api, port);
  ends.push(() => envoy.close());
  envoy.ask("clusters");
  const clusters = await envoy.next();
  assert.deepEqual([clusters.type, names(clusters)], ["clusters", [CLUSTER_A, CLUSTER_B]]);
  envoy.ack(clusters);
  envoy.ask("endpoints", [CLUSTER_A, CLUSTER_B]);
  const endpoints = await envoy.next();
  assert.deepEqual([...endpoints.resources.values()].map(portsOf), [[1, 2], [3]]);
  envoy.ack(endpoints);
  envoy.ask("listeners");
  const listeners = await envoy.next();
  assert.deepEqual(names(listeners), [LISTENER_A, "127.0.0.1_7002"]);
  assert.doesNotMatch(JSON.stringify(server.snapshot!.all.listeners.get(LISTENER_A)!.bytes), /outbound/);
  envoy.ack(listeners);
  const worker = await filter(port);
  await silent(server, envoy, worker);
  server.update(mesh({ ...A, timeout: "sayHello" }, B));
  const table = await worker.next();
  assert.match(textOf(table.resources.get(LISTENER_A)), /sayHello/);
  worker.ack(table);
  await silent(server, envoy, worker);
});

test("an endpoint comes before the tables name it, and goes once they do not", async () => {
  for (const connect of [sotw, delta]) {
    const { server, port } = await serve(mesh(A));
    const envoy = await connect(port), worker = await filter(port);
    server.update(mesh({ ...A, endpoints: [2, 9] }));
    const both = await envoy.next();
    assert.deepEqual([both.type, portsOf(both.resources.get(CLUSTER_A))], ["endpoints", [2, 9, 1]]);
    assert.deepEqual(worker.heard, [], "not before the Envoy has taken it");
    envoy.ack(both);
    const table = await worker.next();
    assert.match(textOf(table.resources.get(LISTENER_A)), /127\.0\.0\.1:9/);
    assert.doesNotMatch(textOf(table.resources.get(LISTENER_A)), /127\.0\.0\.1:1"/);
    assert.deepEqual(envoy.heard, [], "not before the filter has taken it");
    worker.ack(table);
    const after = await envoy.next();
    assert.deepEqual([after.type, portsOf(after.resources.get(CLUSTER_A))], ["endpoints", [2, 9]]);
    envoy.ack(after);
    await silent(server, envoy, worker);
  }
});

test("delta: a cluster that comes, one that changes, one that goes: each alone", async () => {
  const { server, port } = await serve(mesh(A));
  const envoy = await delta(port);
  server.update(mesh(A, B));
  const come = await envoy.next();
  assert.deepEqual([come.type, names(come)], ["clusters", [CLUSTER_B]]);
  envoy.ack(come);
  envoy.ask("endpoints", [CLUSTER_B]);
  const endpoints = await envoy.next();
  assert.deepEqual(names(endpoints), [CLUSTER_B]);
  envoy.ack(endpoints);
  const listener = await envoy.next();
  assert.deepEqual([listener.type, names(listener)], ["listeners", ["127.0.0.1_7002"]]);
  envoy.ack(listener);
  server.update(mesh({ ...A, connect: "3s" }, B));
  const changed = await envoy.next();
  assert.deepEqual([changed.type, names(changed)], ["clusters", [CLUSTER_A]]);
  const again = await envoy.next();
  assert.deepEqual([again.type, names(again)], ["endpoints", [CLUSTER_A]], "Envoy takes a cluster that has changed once it has its endpoints");
  envoy.ack(again);
  envoy.ack(changed);
  server.update(mesh({ ...A, connect: "3s" }));
  const gone = await envoy.next();
  assert.deepEqual([gone.type, gone.removed], ["listeners", ["127.0.0.1_7002"]]);
  envoy.ack(gone);
  const cluster = await envoy.next();
  assert.deepEqual([cluster.type, cluster.removed], ["clusters", [CLUSTER_B]], "after the listener, and a grace");
  envoy.ack(cluster);
  const last = await envoy.next();
  assert.deepEqual([last.type, last.removed, last.resources.size], ["endpoints", [CLUSTER_B], 0]);
  envoy.ack(last);
  await silent(server, envoy);
});

test("delta: who comes back tells what it has, and gets the rest; a name that does not exist is told to be none", async () => {
  const { server, port } = await serve(mesh(A, B));
  const envoy = await delta(port), has = envoy.has;
  envoy.close();
  await until("end of the stream", 5000, () => server.nodes.size === 0);
  const back = new DeltaClient(api, port);
  ends.push(() => back.close());
  for (const type of ["clusters", "endpoints", "listeners"] as const) {
    const initial = Object.fromEntries(has.get(type)!);
    back.ask(type, type === "endpoints" ? Object.keys(initial) : [], { initial });
  }
  await until("all asked", 5000, () => server.nodes.get("test")?.streams.values().next().value?.watches.size === 3);
  await silent(server, back);
  back.ask("endpoints", ["no such"]);
  assert.deepEqual((await back.next()).removed, ["no such"]);
});

test("delta: who asks again for a name gets it again, who does not want it any more gets nothing of it", async () => {
  const { server, port } = await serve(mesh(A, B));
  const envoy = await delta(port);
  envoy.ask("endpoints", [CLUSTER_A]);
  const again = await envoy.next();
  assert.deepEqual(names(again), [CLUSTER_A]);
  envoy.ack(again);
  envoy.ask("endpoints", [], { unsubscribe: [CLUSTER_B] });
  await until("it has come", 5000, () => !server.nodes.get("test")!.streams.values().next().value!.watches.get("endpoints")!.names.has(CLUSTER_B));
  server.update(mesh(A, { ...B, endpoints: [4] }));
  await silent(server, envoy);
});

test("state of the world: who comes back with the version that it would get is sent nothing, with another everything", async () => {
  const { port } = await serve(mesh(A));
  const versions: Partial<Record<Type, string>> = {};
  const envoy = new SotwClient(api, port);
  ends.push(() => envoy.close());
  for (const type of ["clusters", "listeners"] as const) {
    envoy.ask(type);
    const heard = await envoy.next();
    versions[type] = heard.version;
    envoy.ack(heard);
  }
  const second = await serve(mesh(A)), back = new SotwClient(api, second.port);
  ends.push(() => back.close());
  back.ask("clusters", [], { version: versions.clusters });
  back.ask("listeners", [], { version: versions.listeners });
  back.ask("tables", [LISTENER_A], { version: "older" });
  assert.equal((await back.next()).type, "tables", "the same resources have the same version with another server");
  await silent(second.server, back);
  second.server.update(mesh(A, B));
  assert.deepEqual(names(await back.next()), [CLUSTER_A, CLUSTER_B]);
});

test("what an Envoy refuses is kept with its reason, no table names it, and what follows goes its way", async () => {
  for (const connect of [sotw, delta]) {
    const { server, port } = await serve(mesh(A));
    const refused: string[] = [];
    server.onRefusal = ({ id }, { type, refusal }) => refused.push(`${id} ${type} ${refusal!.resources.join()}: ${refusal!.reason}`);
    const envoy = await connect(port), worker = await filter(port);
    server.update(mesh({ ...A, timeout: "one" }, B));
    const bad = await envoy.next();
    envoy.nack(bad, `Error adding/updating cluster(s) ${CLUSTER_B}: too bad`);
    await until("the refusal", 5000, () => refused.length === 1);
    assert.deepEqual(refused, [`test clusters ${CLUSTER_B}: Error adding/updating cluster(s) ${CLUSTER_B}: too bad`]);
    assert.equal(server.traffic.clusters.refused, 1);
    await silent(server, envoy, worker);
    server.update(mesh({ ...A, timeout: "two" }));
    assert.match(textOf((await worker.next()).resources.get(LISTENER_A)), /two/);
  }
});

test("a filter's refusal is its listener's; it goes on with what it has, and its clusters stay", async () => {
  const { server, port } = await serve(mesh(A, B), 20);
  const envoy = await delta(port), worker = await filter(port, "127.0.0.1_7002");
  server.update(mesh(A, { ...B, timeout: "wrong" }));
  worker.nack(await worker.next(), "routes[0]: too wrong");
  await until("the refusal", 5000, () => server.traffic.tables.refused === 1);
  const [stream] = [...server.nodes.get("test")!.streams].filter(({ watches }) => watches.has("tables"));
  assert.deepEqual({ ...stream!.watches.get("tables")!.refusal, at: 0 }, { reason: "routes[0]: too wrong", resources: ["127.0.0.1_7002"], at: 0 });
  server.update(mesh(A));
  const listeners = await envoy.next();
  assert.deepEqual([listeners.type, listeners.removed], ["listeners", ["127.0.0.1_7002"]]);
  envoy.ack(listeners);
  await silent(server, envoy);
  worker.close();
  const cluster = await envoy.next();
  assert.deepEqual([cluster.type, cluster.removed], ["clusters", [CLUSTER_B]], "once its filter has gone");
});

test("an Envoy that does not answer holds up others no longer than a second, and others of another node not at all", async () => {
  const { server, port } = await serve(mesh(A));
  const slow = await sotw(port), worker = await filter(port), other = await sotw(port, { id: "other" });
  server.update(mesh({ ...A, endpoints: [5], timeout: "x" }));
  const start = Date.now();
  other.ack(await other.next());
  const [table] = [await worker.next()], waited = Date.now() - start;
  assert.match(textOf(table.resources.get(LISTENER_A)), /127\.0\.0\.1:5/);
  assert.ok(waited > 500, `${waited} ms`);
  assert.equal((await slow.next()).type, "endpoints");
  assert.deepEqual(portsOf((await other.next()).resources.get(CLUSTER_A)), [5]);
});

test("a node that asks for some hosts gets their listeners, what these name, and no more", async () => {
  const { server, port } = await serve(mesh(A, B, { host: "c.else.example", port: 7003, endpoints: [4] }));
  const clusters = async (services: string[]): Promise<string[]> => {
    const client = new SotwClient(api, port, { id: services.join(), metadata: { services } });
    ends.push(() => client.close());
    client.ask("clusters");
    return names(await client.next());
  };
  assert.deepEqual(await clusters(["b.example"]), [CLUSTER_B]);
  assert.deepEqual(await clusters(["*.else.example", "a.example"]), [CLUSTER_A, "outbound|7003||c.else.example"]);
  assert.equal((await clusters(["*"])).length, 3);
  assert.deepEqual(await clusters([]), []);
  const limited = await sotw(port, { id: "limited", metadata: { services: ["a.example"] } });
  server.update(mesh(A, { ...B, connect: "4s" }));
  await silent(server, limited);
});

test("before there is anything to serve, clients wait", async () => {
  const { server, port } = await serve(undefined);
  const envoy = new SotwClient(api, port);
  ends.push(() => envoy.close());
  envoy.ask("clusters");
  await until("it has come", 5000, () => server.nodes.size === 1);
  await silent(server, envoy);
  server.update(mesh());
  const nothing = await envoy.next();
  assert.deepEqual([nothing.type, nothing.resources.size], ["clusters", 0], "an Envoy must hear that there are none");
});
