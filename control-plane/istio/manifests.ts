import { parseAllDocuments } from "yaml";
import type { Source } from "../api/sourceFile.ts";
import type { Ir, Listener } from "../ir/ir.ts";
import { controlPlaneManifests } from "./controlPlane.ts";
import { controlPlaneCluster, gatewayFilter, sidecarFilter } from "./envoyFilter.ts";
import { type Manifest, type ManifestOptions, slug } from "./common.ts";
import { earlyData, wasmPlugin } from "./wasmPlugin.ts";

/** Groups of resources that neither Kubernetes nor Istio keeps: the control plane has them from a ConfigMap. */
const OWN_GROUPS = ["metaprotocol.aeraki.io", "redis.aeraki.io", "dubbo.aeraki.io", "networking.aeraki.io", "meltemi.io"];

/** What an Istio user applies, by file. Throws with one line for each thing that Istio cannot be told. */
export function istioManifests(ir: Ir, sources: readonly Source[], options: ManifestOptions): Map<string, Manifest[]> {
  const lanes = ir.listeners.filter(({ upstream, gateway }) => upstream === "lanes" && !gateway), inline = ir.listeners.filter(({ upstream }) => upstream === "inline");
  check(ir, inline);
  const files = new Map<string, Manifest[]>([
    ["control-plane.yaml", controlPlaneManifests(ownRules(sources), options, options.tls)],
    ["envoy-filters.yaml", [controlPlaneCluster(ir, options), ...lanes.map((listener) => sidecarFilter(ir, listener, options))]],
    ["gateways.yaml", ir.listeners.filter(({ gateway }) => gateway).flatMap((listener) => gatewayFilter(ir, listener, options))],
    ["wasm-plugins.yaml", [
      ...inline.flatMap((listener) => [wasmPlugin(ir, listener, named(listener, options)), ...(listener.routes === null ? [] : [earlyData(listener, named(listener, options))])]),
      ...Object.entries(options.httpFilters ?? {}).map(([name, url]) => httpPlugin(name, url, options)),
    ]],
  ]);
  return new Map([...files].filter(([, manifests]) => manifests.length > 0));
}

const named = ({ service, port }: Listener, { rootNamespace, url }: ManifestOptions): { name: string; namespace: string; url: string } =>
  ({ name: `meltemi-${slug(service)}-${port}`, namespace: rootNamespace, url });

function httpPlugin(name: string, url: string, { rootNamespace }: ManifestOptions): Manifest {
  return {
    apiVersion: "extensions.istio.io/v1alpha1", kind: "WasmPlugin", metadata: { name: slug(name), namespace: rootNamespace },
    spec: { type: "HTTP", url, pluginName: name, failStrategy: "FAIL_OPEN" },
  };
}

function check(ir: Ir, inline: readonly Listener[]): void {
  const mistakes = [
    ...ir.listeners.filter(({ address, gateway }) => !gateway && address.startsWith("127.")).map(({ service }) =>
      `${service}: its address in the mesh is not known: set clusterIP of its Service, or addresses of its ServiceEntry, as in the cluster`),
    ...inline.filter(({ port, service }) => ir.listeners.some((other) => other.port === port && other.service !== service)).map(({ service, port }) =>
      `${service}: a WasmPlugin is for all services of port ${port}, and there are others: use lanes, or another port`),
    ...ir.clusters.filter(({ slots }) => slots).map(({ host }) => `${host}: mode CLUSTER needs a listener that Istio does not create: serve its Envoys with meltemi serve`),
  ];
  if (mistakes.length > 0) throw new Error([...new Set(mistakes)].join("\n"));
}

function ownRules(sources: readonly Source[]): Record<string, unknown>[] {
  const documents = sources.flatMap(({ text }) => parseAllDocuments(text).map((document) => document.toJS() as Record<string, unknown> | null));
  return documents.flatMap((document): Record<string, unknown>[] => document?.kind === "List" ? document.items as Record<string, unknown>[] : document ? [document] : [])
    .filter(({ apiVersion }: Record<string, unknown>) => OWN_GROUPS.includes(String(apiVersion).split("/")[0]!));
}
