import assert from "node:assert/strict";
import { mkdtemp, mkdir, readFile, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { test } from "node:test";
import { fileURLToPath } from "node:url";
import { explain, formatProblem, loadResources, translate, type Explanation, type Source } from "../index.ts";
import { MODULES } from "../testdata/fixtures.ts";
import { pluginConfiguration } from "./plugin.ts";

const OPTIONS = { wasm: "build/meltemi.wasm", modules: MODULES };
const text = (name: string) => readFile(fileURLToPath(new URL(`../testdata/in/${name}.yaml`, import.meta.url)), "utf8");

async function irOf(name: string) {
  const result = translate([{ file: `${name}.yaml`, text: await text(name) }], OPTIONS);
  assert.ok(result.ok);
  return result.ir;
}

const goes = ({ outcome, route, clusters }: Explanation) =>
  [outcome === "route" ? route : outcome, ...clusters.map((c) => `${c.weight} ${c.cluster}`)].join(", ");

const questions: [name: string, listener: string, metadata: Record<string, string | string[] | null>, answer: string][] = [
  ["canary-talk", "127.10.0.1_20880", { user: "test" }, "canary, 100 outbound|20880|v2|org.example.demo"],
  ["canary-talk", "127.10.0.1_20880", { User: "test" }, "canary, 100 outbound|20880|v2|org.example.demo"],
  ["canary-talk", "org.example.demo", { user: "Test" }, "stable, 100 outbound|20880|v1|org.example.demo"],
  ["canary-talk", "org.example.demo", { user: null }, "stable, 100 outbound|20880|v1|org.example.demo"],
  ["canary-talk", "org.example.demo", { user: ["test", "other"] }, "stable, 100 outbound|20880|v1|org.example.demo"],
  ["canary-talk", "org.example.demo", {}, "stable, 100 outbound|20880|v1|org.example.demo"],
  ["canary-nested", "org.example.demo", { user: "test-1", method: "sayHello" }, "canary, 100 outbound|20880|v2|org.example.demo"],
  ["canary-nested", "org.example.demo", { user: "test-1", method: "hello" }, "stable, 100 outbound|20880|v1|org.example.demo"],
  ["batch-isolation", "orders", { batchjob: "true" }, "batch, 100 outbound|20880|batchjob|orders"],
  ["batch-isolation", "orders", { batchJob: "false" }, "user, 100 outbound|20880|user|orders"],
  ["batch-isolation", "orders", {}, "RouteNotFound"],
  ["full-split", "orders", {}, "orders[0], 30 outbound|20880|v1|orders, 70 outbound|20880|v2|orders"],
  ["meta-router", "hello.shop.svc.cluster.local", { method: "x" }, "default, 100 outbound|9090||hello.shop.svc.cluster.local"],
  ["ports", "127.0.0.1_1", { any: "thing" }, "default, 100 outbound|1||many"],
  ["hash", "plain", {}, "default, 100 outbound|1||plain"],
  ["matchers", "127.0.0.1_1", { a: "", b: "pp", c: "ss", d: "aca" }, "all-of-them, 100 outbound|1||demo"],
  ["matchers", "127.0.0.1_1", { e: "bx", f: "", g: "", h: "", j: "9", m: "x", method: "sayHello" }, "all-of-them, 100 outbound|1||demo"],
  ["matchers", "127.0.0.1_1", { e: "bx", f: "", g: "", h: "", j: "9", m: "x", method: "sayHello", k: "x" }, "default, 100 outbound|1||demo"],
  ["matchers", "127.0.0.1_2", {}, "second-port, 100 outbound|2||demo"],
];
for (const [name, listener, metadata, answer] of questions) {
  test(`${name}: ${JSON.stringify(metadata)} to ${listener} goes to ${answer}`, async () => {
    assert.equal(goes(explain(await irOf(name), { listener, metadata })), answer);
  });
}

test("the canary is marked for tracing", async () => {
  assert.deepEqual(explain(await irOf("canary-talk"), { listener: "org.example.demo", metadata: { user: "test" } }).request, { set: { tracing: "100" } });
});

test("explain names the listeners when there is none of the name", async () => {
  const ir = await irOf("full-split");
  assert.throws(() => explain(ir, { listener: "nobody" }), /^Error: no listener "nobody"; there are: 127\.0\.0\.1_20880$/);
});

test("the order of documents and files changes nothing", async () => {
  for (const name of ["canary-talk", "kubernetes", "ports", "hash", "policies", "redis", "full-inline"]) {
    const documents = (await text(name)).split(/^---\n/m);
    const whole = translate([{ file: "whole.yaml", text: documents.join("---\n") }], OPTIONS);
    assert.ok(whole.ok, name);
    for (const shuffled of [documents.toReversed(), [...documents.slice(1), documents[0]!]]) {
      const files = shuffled.map((document, i) => ({ file: `${i}.yaml`, text: document }));
      for (const sources of [files, [{ file: "one.yaml", text: shuffled.join("---\n") }]]) {
        const result = translate(sources, OPTIONS);
        assert.ok(result.ok, name);
        assert.equal(JSON.stringify(result.bootstrap), JSON.stringify(whole.bootstrap), name);
        assert.equal(JSON.stringify(result.ir), JSON.stringify(whole.ir), name);
      }
    }
  }
});

test("mistakes of several files come sorted, and nothing is produced", async () => {
  const bad = await text("bad-kinds");
  const result = translate([{ file: "b.yaml", text: bad }, { file: "a.yaml", text: bad }], OPTIONS);
  assert.ok(!result.ok);
  assert.deepEqual(Object.keys(result), ["ok", "problems"]);
  assert.deepEqual([...new Set(result.problems.map((p) => p.file))], ["a.yaml", "b.yaml"]);
});

test("no message shows a secret", async () => {
  const result = translate([{ file: "bad-kinds.yaml", text: await text("bad-kinds") }], OPTIONS);
  assert.ok(!result.ok);
  assert.doesNotMatch(JSON.stringify(result.problems), /never-shown/);
});

test("each codec comes from its own module, else from the common one; ports and times are options", async () => {
  const result = translate([{ file: "ports.yaml", text: await text("ports") }], { ...OPTIONS, adminPort: 9901, drainTimeoutMs: 1500 });
  assert.ok(result.ok);
  const bootstrap = JSON.stringify(result.bootstrap);
  assert.match(bootstrap, /"admin":\{"address":\{"socket_address":\{"address":"127\.0\.0\.1","port_value":9901\}\}\}/);
  assert.match(bootstrap, /"drain_timeout":"1\.5s"/);
  assert.match(bootstrap, /\\"limits\\":\{\\"drainMs\\":1500\}/, "the filter knows of it");
  assert.match(bootstrap, /"vm_id":"meltemi_127\.0\.0\.1_1",[^}]*\{"local":\{"filename":"build\/dubbo\.wasm"/);
  assert.match(bootstrap, /"vm_id":"meltemi_127\.0\.0\.1_3",[^}]*\{"local":\{"filename":"build\/meltemi\.wasm"/);
});

test("JSON is a resource too, and nothing at all is no mistake", async () => {
  const entry = {
    apiVersion: "networking.istio.io/v1", kind: "ServiceEntry", metadata: { name: "a" },
    spec: { hosts: ["a"], ports: [{ number: 1, name: "tcp-dubbo" }], resolution: "STATIC", endpoints: [{ address: "127.0.0.11" }] },
  };
  const result = translate([{ file: "a.json", text: JSON.stringify(entry, null, "\t") }, { file: "empty.yaml", text: "# nothing\n---\n" }], OPTIONS);
  assert.ok(result.ok);
  assert.deepEqual(result.ir.listeners.map((l) => l.name), ["127.0.0.1_1"]);
});

test("resources are read from files and, in order, from folders", async (t) => {
  const dir = await mkdtemp(join(tmpdir(), "meltemi-"));
  t.after(() => rm(dir, { recursive: true }));
  await mkdir(join(dir, "b"));
  for (const file of ["z.yaml", "b/a.yml", "b/c.json", "b/note.txt", "named.txt"]) await writeFile(join(dir, file), `# ${file}`);
  const files = (sources: Source[]) => sources.map((s) => s.file.slice(dir.length + 1));
  assert.deepEqual(files(await loadResources([dir])), ["b/a.yml", "b/c.json", "z.yaml"]);
  assert.deepEqual(files(await loadResources([join(dir, "named.txt"), join(dir, "z.yaml"), dir])), ["named.txt", "z.yaml", "b/a.yml", "b/c.json"]);
  await assert.rejects(loadResources([join(dir, "x"), join(dir, "y")]), /^Error: cannot read resources: .*x: no such file or folder; .*y: no such file or folder$/);
});

test("a problem is one line that says where, what, what was found and what is allowed", () => {
  const problem = { file: "a.yaml", document: 2, line: 7, path: "spec.x", message: "is wrong", found: '"y"', allowed: ["z"] };
  assert.equal(formatProblem(problem), 'a.yaml:7: document 2, spec.x: is wrong; found "y"; allowed: z');
});

test("a workload's port of a name that no service has, and an endpoint where Envoy itself listens for another service, are warned of", () => {
  const entry = (name: string, address: string, spec: object) => JSON.stringify({ apiVersion: "networking.istio.io/v1", kind: "ServiceEntry", metadata: { name },
    spec: { hosts: [name], addresses: [address], ports: [{ number: 20, name: "tcp-dubbo" }], resolution: "STATIC", ...spec } });
  const workload = JSON.stringify({ apiVersion: "networking.istio.io/v1", kind: "WorkloadEntry", metadata: { name: "w" },
    spec: { address: "10.0.0.1", labels: { app: "a" }, ports: { dubbo: 30, "tcp-dubbo": 31 } } });
  const a = entry("a", "127.0.0.1", { workloadSelector: { labels: { app: "a" } } }), b = entry("b", "127.0.0.2", { endpoints: [{ address: "127.0.0.1" }] });
  const result = translate([{ file: "mesh.yaml", text: [a, workload, b].join("\n---\n") }], OPTIONS);
  assert.ok(result.ok);
  assert.deepEqual(result.warnings.map(formatProblem).map((line) => line.replace(/^mesh.yaml:\d+: /, "")), [
    'document 2, spec.ports.dubbo: ServiceEntry "a", which selects this workload, has no port with this name; found "dubbo"; allowed: tcp-dubbo',
    'document 3, spec.ports[0]: port "tcp-dubbo" of ServiceEntry "b" points to 127.0.0.1:20, where Envoy itself listens for ServiceEntry "a"',
  ]);
});

test("calls that carry raw bytes are for clusters that no tcp_proxy leads to as well", () => {
  const entry = (host: string, address: string, annotations: string): string => `apiVersion: networking.istio.io/v1
kind: ServiceEntry
metadata: { name: ${host}${annotations} }
spec: { hosts: [${host}.example], addresses: [${address}], ports: [{ number: 6379, name: tcp-redis, protocol: TCP }], resolution: STATIC, endpoints: [{ address: 127.0.0.11 }] }
`;
  const rule = `apiVersion: networking.istio.io/v1
kind: VirtualService
metadata: { name: lanes }
spec: { hosts: [lanes.example], http: [{ route: [{ destination: { host: other.example } }] }] }
`;
  const configured = (annotations: string): string => {
    const texts = [entry("lanes", "127.0.0.1", ""), entry("other", "127.0.0.2", annotations), rule];
    const result = translate([{ file: "mesh.yaml", text: texts.join("---\n") }], OPTIONS);
    assert.ok(result.ok, JSON.stringify(result));
    return JSON.stringify(pluginConfiguration(result.ir, result.ir.listeners.find(({ service }) => service === "lanes.example")!));
  };
  assert.match(configured(""), /"rawCalls":true/);
  assert.doesNotMatch(configured(', annotations: { "meltemi.io/upstream": inline }'), /rawCalls/);
});
