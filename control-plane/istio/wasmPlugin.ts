import type { Ir, Listener } from "../ir/ir.ts";
import { pluginConfiguration } from "../translate/plugin.ts";
import type { Manifest } from "./common.ts";

/** Where a plugin stands, and where its module comes from. */
export interface PluginPlace { name: string; namespace: string; url: string; /** Labels of the workloads that it is for; absent: all. */ workloads?: Record<string, string> }

const TCP_PROXY = "envoy.filters.network.tcp_proxy";

/** The filter in front of the tcp_proxy of Istio's own sidecars. Where the module cannot be had, Istio lets connections pass unread (FAIL_OPEN). */
export function wasmPlugin(ir: Ir, listener: Listener, { name, namespace, url, workloads }: PluginPlace, failStrategy = "FAIL_OPEN"): Manifest {
  // Without routes the sidecar's tcp_proxy knows best where the connection leads.
  const { defaultCluster, ...config } = pluginConfiguration(ir, listener) as Record<string, unknown>;
  const pluginConfig = listener.routes !== null && defaultCluster !== undefined ? { ...config, defaultCluster } : config;
  return {
    apiVersion: "extensions.istio.io/v1alpha1",
    kind: "WasmPlugin",
    metadata: { name, namespace },
    spec: {
      ...(workloads ? { selector: { matchLabels: workloads } } : {}),
      type: "NETWORK",
      url,
      failStrategy,
      match: [{ mode: "CLIENT", ports: [{ number: listener.port }] }],
      pluginConfig,
    },
  };
}

/** Where there are routes, tcp_proxy must wait for the first request too. */
export function earlyData({ port }: Listener, { name, namespace, workloads }: PluginPlace): Manifest {
  const value = {
    name: TCP_PROXY,
    typed_config: {
      "@type": "type.googleapis.com/envoy.extensions.filters.network.tcp_proxy.v3.TcpProxy",
      upstream_connect_mode: "ON_DOWNSTREAM_DATA",
      max_early_data_bytes: 65536,
    },
  };
  return {
    apiVersion: "networking.istio.io/v1alpha3",
    kind: "EnvoyFilter",
    metadata: { name, namespace },
    spec: {
      ...(workloads ? { workloadSelector: { labels: workloads } } : {}),
      configPatches: [{
        applyTo: "NETWORK_FILTER",
        match: { context: "SIDECAR_OUTBOUND", listener: { portNumber: port, filterChain: { filter: { name: TCP_PROXY } } } },
        patch: { operation: "MERGE", value },
      }],
    },
  };
}
