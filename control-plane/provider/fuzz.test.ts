/** What is registered, or written, by anybody: each entry is read or skipped, nothing throws, and its neighbours are there all the same. */
import assert from "node:assert/strict";
import { readdirSync, readFileSync } from "node:fs";
import { test } from "node:test";
import { fileURLToPath } from "node:url";
import { translate } from "../index.ts";
import { MODULES } from "../testdata/fixtures.ts";
import { damaged, type Pick, scratched, seeded, wild } from "../testdata/wild.ts";
import type { Source } from "../api/sourceFile.ts";
import { taggedServices } from "./consul/consul.ts";
import { serviceRecord as consulRecord } from "./consul/entries.ts";
import { type Check, Marks } from "./consul/marks.ts";
import { readInstances, withInstances } from "./dubbo/applications.ts";
import { DubboProvider } from "./dubbo/provider.ts";
import { readRecord, type ServiceRecord } from "./dubbo/record.ts";
import type { RegistryListener } from "./dubbo/registry.ts";
import type { Skipped } from "./dubbo/registration.ts";
import { KeyTree } from "./dubbo/tree.ts";
import { readKeys, readWatchAnswer, watchRequest } from "./etcd/messages.ts";
import { readApplications } from "./eureka.ts";
import type { KubernetesObject } from "./kubernetes/client.ts";
import { essence } from "./kubernetes/objects.ts";
import { relevant, secretsOf } from "./kubernetes/relevant.ts";
import { calledAs, each, misshapen } from "./kubernetes/shape.ts";
import { serviceRecord as nacosRecord } from "./nacos/nacos.ts";
import { decodePayload, encodePayload } from "./nacos/payload.ts";
import { applicationNames } from "./zookeeper/applications.ts";
import { frame, FrameReader } from "./zookeeper/frames.ts";
import { int, JuteReader, text } from "./zookeeper/jute.ts";

const CASES = 1500, NAME = "org.x.Demo", LISTENER = { skipped: () => undefined, changed: () => undefined, failed: () => undefined };

function fuzz(what: string, run: (pick: Pick) => void): void {
  test(`${what}: ${CASES} damaged entries`, () => {
    for (let seed = 0; seed < CASES; seed++) {
      try {
        run(seeded(seed));
      } catch (error) {
        throw new Error(`seed ${seed}: ${(error as Error).message}`, { cause: error });
      }
    }
  });
}

const url = (host: string, more = ""): string => encodeURIComponent(`dubbo://${host}:20880/${NAME}?application=demo&version=1.0.0&group=g&weight=50&timestamp=7${more}`.replace(/[\ud800-\udfff]/g, "?"));
const INSTANCE = {
  name: "orders", address: "10.0.0.1", port: 1,
  payload: { metadata: { "dubbo.endpoints": `[{"port":20880,"protocol":"dubbo"}]`, weight: "10", "dubbo.metadata.revision": "1" } },
};
/** The healthy neighbour is among them. */
const has = ({ registrations }: ServiceRecord, address = "10.0.0.9"): void => assert.ok(registrations.some((one) => one.address === address), "the neighbour is hidden");

/** Bytes that cannot be read are an Error, whose message its caller tells. */
function readOrError(read: () => unknown): void {
  try {
    read();
  } catch (error) {
    assert.equal(error instanceof Error, true, String(error));
  }
}

fuzz("zookeeper", (pick) => {
  const texts = [pick(3) === 0 ? scratched(JSON.stringify(INSTANCE), pick) : JSON.stringify(damaged(INSTANCE, pick)), JSON.stringify(wild(pick)), JSON.stringify({ ...INSTANCE, address: "10.0.0.9" })];
  const skipped: Skipped[] = [], instances = readInstances(texts, "/services/orders", skipped);
  has(withInstances(readRecord(NAME, `/dubbo/${NAME}`, [scratched(url("10.0.0.2"), pick)], [scratched(encodeURIComponent(`override://0.0.0.0/${NAME}?weight=1`), pick)]), instances));
  assert.ok(applicationNames(scratched("orders,stock", pick)).every((name) => name !== ""));
  for (const { reason } of skipped) assert.ok(reason.length < 500, reason);
  const message = frame(int(2), text("a"), text("bc")), taken: string[][] = [], frames = new FrameReader(), cut = pick(message.length);
  for (const part of [message.subarray(0, cut), message.subarray(cut)]) frames.read(part, (bytes) => taken.push(new JuteReader(bytes).texts()));
  assert.deepEqual(taken, [["a", "bc"]]);
  message[pick(message.length)] = pick(256);
  readOrError(() => new FrameReader().read(message, (bytes) => new JuteReader(bytes).texts()));
});

fuzz("etcd", (pick) => {
  const tree = new KeyTree("/dubbo", () => undefined), key = (host: string): string => `/dubbo/${NAME}/providers/${url(host)}`;
  tree.put(key("10.0.0.9"));
  for (const made of [scratched(key("10.0.0.1"), pick), String(wild(pick, 0)), scratched(`/dubbo/${NAME}/configurators/x`, pick)]) {
    tree.put(made);
    tree.records();
    if (pick(2) === 0) tree.delete(made);
  }
  has(tree.records().find((record) => record.interface === NAME)!);
  const bytes = watchRequest(key("10.0.0.1"), BigInt(pick(1 << 30)));
  bytes[pick(bytes.length)] = pick(256);
  for (const read of [readKeys, readWatchAnswer]) readOrError(() => read(bytes));
});

fuzz("nacos", (pick) => {
  const host = (ip: string) => ({ ip, port: 20880, weight: 1, healthy: true, enabled: true, metadata: { protocol: "dubbo", weight: "7" } });
  const info = { name: `g@@providers:${NAME}:1.0.0:`, hosts: [damaged(host("10.0.0.1"), pick), wild(pick), host("10.0.0.9")] };
  has(nacosRecord(info, "g")!.record);
  nacosRecord(damaged(info, pick), "g");
  const bytes = encodePayload({ type: "NotifySubscriberRequest", body: { serviceInfo: info } });
  bytes[pick(bytes.length)] = pick(256);
  readOrError(() => decodePayload(bytes));
});

fuzz("consul", (pick) => {
  const entry = (Address: string) => ({ Node: { Address: "10.0.0.8" }, Service: { Address, Port: 20880, Tags: ["dubbo", "weight=3"], Meta: { url: decodeURIComponent(url(Address)) } } });
  has(consulRecord(NAME, [damaged(entry("10.0.0.1"), pick), wild(pick), entry("10.0.0.9")]));
  consulRecord(NAME, wild(pick));
  assert.ok(taggedServices(Object.assign(damaged({ x: ["dubbo"], y: ["a", "b"] }, pick) ?? {}, { [NAME]: ["dubbo"] }), LISTENER).has(NAME));
  taggedServices(wild(pick), LISTENER);
  const marks = new Marks();
  marks.list(new Map([[NAME, "dubbo"]]));
  marks.check([damaged({ Node: "n", CheckID: "c", ServiceName: NAME, ModifyIndex: 1 } as Check, pick) as unknown].filter((check): check is Check => typeof check === "object" && check !== null));
  assert.deepEqual(marks.stale(5), [NAME]);
});

fuzz("eureka", (pick) => {
  const instance = (ipAddr: string) => ({ app: "DEMO", ipAddr, status: "UP", metadata: { ...INSTANCE.payload.metadata, "dubbo.interfaces": NAME } });
  const answer = { applications: { application: [{ instance: [damaged(instance("10.0.0.1"), pick), wild(pick), instance("10.0.0.9")] }, wild(pick)] } };
  has(readApplications(answer).find((record) => record.interface === NAME)!);
  readApplications(damaged(answer, pick));
});

const object = (kind: string, apiVersion: string, name: string, more: object): KubernetesObject => ({ apiVersion, kind, metadata: { name, namespace: "shop", labels: { "kubernetes.io/service-name": "demo" } }, ...more });
const OBJECTS = [
  object("Service", "v1", "demo", { spec: { clusterIP: "10.1.0.1", selector: { app: "demo" }, ports: [{ name: "tcp-dubbo", port: 20880, targetPort: 20880 }] } }),
  object("Pod", "v1", "demo-1", { spec: { containers: [{ ports: [{ name: "dubbo", containerPort: 20880 }] }] }, status: { podIP: "10.2.0.1", phase: "Running" } }),
  object("EndpointSlice", "discovery.k8s.io/v1", "demo-a", { addressType: "IPv4", endpoints: [{ addresses: ["10.2.0.1"], conditions: { ready: true }, targetRef: { kind: "Pod", name: "demo-1" }, zone: "z" }], ports: [{ name: "dubbo", port: 20880 }] }),
  object("VirtualService", "networking.istio.io/v1", "demo", { spec: { hosts: ["demo"], gateways: ["mesh"], http: [{ route: [{ destination: { host: "demo" } }] }] } }),
  object("ServiceEntry", "networking.istio.io/v1", "out", { spec: { hosts: ["out.example"], ports: [{ name: "tcp-dubbo", number: 20880 }], workloadSelector: { labels: { app: "x" } } } }),
  object("Policy", "meltemi.io/v1alpha1", "guard", { spec: { targetRef: { host: "demo.shop.svc.cluster.local" }, token: { key: "user", tokens: [{ secret: { name: "s" } }] } } }),
  object("Gateway", "networking.istio.io/v1", "gate", { spec: { servers: [{ port: { number: 9090, name: "tcp-dubbo" }, hosts: ["*"] }] } }),
];

fuzz("kubernetes", (pick) => {
  const at = pick(OBJECTS.length), skipped: string[] = [];
  const all = [damaged(OBJECTS[at]!, pick), ...OBJECTS.map((one) => ({ ...one, metadata: { ...one.metadata, namespace: "other" } })), wild(pick) as KubernetesObject];
  const skip = (one: KubernetesObject, why: string): void => void skipped.push(`${calledAs(one)} ${why}`);
  const usable = all.filter((one) => {
    const why = misshapen(one);
    if (why !== undefined) skip(one, why);
    return why === undefined;
  });
  const { kept } = relevant(each(usable, skip, (one) => [essence(one.kind ?? "Pod", one)]), ["dubbo"], skip);
  secretsOf(kept);
  for (const kind of ["Service", "Pod", "EndpointSlice", "VirtualService", "ServiceEntry", "Gateway"]) {
    assert.ok(kept.some((one) => one.kind === kind && one.metadata.namespace === "other"), `the neighbour ${kind} is hidden`);
  }
  for (const each of [...kept.map((one) => JSON.stringify(one)), ...skipped]) assert.equal(typeof each, "string");
});

const FOLDER = fileURLToPath(new URL("../testdata/in/", import.meta.url));
const FILES = readdirSync(FOLDER).map((file) => readFileSync(FOLDER + file, "utf8")).filter((text) => text.length < 5000);

fuzz("folder", (pick) => {
  if (pick(10) !== 0) return;
  const result = translate([{ file: "x.yaml", text: scratched(FILES[pick(FILES.length)]!, pick) }], { wasm: "x.wasm", modules: MODULES });
  assert.equal(typeof result.ok, "boolean");
});

test(`dubbo: what 300 damaged registrations become is taken whole`, async () => {
  for (let seed = 0; seed < 300; seed++) {
    const pick = seeded(seed);
    let listener: RegistryListener | undefined, told: readonly Source[] = [];
    const provider = new DubboProvider([{ name: "r", scheme: "r", label: "r", start: (given) => { listener = given; return Promise.resolve(); }, stop: () => Promise.resolve() }], { port: 20880, addresses: { first: 0x7f800000, size: 1 << 23 } });
    await provider.start({ changed: (sources) => { told = sources; }, failed: () => undefined });
    const urls = [url("10.0.0.9"), ...Array.from({ length: 4 }, () => (pick(2) === 0 ? scratched(url("10.0.0.1"), pick) : url("10.0.0.2", `&${scratched("k=v", pick)}&aeraki_meta_app_version=${scratched("v1", pick)}`)))];
    listener!.changed([readRecord(NAME, `/dubbo/${NAME}`, urls), readRecord("org.y.Other", "/dubbo/org.y.Other", [])]);
    const result = translate(told, { wasm: "x.wasm", modules: MODULES });
    assert.ok(result.ok, `seed ${seed}: ${JSON.stringify(!result.ok && result.problems)}`);
    assert.ok(told[0]!.text.includes("10.0.0.9"));
    await provider.stop();
  }
});
