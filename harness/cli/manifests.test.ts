/** `meltemi manifests` as one types it. */
import assert from "node:assert/strict";
import { mkdtempSync, readdirSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { after, test } from "node:test";
import { parseAllDocuments } from "yaml";
import { cacheDir, ROOT } from "../tools/paths.ts";
import { run } from "../tools/process.ts";

const CLI = join(ROOT, "harness/cli/meltemi.mjs"), CA = join(ROOT, "tests/e2e/tls/ca.crt");
const folder = mkdtempSync(join(cacheDir("test"), "manifests-"));
after(() => rmSync(folder, { recursive: true }));

const meltemi = (...args: string[]): ReturnType<typeof run> => run(process.execPath, [CLI, "manifests", ...args], { name: "meltemi", cwd: folder });

function file(name: string, ...objects: object[]): string {
  writeFileSync(join(folder, name), JSON.stringify({ apiVersion: "v1", kind: "List", items: objects }));
  return name;
}

type Json = Record<string, unknown> & { kind: string; metadata: Record<string, unknown> };
const read = (path: string): Json[] => parseAllDocuments(readFileSync(join(folder, path), "utf8")).map((document) => document.toJS() as Json);
const title = ({ kind, metadata: { name, namespace } }: Json): string => `${kind} ${String(namespace)}/${String(name)}`;

const service = (name: string, clusterIP: string, port: number, portName: string): object =>
  ({ apiVersion: "v1", kind: "Service", metadata: { name, namespace: "shop" }, spec: { type: "ClusterIP", clusterIP, ports: [{ name: portName, port }] } });
const routes = (host: string, to: string | number): object =>
  ({ apiVersion: "networking.istio.io/v1", kind: "VirtualService", metadata: { name: host, namespace: "shop" }, spec: { hosts: [host], http: [{ route: [{ destination: { host: to } }] }] } });

test("what kubectl prints of a cluster becomes files to apply; what is for others, and what waits, is told", async () => {
  const cluster = file("cluster.json", service("demo", "10.96.0.10", 20880, "tcp-dubbo"), service("web", "10.96.0.11", 80, "http"), routes("web", "web"), routes("demo", "late"));
  const { code, output } = await meltemi("-f", cluster, "-o", "out", "--namespace", "mesh", "--tls-secret", "meltemi-tls", "--tls-ca", CA);
  assert.equal(code, 0, output);
  assert.match(output, /warning: VirtualService shop\/web applies to no managed service/);
  assert.match(output, /warning: VirtualService shop\/demo.*no service has this host now.*found "late"/);
  assert.deepEqual(readdirSync(join(folder, "out")).sort(), ["control-plane.yaml", "envoy-filters.yaml"]);
  assert.deepEqual(read("out/envoy-filters.yaml").map(title), ["EnvoyFilter istio-system/meltemi-clusters", "EnvoyFilter istio-system/meltemi-demo-shop-svc-cluster-local-10-96-0-10-20880"]);
  const text = readFileSync(join(folder, "out/envoy-filters.yaml"), "utf8");
  assert.match(text, /sni: meltemi\.mesh\.svc/);
  assert.ok(text.includes(readFileSync(CA, "utf8").split("\n")[1]!), "the authority's certificate");
  assert.match(readFileSync(join(folder, "out/control-plane.yaml"), "utf8"), /secretName: meltemi-tls/);
});

test("what it cannot do, and why", async () => {
  const local = file("local.json", service("demo", "127.10.0.1", 20880, "tcp-dubbo")), wrong = file("wrong.json", service("demo", "10.96.0.10", 20880, "tcp-dubbo"), routes("demo", 7));
  const cases: [string[], number, RegExp][] = [
    [["-f", local, "-o", "x"], 1, /demo\.shop\.svc\.cluster\.local: its address in the mesh is not known/],
    [["-f", wrong, "-o", "x"], 1, /VirtualService shop\/demo:.*spec\.http\[0\]\.route\[0\]\.destination\.host/],
    [["-f", local, "-o", "x", "--tls-ca", CA], 2, /--tls-ca and --tls-name need --tls-secret/],
    [["-f", local, "-o", "x", "--tls-secret", "a", "--tls-ca", "nowhere.pem"], 1, /--tls-ca: .*nowhere\.pem/],
    [["-f", "nowhere.yaml", "-o", "x"], 1, /nowhere\.yaml: no such file or folder/],
    [["-f", local], 2, /required option '-o/],
    [["-f", local, "-o", "x", "--http", "fault"], 2, /allowed: NAME=URL/],
  ];
  for (const [args, expected, message] of cases) {
    const { code, output } = await meltemi(...args);
    assert.equal(code, expected, `${args.join(" ")}: ${output}`);
    assert.match(output, message);
  }
  assert.ok(!readdirSync(folder).includes("x"), "nothing is written");
});
