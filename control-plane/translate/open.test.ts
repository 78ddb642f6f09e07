/** Where services come and go by themselves, what leads to one that is not there waits; where people write them all, it is a mistake. */
import assert from "node:assert/strict";
import { test } from "node:test";
import { compile, formatProblem } from "../index.ts";
import { MODULES } from "../testdata/fixtures.ts";

const istio = (kind: string, name: string, spec: object): object => ({ apiVersion: "networking.istio.io/v1", kind, metadata: { name, namespace: "shop" }, spec });
const entry = (name: string, number = 20880, port = "tcp-dubbo"): object =>
  istio("ServiceEntry", name, { addresses: [`127.10.0.${name.charCodeAt(0)}`], hosts: [`${name}.example`], resolution: "STATIC", ports: [{ number, name: port }], endpoints: [{ address: "10.0.0.1", labels: { version: "v1" } }] });
const routes = (...destinations: object[]): object =>
  istio("VirtualService", "demo", { hosts: ["demo.example"], http: destinations.map((destination, i) => ({ match: [{ headers: { user: { exact: String(i) } } }], route: [{ destination }] })) });
const ROUTES = routes({ host: "late.example" }, { host: "demo.example", subset: "v2" }, { host: "demo.example", port: { number: 7 } }, { host: "demo.example" });

function compiled(objects: object[], open: boolean): ReturnType<typeof compile> {
  return compile([{ file: "mesh.yaml", text: objects.map((object) => JSON.stringify(object)).join("\n---\n") }], MODULES, open);
}

function taken(...objects: object[]): { to: (string | undefined)[]; waiting: string[] } {
  const result = compiled(objects, true);
  assert.ok(result.ok, JSON.stringify(result));
  const listener = result.ir.listeners.find(({ service }) => service === "demo.example");
  return { to: (listener?.routes ?? []).map(({ destinations: [first] }) => first?.cluster), waiting: result.warnings.filter(({ waits }) => waits).map(formatProblem) };
}

test("a destination that is not there keeps its route, which leads to no cluster until it comes", () => {
  const before = taken(entry("demo"), ROUTES);
  assert.deepEqual(before.to, ["outbound|20880||late.example", "outbound|20880|v2|demo.example", "outbound|7||demo.example", "outbound|20880||demo.example"]);
  const at = (i: number, field: string): string => `mesh.yaml:3: document 2, spec.http[${i}].route[0].destination.${field}`, rest = "now: requests to it are answered with ClusterNotFound";
  assert.deepEqual(before.waiting, [
    `${at(0, "host")}: no service has this host ${rest}; found "late.example"`,
    `${at(1, "subset")}: no DestinationRule of "demo.example" has this subset ${rest}; found "v2"`,
    `${at(2, "port")}: "demo.example" has no managed port with this number ${rest}; found 7`,
  ]);
  const after = taken(entry("demo"), ROUTES, entry("late"), istio("DestinationRule", "demo", { host: "demo.example", subsets: [{ name: "v2", labels: { version: "v1" } }] }));
  assert.deepEqual([after.to, after.waiting.length], [before.to, 1]);
});

test("of a route with shares the others keep theirs, and a mirror that is not there is no mistake either", () => {
  const result = compiled([entry("demo"), istio("VirtualService", "demo", { hosts: ["demo.example"], http: [{
    route: [{ destination: { host: "demo.example" }, weight: 75 }, { destination: { host: "late" }, weight: 25 }], mirror: { host: "copies" },
  }] })], true);
  assert.ok(result.ok, JSON.stringify(result));
  assert.deepEqual(result.ir.listeners[0]!.routes![0]!.destinations, [{ cluster: "outbound|20880||demo.example", weight: 75 }, { cluster: "outbound|20880||late", weight: 25 }]);
  assert.equal(result.warnings.filter(({ waits }) => waits).length, 2);
});

test("rules for hosts, gateways and ports that are not there wait as well", () => {
  const { waiting } = taken(
    entry("demo"),
    istio("DestinationRule", "late", { host: "late.example" }),
    istio("VirtualService", "late", { hosts: ["late.example", "*.late.example"], gateways: ["gate", "mesh"], http: [{ route: [{ destination: { host: "demo.example" } }] }] }),
    { apiVersion: "meltemi.io/v1alpha1", kind: "Policy", metadata: { name: "late", namespace: "shop" }, spec: { targetRef: { host: "late.example" }, idleTimeout: "1s" } },
    { apiVersion: "meltemi.io/v1alpha1", kind: "Policy", metadata: { name: "port", namespace: "shop" }, spec: { targetRef: { host: "demo.example", port: 7 }, idleTimeout: "1s" } },
    { apiVersion: "redis.aeraki.io/v1alpha1", kind: "RedisDestination", metadata: { name: "late", namespace: "shop" }, spec: { host: "late.example" } },
  );
  assert.equal(waiting.length, 7, waiting.join("\n"));
  for (const line of waiting) assert.match(line, / now: this waits for it; found /);
});

test("what only Redis Clusters obey waits for the RedisDestination that says that there is one", () => {
  const service = { apiVersion: "redis.aeraki.io/v1alpha1", kind: "RedisService", metadata: { name: "cache", namespace: "shop" }, spec: { host: ["cache.example"], settings: { readPolicy: "REPLICA" }, redis: [{ route: { host: "cache.example" } }] } };
  const { waiting } = taken(entry("cache", 6379, "tcp-redis"), service);
  assert.match(waiting.join(), /this applies only to Redis Clusters, and its destination is none now: ignored; found "REPLICA"/);
});

test("what is there and does not fit is a mistake here, too", () => {
  const result = compiled([entry("demo"), entry("late", 9090, "tcp-thrift"), routes({ host: "late.example" })], true);
  assert.ok(!result.ok);
  assert.match(result.problems.map(formatProblem).join(), /has the protocol thrift, but the request has dubbo/);
});

test("where people write all services, it is refused with the place, and with what there is", () => {
  const result = compiled([entry("demo"), ROUTES], false);
  assert.ok(!result.ok);
  assert.deepEqual(result.problems.map(({ path, message, allowed }) => [path, message, allowed]), [
    ["spec.http[0].route[0].destination.host", 'no service has this host, did you mean "demo.example"?', ["demo.example"]],
    ["spec.http[1].route[0].destination.subset", 'no DestinationRule of "demo.example" has this subset', []],
    ["spec.http[2].route[0].destination.port", '"demo.example" has no managed port with this number', ["20880"]],
  ]);
});
