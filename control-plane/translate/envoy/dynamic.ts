import type { Ir, Listener } from "../../ir/ir.ts";
import { inlineClusters, pluginConfiguration } from "../plugin.ts";
import { envoyCluster, serviceCluster } from "./cluster.ts";
import { envoyListener } from "./listener.ts";
import { redisDoors } from "./redisProxy.ts";
import { discoveredTls, tlsSecrets } from "./tls.ts";
import type { Json } from "./resource.ts";
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
export interface Table {
  name: string;
  service: string;
  configuration: string;
  /** Of a listener with services on demand: what an Envoy has that has asked for these. */
  onDemand?(names: ReadonlySet<string>): string;
}

export interface ResourceOptions {
  /** Path of the module of a codec, where Envoy runs. */
  wasmOf(codec: string): string;
  drainTimeoutMs: number;
}

/** From the intermediate form to resources that change one by one. */
export function envoyResources(ir: Ir, { wasmOf, drainTimeoutMs }: ResourceOptions): EnvoyResources {
  const inline = inlineClusters(ir), clusters = [...ir.clusters.map((c) => envoyCluster(c, true, inline.has(c))), ...ir.services.map(serviceCluster)] as Json[];
  const secured = clusters.map(withSecrets), discovered = secured.map(({ cluster }) => split(cluster)), doors = redisDoors(ir);
  return {
    clusters: [...discovered.map(({ cluster }) => cluster), ...doors.clusters as Json[]],
    endpoints: discovered.flatMap(({ endpoints }) => (endpoints ? [endpoints] : [])),
    secrets: [...ir.listeners.flatMap(tlsSecrets), ...new Map(secured.flatMap(({ secrets }) => secrets).map((secret) => [secret.name, secret])).values()],
    listeners: [...ir.listeners.filter(({ bound }) => bound !== false).map((l) => envoyListener(ir, l, { wasm: wasmOf(l.codec), drainTimeoutMs, configuration: pointer(l), tls: discoveredTls(l) })), ...doors.listeners] as Json[],
    tables: ir.listeners.map((l) => l.onDemand === undefined ? table(l, JSON.stringify(pluginConfiguration(ir, l, { drainTimeoutMs }))) : demandedTable(ir, l, drainTimeoutMs)),
  };
}

/** All of the listener that must not change when its rules do: the filter fetches the rest, by the listener's name. */
export function pointer(listener: Listener): object {
  const { codec, upstream, service } = listener;
  return { codec, upstream, service, rds: feed(listener) };
}

function feed({ name, onDemand }: Listener): object { return { cluster: XDS_CLUSTER, resource: name, ...(onDemand === undefined ? {} : { onDemand }) }; }

const table = ({ name, service }: Listener, configuration: string): Table => ({ name, service, configuration });

/** The listener's services are told of as far as they are asked for; those that are not there as `absent`. */
function demandedTable(ir: Ir, listener: Listener, drainTimeoutMs: number): Table {
  const known = new Set((listener.routes ?? []).map((route) => route.of));
  const onDemand = (names: ReadonlySet<string>): string => {
    const isWanted = ({ of }: { of?: string }): boolean => of === undefined || names.has(of);
    const wanted = { ...listener, routes: listener.routes?.filter(isWanted) ?? null, filters: listener.filters.filter(isWanted) };
    const absent = [...names].filter((name) => !known.has(name)).sort();
    return JSON.stringify({ ...pluginConfiguration(ir, wanted, { drainTimeoutMs }), rds: { ...feed(listener), ...(absent.length > 0 ? { absent } : {}) } });
  };
  return { ...table(listener, onDemand(new Set())), onDemand };
}

/** Known endpoints become a resource of their own; names that Envoy resolves stay with the cluster. */
function split(cluster: Json): { cluster: Json; endpoints?: Json } {
  if (cluster.type !== "STATIC") return { cluster };
  const { load_assignment, ...rest } = cluster;
  const eds_cluster_config = { eds_config: { ads: {}, resource_api_version: "V3" } };
  return { cluster: { ...rest, type: "EDS", eds_cluster_config }, endpoints: load_assignment as Json };
}
