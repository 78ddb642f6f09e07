import type { Ir, Listener } from "../ir/ir.ts";
import { envoyCluster, serviceCluster } from "../translate/envoy/cluster.ts";
import { pointer } from "../translate/envoy/dynamic.ts";
import { envoyListener } from "../translate/envoy/listener.ts";
import { usedClusters } from "../translate/plugin.ts";
import { named, xdsCluster } from "../xds/bootstrap.ts";
import { type ControlPlaneTls, XDS_PORT, type Manifest, type ManifestOptions, slug } from "./common.ts";

const TCP_PROXY = "envoy.filters.network.tcp_proxy";

/**
 * Only proxies that say that they have the module are changed; the others keep their tcp_proxy, and their clients are
 * served as before, unmanaged. A pod says so by `proxy.istio.io/config: '{proxyMetadata: {ISTIO_META_MELTEMI: enabled}}'`.
 */
const HAS_MODULE = { metadata: { MELTEMI: "enabled" } };

type Patch = { applyTo: string; match: object; patch: { operation: string; value?: unknown } };

/** The cluster of the control plane, and those of servers that filters ask: Istio knows neither under these names. */
export function controlPlaneCluster(ir: Ir, { rootNamespace, namespace, tls }: ManifestOptions): Manifest {
  const clusters = [xdsCluster(`meltemi.${namespace}.svc.cluster.local`, XDS_PORT, tls && istioTls(tls)), ...ir.services.map(serviceCluster)];
  return envoyFilter("meltemi-clusters", rootNamespace, clusters.map((value) => ({ applyTo: "CLUSTER", match: { context: "ANY", proxy: HAS_MODULE }, patch: { operation: "ADD", value } })));
}

/** The sidecar shows the certificate that Istio gave it; it and Istio's authority come from the agent beside it, which renews them. */
function istioTls({ name, ca }: ControlPlaneTls): object {
  const agent = { api_type: "GRPC", transport_api_version: "V3", set_node_on_first_message_only: true, grpc_services: [{ envoy_grpc: { cluster_name: "sds-grpc" } }] };
  const secret = (resource: string): object => ({ name: resource, sds_config: { api_config_source: agent, resource_api_version: "V3" } });
  const peer = ca === undefined ? { combined_validation_context: { default_validation_context: named(name), validation_context_sds_secret_config: secret("ROOTCA") } }
    : { validation_context: { trusted_ca: { inline_string: ca }, ...named(name) } };
  return { sni: name, common_tls_context: { alpn_protocols: ["h2"], tls_certificate_sds_secret_configs: [secret("default")], ...peer } };
}

/** The filter and its connection manager in the place of tcp_proxy, in the one listener that sidecars have for the service's address and port. */
export function sidecarFilter(ir: Ir, listener: Listener, options: ManifestOptions): Manifest {
  const name = `meltemi-${slug(listener.service)}-${slug(listener.address)}-${listener.port}`;
  return envoyFilter(name, options.rootNamespace, patches(ir, listener, "SIDECAR_OUTBOUND", `${listener.address}_${listener.port}`, options));
}

/** The same for a gateway's port, and the route without which Istio makes no listener of it. */
export function gatewayFilter(ir: Ir, listener: Listener, options: ManifestOptions): Manifest[] {
  const [namespace, gateway] = listener.service.split("/") as [string, string], name = `meltemi-${slug(gateway)}-${listener.port}`;
  const [first] = usedClusters(ir, listener), { selector } = listener.gateway!;
  const route = { match: [{ port: listener.port }], route: [{ destination: { host: first?.host ?? "none.invalid", port: { number: first?.port ?? listener.port } } }] };
  return [
    { apiVersion: "networking.istio.io/v1", kind: "VirtualService", metadata: { name, namespace }, spec: { hosts: ["*"], gateways: [listener.service], tcp: [route] } },
    envoyFilter(name, options.rootNamespace, patches(ir, listener, "GATEWAY", `${listener.address}_${listener.port}`, options), selector),
  ];
}

function patches(ir: Ir, listener: Listener, context: string, istioName: string, { module, drainTimeoutMs }: ManifestOptions): Patch[] {
  const own = envoyListener(ir, listener, { wasm: module, drainTimeoutMs, configuration: pointer(listener) }) as EnvoyListener;
  const [filter, terminal] = own.filter_chains[0]!.filters;
  const { per_connection_buffer_limit_bytes, per_connection_buffer_high_watermark_timeout } = own;
  const here = { context, proxy: HAS_MODULE, listener: { name: istioName, portNumber: listener.port } };
  const atProxy = { ...here, listener: { ...here.listener, filterChain: { filter: { name: TCP_PROXY } } } };
  return [
    { applyTo: "LISTENER", match: here, patch: { operation: "MERGE", value: { per_connection_buffer_limit_bytes, per_connection_buffer_high_watermark_timeout } } },
    { applyTo: "NETWORK_FILTER", match: atProxy, patch: { operation: "INSERT_BEFORE", value: filter } },
    { applyTo: "NETWORK_FILTER", match: atProxy, patch: { operation: "REPLACE", value: terminal } },
    ...usedClusters(ir, listener).map((cluster): Patch => {
      const { load_balancing_policy } = envoyCluster(cluster, false) as { load_balancing_policy: unknown };
      return { applyTo: "CLUSTER", match: { context, proxy: HAS_MODULE, cluster: { name: cluster.name } }, patch: { operation: "MERGE", value: { load_balancing_policy } } };
    }),
  ];
}

interface EnvoyListener {
  per_connection_buffer_limit_bytes: number;
  per_connection_buffer_high_watermark_timeout: string;
  filter_chains: { filters: [object, object] }[];
}

function envoyFilter(name: string, namespace: string, configPatches: Patch[], labels: Record<string, string> = {}): Manifest {
  const selector = Object.keys(labels).length > 0 ? { workloadSelector: { labels } } : {};
  return { apiVersion: "networking.istio.io/v1alpha3", kind: "EnvoyFilter", metadata: { name, namespace }, spec: { ...selector, configPatches } };
}
