import type { Ir, Listener } from "../../ir/ir.ts";
import { pluginConfiguration } from "../plugin.ts";
import { envoyCluster, serviceCluster } from "./cluster.ts";
import { envoyListener } from "./listener.ts";
import { redisDoors } from "./redisProxy.ts";
import { discoveredTls, tlsSecrets } from "./tls.ts";
import { withSecrets } from "./upstreamTls.ts";

/** The bootstrap's name for the control plane. */
export const XDS_CLUSTER = "meltemi-xds";

export interface EnvoyResources {
  clusters: Json[];
  /** Of clusters of type EDS; named by `cluster_name`. */
  endpoints: Json[];
  listeners: Json[];
  secrets: Json[];
  /** The filter's configuration by listener: what its stream brings. */
  tables: Table[];
}

/** `name` is the listener's, `service` its host. */
export interface Table { name: string; service: string; configuration: string }

export type Json = Record<string, unknown>;

export interface ResourceOptions {
  /** Path of the module of a codec, where Envoy runs. */
  wasmOf(codec: string): string;
  drainTimeoutMs: number;
}

/** From the intermediate form to resources that change one by one. */
export function envoyResources(ir: Ir, { wasmOf, drainTimeoutMs }: ResourceOptions): EnvoyResources {
  const clusters = [...ir.clusters.map((c) => envoyCluster(c, true)), ...ir.services.map(serviceCluster)] as Json[];
  const secured = clusters.map(withSecrets), discovered = secured.map(({ cluster }) => split(cluster)), doors = redisDoors(ir);
  return {
    clusters: [...discovered.map(({ cluster }) => cluster), ...doors.clusters as Json[]],
    endpoints: discovered.flatMap(({ endpoints }) => (endpoints ? [endpoints] : [])),
    secrets: [...ir.listeners.flatMap(tlsSecrets), ...new Map(secured.flatMap(({ secrets }) => secrets).map((secret) => [secret.name, secret])).values()],
    listeners: [...ir.listeners.filter(({ bound }) => bound !== false).map((l) => envoyListener(ir, l, { wasm: wasmOf(l.codec), drainTimeoutMs, configuration: pointer(l), tls: discoveredTls(l) })), ...doors.listeners] as Json[],
    tables: ir.listeners.map((l) => ({ name: l.name, service: l.service, configuration: JSON.stringify(pluginConfiguration(ir, l, { drainTimeoutMs })) })),
  };
}

/** All of the listener that must not change when its rules do: the filter fetches the rest, by the listener's name. */
export function pointer({ name, codec, upstream, service }: Listener): object {
  return { codec, upstream, service, rds: { cluster: XDS_CLUSTER, resource: name } };
}

/** Known endpoints become a resource of their own; names that Envoy resolves stay with the cluster. */
function split(cluster: Json): { cluster: Json; endpoints?: Json } {
  if (cluster.type !== "STATIC") return { cluster };
  const { load_assignment, ...rest } = cluster;
  const eds_cluster_config = { eds_config: { ads: {}, resource_api_version: "V3" } };
  return { cluster: { ...rest, type: "EDS", eds_cluster_config }, endpoints: load_assignment as Json };
}
