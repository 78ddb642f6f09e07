/** What `meltemi manifests` writes, against Istio's own schemas; what Envoy says of it: tests/e2e/manifests.test.ts. */
import assert from "node:assert/strict";
import { before, test } from "node:test";
import type { ValidateFunction } from "ajv";
import { istioDefinitions, validators } from "../../harness/peers/istio/schemas.ts";
import { compile, istioManifests, type Manifest } from "../index.ts";
import { MESH, OPTIONS } from "./testing/mesh.ts";
import { MODULES } from "../testdata/fixtures.ts";

let schemas: Map<string, ValidateFunction>, files: Map<string, Manifest[]>;

before(async () => {
  schemas = validators(await istioDefinitions());
  files = manifests(MESH);
});

function manifests(objects: object[], options = OPTIONS): Map<string, Manifest[]> {
  const sources = [{ file: "mesh.yaml", text: objects.map((object) => JSON.stringify(object)).join("\n---\n") }];
  const result = compile(sources, MODULES);
  assert.ok(result.ok, JSON.stringify(result));
  return istioManifests(result.ir, sources, options);
}

const all = (): Manifest[] => [...files.values()].flat();
const title = ({ kind, metadata: { name } }: Manifest): string => `${kind} ${name}`;

test("every object of Istio's is as its schema says", () => {
  const istios = all().filter(({ apiVersion }) => String(apiVersion).includes("istio.io/"));
  assert.deepEqual([...new Set(istios.map(({ kind }) => kind))].sort(), ["EnvoyFilter", "VirtualService", "WasmPlugin"]);
  for (const object of istios) {
    const validate = schemas.get(`${String(object.apiVersion)} ${object.kind}`);
    assert.ok(validate, `there is no schema of ${String(object.apiVersion)} ${object.kind}`);
    assert.ok(validate(object), `${title(object)}: ${JSON.stringify(validate.errors)}`);
  }
});

test("the schemas refuse what is none of theirs", () => {
  const validate = schemas.get("networking.istio.io/v1alpha3 EnvoyFilter")!, good = files.get("envoy-filters.yaml")![1]!;
  const spec = good.spec as { configPatches: { patch: object }[] };
  assert.ok(!validate({ ...good, spec: { ...spec, configPatches: [{ ...spec.configPatches[0], patch: { operation: "REPLACES" } }] } }));
  assert.ok(!validate({ ...good, spec: { ...spec, selector: {} } }));
});

test("files and what is in them", () => {
  assert.deepEqual(Object.fromEntries([...files].map(([file, objects]) => [file, objects.map(title)])), {
    "control-plane.yaml": ["Namespace meltemi-system", "ServiceAccount meltemi", "ClusterRole meltemi", "ClusterRoleBinding meltemi", "ConfigMap meltemi-rules", "Service meltemi", "Deployment meltemi"],
    "envoy-filters.yaml": ["EnvoyFilter meltemi-clusters", "EnvoyFilter meltemi-demo-shop-svc-cluster-local-10-96-0-10-20880"],
    "gateways.yaml": ["VirtualService meltemi-gate-9090", "EnvoyFilter meltemi-gate-9090"],
    "wasm-plugins.yaml": ["WasmPlugin meltemi-people-shop-svc-cluster-local-9091", "EnvoyFilter meltemi-people-shop-svc-cluster-local-9091", "WasmPlugin http-fault"],
  });
});

test("a sidecar is changed only if it has the module, and only in the service's listener", () => {
  const { configPatches } = files.get("envoy-filters.yaml")![1]!.spec as { configPatches: { applyTo: string; match: { proxy: object; context: string; listener?: object } }[] };
  for (const { match } of configPatches) assert.deepEqual([match.context, match.proxy], ["SIDECAR_OUTBOUND", { metadata: { MELTEMI: "enabled" } }]);
  const tcpProxy = { filterChain: { filter: { name: "envoy.filters.network.tcp_proxy" } } };
  assert.deepEqual(configPatches.filter(({ applyTo }) => applyTo === "NETWORK_FILTER").map(({ match }) => match.listener), Array(2).fill({ name: "10.96.0.10_20880", portNumber: 20880, ...tcpProxy }));
});

test("the control plane may list and watch what it reads, and nothing else", () => {
  const role = all().find(({ kind }) => kind === "ClusterRole")!.rules as { verbs: string[]; apiGroups: string[]; resources: string[] }[];
  for (const { verbs } of role) assert.deepEqual(verbs, ["list", "watch"]);
  assert.deepEqual(role.find(({ apiGroups }) => apiGroups[0] === "")!.resources, ["pods", "secrets", "services"]);
});

test("rules that neither Kubernetes nor Istio keeps are in the ConfigMap, and a Secret is in none", () => {
  const [{ data }] = all().filter(({ kind }) => kind === "ConfigMap") as unknown as [{ data: Record<string, string> }];
  assert.match(data["rules.yaml"]!, /kind: MetaRouter/);
  assert.doesNotMatch(data["rules.yaml"]!, /kind: (Service|VirtualService|Secret)\b/);
});

interface Container { args: string[]; volumeMounts: { name: string; mountPath: string }[] }

test("with TLS the Deployment has its certificate and Istio's authority, and the cluster of sidecars theirs", () => {
  const files = manifests(MESH, { ...OPTIONS, tls: { secret: "meltemi-tls", name: "meltemi.meltemi-system.svc" } });
  const { containers: [container], volumes } = (files.get("control-plane.yaml")!.find(({ kind }) => kind === "Deployment")!.spec as { template: { spec: { containers: [Container]; volumes: object[] } } }).template.spec;
  const folders = Object.fromEntries(container.volumeMounts.map(({ name, mountPath }) => [name, mountPath]));
  assert.deepEqual(container.args.slice(container.args.indexOf("--tls-cert")), ["--tls-cert", `${folders.certificate}/tls.crt`, "--tls-key", `${folders.certificate}/tls.key`, "--tls-ca", `${folders.clients}/root-cert.pem`, "--node-from-cert", "uri:spiffe://*/ns/{ns}/sa/*=>*~*~*.{ns}~*"]);
  assert.deepEqual(volumes, [
    { name: "rules", configMap: { name: "meltemi-rules" } }, { name: "certificate", secret: { secretName: "meltemi-tls" } }, { name: "clients", configMap: { name: "istio-ca-root-cert" } },
  ]);
  const [clusters] = files.get("envoy-filters.yaml")!;
  assert.ok(schemas.get("networking.istio.io/v1alpha3 EnvoyFilter")!(clusters));
  const { sni } = (clusters!.spec as { configPatches: [{ patch: { value: { transport_socket: { typed_config: { sni: string } } } } }] }).configPatches[0].patch.value.transport_socket.typed_config;
  assert.equal(sni, "meltemi.meltemi-system.svc");
});

test("whoever reaches the Service reads metrics, and more only where that was asked for", () => {
  const container = (options = OPTIONS): Container & { readinessProbe: { httpGet: { path: string } } } => {
    const deployment = manifests(MESH, options).get("control-plane.yaml")!.find(({ kind }) => kind === "Deployment")!;
    return (deployment.spec as { template: { spec: { containers: [ReturnType<typeof container>] } } }).template.spec.containers[0];
  };
  const { args, readinessProbe } = container();
  assert.deepEqual(args.slice(args.indexOf("--status-pages")).slice(0, 2), ["--status-pages", "metrics"]);
  assert.equal(readinessProbe.httpGet.path, "/healthz");
  assert.ok(!container({ ...OPTIONS, allPages: true }).args.includes("--status-pages"));
});

test("what Istio cannot be told is told here", () => {
  const [service] = MESH as [Record<string, unknown> & { spec: object }];
  assert.throws(() => manifests([{ ...service, spec: { ...service.spec, clusterIP: "None" }, metadata: { name: "demo", namespace: "shop" } }]), /demo\.shop\.svc\.cluster\.local: its address in the mesh is not known/);
});
