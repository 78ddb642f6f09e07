import type { Ir } from "../../ir/ir.ts";
import { localityOf } from "../locality.ts";
import { inlineClusters, pluginConfiguration } from "../plugin.ts";
import { envoyCluster, serviceCluster } from "./cluster.ts";
import { envoyListener } from "./listener.ts";
import { internalListeners, redisDoors } from "./redisProxy.ts";
import { inlineTls } from "./tls.ts";

export interface BootstrapOptions {
  /** Path of the module of a codec. */
  wasmOf(codec: string): string;
  /** 0: the system chooses. */
  adminPort: number;
  drainTimeoutMs: number;
  /** False: for people, nothing secret is in it. */
  secrets: boolean;
  /** `region/zone/subzone`. */
  locality?: string;
}

/** Labels that Wasm metrics carry in their names: `meltemi_requests;.;codec=.=dubbo;.;service=.=demo;.;`. */
const LABELS = ["codec", "service", "route", "cluster", "endpoint", "direction", "outcome", "code", "reason", "method", "signal", "limit",
  // Istio's
  "reporter", "request_protocol", "destination_service", "response_code", "response_flags"];

/** A complete static Envoy configuration. */
export function envoyBootstrap(ir: Ir, { wasmOf, adminPort, drainTimeoutMs, secrets, locality }: BootstrapOptions): object {
  const doors = redisDoors(ir), inline = inlineClusters(ir);
  return {
    node: { id: "meltemi", cluster: "meltemi", ...(locality ? { locality: localityOf(locality) } : {}) },
    admin: { address: { socket_address: { address: "127.0.0.1", port_value: adminPort } } },
    stats_config: statsConfig(ir),
    ...(doors.listeners.length > 0 ? { bootstrap_extensions: [internalListeners] } : {}),
    static_resources: {
      listeners: [...ir.listeners.filter(({ bound }) => bound !== false).map((l) =>
        envoyListener(ir, l, { wasm: wasmOf(l.codec), drainTimeoutMs, configuration: pluginConfiguration(ir, l, { drainTimeoutMs, secrets }), tls: inlineTls(l, secrets) })), ...doors.listeners],
      clusters: [...ir.clusters.map((c) => envoyCluster(c, secrets, inline.has(c))), ...doors.clusters, ...ir.services.map(serviceCluster)],
    },
  };
}

/** Makes labels of what the filter's metrics carry in their names. */
export function statsConfig(ir: Ir): object { return { stats_tags: labels(ir).map(statsTag) }; }

/** Those that the filter `metrics` takes from metadata come last. */
function labels(ir: Ir): string[] {
  const metrics = ir.listeners.flatMap(({ filters }) => filters).filter(({ name }) => name === "metrics");
  return [...new Set([...LABELS, ...metrics.flatMap(({ config }) => Object.keys(config.labels ?? {}))])];
}

/**
 * Group 1 is cut out of the name, separators and all: what stays would show as underscores. Group 2 is the value. The separator
 * before the label is that of the one before it: without it, `service` would be found in `destination_service`.
 * It begins with the name that all metrics of Wasm begin with: Envoy then tries it on no others (5,000 clusters have a million).
 */
export function statsTag(label: string): { tag_name: string; regex: string } {
  return { tag_name: label, regex: `^wasmcustom\\..*?(;\\.;${label}=\\.=(.*?);\\.;)` };
}
