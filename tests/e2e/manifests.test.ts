/** What `meltemi manifests` does to listeners as Istio makes them, on the real Envoy; and what becomes of workloads without the module. */
import assert from "node:assert/strict";
import { readFileSync } from "node:fs";
import { connect, createServer, type AddressInfo, type Socket } from "node:net";
import { join } from "node:path";
import { test } from "node:test";
import { compile, istioManifests, type Manifest } from "../../control-plane/index.ts";
import { MESH, OPTIONS } from "../../control-plane/istio/testing/mesh.ts";
import { MODULES } from "../../control-plane/testdata/fixtures.ts";
import { AwesomeClient } from "../../examples/awesomerpc/peer/client.ts";
import { AwesomeServer } from "../../examples/awesomerpc/peer/server.ts";
import { startEnvoy, validateBootstrap } from "../../harness/envoy/envoy.ts";
import { ListenerFile } from "../../harness/envoy/lds.ts";
import { ROOT } from "../../harness/tools/paths.ts";
import { until } from "../../harness/tools/wait.ts";
import { startAgent } from "./agent.ts";
import { shippedModulesByCodec } from "./mesh.ts";
import { Folder, startPlane } from "./plane.ts";

const WASM = join(ROOT, "build/meltemi.wasm"), MISSING = "/nowhere/plugin.wasm", WAIT_MS = 20_000;
const TCP_PROXY = "envoy.filters.network.tcp_proxy";

type Json = Record<string, unknown>;
interface Listener extends Json { name: string; filter_chains: { filters: (Json & { name: string })[] }[] }
interface Patch { applyTo: string; match: { context: string; listener?: { name?: string; portNumber: number }; cluster?: { name: string } }; patch: { operation: string; value: Json } }

function manifests(module: string): Map<string, Manifest[]> {
  const sources = [{ file: "mesh.yaml", text: MESH.map((object) => JSON.stringify(object)).join("\n---\n") }];
  const result = compile(sources, MODULES);
  assert.ok(result.ok, JSON.stringify(result));
  return istioManifests(result.ir, sources, { ...OPTIONS, module });
}

/** As Istio makes one for a TCP service: of a sidecar nobody binds it. */
function istioListener(address: string, port: number, cluster: string, bound = false): Listener {
  const proxy = { "@type": "type.googleapis.com/envoy.extensions.filters.network.tcp_proxy.v3.TcpProxy", stat_prefix: cluster, cluster };
  return {
    name: `${address}_${port}`, address: { socket_address: { address, port_value: port } }, traffic_direction: "OUTBOUND", ...(bound ? {} : { bind_to_port: false }),
    filter_chains: [{ filters: [{ name: TCP_PROXY, typed_config: proxy }] }],
  };
}

const istioCluster = (name: string): Json => ({
  name, type: "STATIC", connect_timeout: "10s", lb_policy: "LEAST_REQUEST",
  circuit_breakers: { thresholds: [{ max_connections: 4294967295, max_pending_requests: 4294967295, max_requests: 4294967295, max_retries: 4294967295 }] },
  load_assignment: { cluster_name: name, endpoints: [{ lb_endpoints: [{ endpoint: { address: { socket_address: { address: "10.0.0.1", port_value: 1 } } } }] }] },
});

/** One patch after the other, as Istio does. */
function patched(context: string, filters: readonly Manifest[], listeners: Listener[], clusters: Json[]): { listeners: Listener[]; clusters: Json[] } {
  const all = filters.flatMap(({ spec }) => (spec as { configPatches: Patch[] }).configPatches).filter(({ match }) => match.context === context || match.context === "ANY");
  for (const { applyTo, match, patch: { operation, value } } of all) {
    const met = listeners.filter(({ name }) => name === match.listener?.name);
    if (applyTo === "LISTENER") for (const listener of met) Object.assign(listener, value);
    else if (applyTo === "CLUSTER" && operation === "ADD") clusters.push(value);
    else if (applyTo === "CLUSTER") for (const cluster of clusters.filter(({ name }) => name === match.cluster!.name)) Object.assign(cluster, value);
    else for (const { filters: chain } of met.map((listener) => listener.filter_chains[0]!)) {
      const at = chain.findIndex(({ name }) => name === TCP_PROXY);
      chain.splice(at, operation === "REPLACE" ? 1 : 0, value as Json & { name: string });
    }
  }
  return { listeners, clusters };
}

const OTHER = istioListener("10.96.0.99", 20880, "outbound|20880||other");

test("Istio's listeners with the patches are taken by Envoy, and those of other services stay as they were", async () => {
  const files = manifests(WASM), names = ["outbound|20880|v1|demo.shop.svc.cluster.local", "outbound|20880|v2|demo.shop.svc.cluster.local", "outbound|9090||stock.shop.svc.cluster.local", "outbound|20880||other"];
  const sidecar = patched("SIDECAR_OUTBOUND", files.get("envoy-filters.yaml")!, [istioListener("10.96.0.10", 20880, names[0]!), structuredClone(OTHER)], names.slice(0, 2).concat(names[3]!).map(istioCluster));
  const gateway = patched("GATEWAY", files.get("gateways.yaml")!.filter(({ kind }) => kind === "EnvoyFilter"), [istioListener("0.0.0.0", 9090, names[2]!, true)], [istioCluster(names[2]!)]);
  const listeners = [...sidecar.listeners, ...gateway.listeners], clusters = [...sidecar.clusters, ...gateway.clusters];
  assert.deepEqual(listeners.map(({ filter_chains }) => filter_chains[0]!.filters.map(({ name }) => name)), [["meltemi", "lanes"], [TCP_PROXY], ["meltemi", "lanes"]]);
  assert.deepEqual(sidecar.listeners[1], OTHER);
  assert.equal(clusters.filter((cluster) => "load_balancing_policy" in cluster).length, 3);
  const { ok, output } = await validateBootstrap({ static_resources: { listeners, clusters } });
  assert.ok(ok, output);
});

test("tcp_proxy that waits for the filter inline is taken, too", async () => {
  const files = manifests(WASM), patch = (files.get("wasm-plugins.yaml")![1]!.spec as { configPatches: Patch[] }).configPatches[0]!.patch.value.typed_config as Json;
  const listener = istioListener("10.96.0.11", 9091, "people"), proxy = listener.filter_chains[0]!.filters[0]!;
  proxy.typed_config = { ...proxy.typed_config as Json, ...patch };
  const { ok, output } = await validateBootstrap({ static_resources: { listeners: [listener], clusters: [istioCluster("people")] } });
  assert.ok(ok, output);
});

test("a workload that says it has the module and lacks it: that listener stays what it was, all others change, and Envoy lives", async () => {
  const server = createServer((socket) => socket.pipe(socket)).listen(0, "127.0.0.1");
  await new Promise((resolve) => server.once("listening", resolve));
  const cluster = { ...istioCluster("echo"), load_assignment: { cluster_name: "echo", endpoints: [{ lb_endpoints: [{ endpoint: { address: { socket_address: { address: "127.0.0.1", port_value: (server.address() as AddressInfo).port } } } }] }] } };
  const file = new ListenerFile(), bare = (): Listener => ({ ...istioListener("127.0.0.1", 0, "echo", true), name: "10.96.0.10_20880" });
  const envoy = await startEnvoy({ bootstrap: file.take({ node: { id: "sidecar", cluster: "sidecar" }, static_resources: { listeners: [bare()], clusters: [cluster] } }) });
  try {
    await until("the listener is there", WAIT_MS, async () => (await envoy.listeners()).has("10.96.0.10_20880"));
    const [changed] = patched("SIDECAR_OUTBOUND", manifests(MISSING).get("envoy-filters.yaml")!, [bare()], []).listeners;
    assert.equal(changed!.filter_chains[0]!.filters[0]!.name, "meltemi");
    file.update([changed!, { ...istioListener("127.0.0.1", 0, "echo", true), name: "new" }]);
    await until("the other listener is there", WAIT_MS, async () => (await envoy.listeners()).has("new"));
    assert.equal([...(await envoy.stats("listener_manager.lds.update_rejected")).values()][0], 1);
    for (const [name, { port }] of await envoy.listeners()) assert.equal(await echo(port), "hello", name);
    assert.match(envoy.log(), /nowhere\/plugin\.wasm/);
  } finally {
    await envoy.stop();
    file.remove();
    server.close();
  }
});

const TLS = join(import.meta.dirname, "tls"), pem = (name: string): string => readFileSync(join(TLS, name), "utf8");
const AWESOME = JSON.stringify({
  apiVersion: "networking.istio.io/v1", kind: "ServiceEntry", metadata: { name: "greeter", annotations: { "meltemi.io/bind": "false" } },
  spec: { hosts: ["greeter.example"], addresses: ["10.96.0.20"], resolution: "STATIC", ports: [{ number: 7000, name: "tcp-metaprotocol-awesomerpc" }], endpoints: [{ address: "127.0.0.1" }] },
});

for (const [what, ca] of [["of Istio's", undefined], ["of its own", pem("ca.crt")]] as const) {
  test(`mutual TLS to the control plane, whose authority is one ${what}: sidecars show the certificate that their agent has`, async () => {
    const ends: (() => unknown)[] = [];
    try {
      const server = await new AwesomeServer("v1").start(), folder = new Folder();
      ends.push(() => server.stop(), () => folder.remove());
      const mesh = AWESOME.replace('"127.0.0.1"', `"127.0.0.1", "ports": { "tcp-metaprotocol-awesomerpc": ${server.port} }`);
      folder.write(mesh);
      const plane = await startPlane(folder, { tls: { certificate: join(TLS, "server.crt"), key: join(TLS, "server.key"), ca: join(TLS, "ca.crt") } });
      ends.push(() => plane.stop());
      const agent = await startAgent({
        default: { tls_certificate: { certificate_chain: { inline_string: pem("shop.crt") }, private_key: { inline_string: pem("shop.key") } } },
        ROOTCA: { validation_context: { trusted_ca: { inline_string: pem("ca.crt") } } },
      });
      ends.push(() => agent.stop());
      const modules = await shippedModulesByCodec(), compiled = compile([{ file: "mesh.yaml", text: mesh }], modules);
      assert.ok(compiled.ok, JSON.stringify(compiled));
      const filters = istioManifests(compiled.ir, [], { ...OPTIONS, module: modules.awesomerpc!.wasm, tls: { secret: "meltemi-tls", name: "greeter.example", ...(ca ? { ca } : {}) } }).get("envoy-filters.yaml")!;
      const cluster = at(istioCluster("outbound|7000||greeter.example"), server.port);
      const { listeners, clusters } = patched("SIDECAR_OUTBOUND", filters, [{ ...istioListener("127.0.0.1", 0, cluster.name as string, true), name: "10.96.0.20_7000" }], [cluster]);
      const http2 = { "envoy.extensions.upstreams.http.v3.HttpProtocolOptions": { "@type": "type.googleapis.com/envoy.extensions.upstreams.http.v3.HttpProtocolOptions", explicit_http_config: { http2_protocol_options: {} } } };
      const sds = { ...at(istioCluster("sds-grpc"), agent.port), typed_extension_protocol_options: http2 };
      const all = [sds, ...clusters.map((each) => each.name === "meltemi-xds" ? at(each, plane.port) : each)];
      const envoy = await startEnvoy({ bootstrap: { node: { id: "sidecar", cluster: "sidecar" }, static_resources: { listeners, clusters: all } } });
      ends.push(() => envoy.stop());
      const client = await AwesomeClient.connect([...(await envoy.listeners()).values()][0]!.port);
      ends.push(() => client.close());
      assert.equal((await client.call({})).status, 0, envoy.log());
      assert.deepEqual([...new Set(agent.asked)].sort(), ca ? ["default"] : ["ROOTCA", "default"]);
      const [node] = (await plane.status()).envoys;
      assert.deepEqual([node?.node, node?.streams.some(({ types }) => types.tables?.names?.[0] === "10.96.0.20_7000")], ["sidecar", true]);
    } finally {
      for (const end of ends.reverse()) await end();
    }
  });
}

/** The same cluster, with its server at a port of this machine. */
function at(cluster: Json, port: number): Json {
  return { ...cluster, load_assignment: { cluster_name: cluster.name, endpoints: [{ lb_endpoints: [{ endpoint: { address: { socket_address: { address: "127.0.0.1", port_value: port } } } }] }] } };
}

function echo(port: number): Promise<string> {
  return new Promise((resolve, reject) => {
    const socket: Socket = connect(port, "127.0.0.1", () => socket.write("hello"));
    socket.on("data", (data) => { resolve(data.toString()); socket.destroy(); });
    socket.on("error", reject);
  });
}
