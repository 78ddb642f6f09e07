import { addressOf } from "../ir/address.ts";
import type { Cluster, Endpoint } from "../ir/ir.ts";
import { usedClusters } from "../translate/plugin.ts";
import type { Stream } from "../xds/stream.ts";
import type { ControlPlane } from "./controlPlane.ts";

/** `unknown`: no filter that could say is connected. `out`: Envoys that leave it alone, and since when (milliseconds since 1970). */
export interface EndpointHealth { state: "healthy" | "out" | "unknown"; out: { node: string; since: number }[] }

/** How endpoints are: by what the filters say that have the cluster. Inline, and of names, only Envoy itself knows. */
export function healthOf({ ir, xds }: Pick<ControlPlane, "ir" | "xds">): (cluster: Cluster, endpoint: Pick<Endpoint, "address" | "port">) => EndpointHealth {
  const byListener = new Map<string, Stream[]>(), byCluster = new Map<string, Stream[]>();
  const streams = [...xds.nodes.values()].flatMap((node) => [...node.streams]);
  for (const stream of streams) {
    const tables = stream.watches.get("tables");
    for (const name of tables?.names ?? []) if (tables!.has(name)) add(byListener, name, stream);
  }
  for (const listener of ir?.listeners ?? []) {
    const filters = listener.upstream === "lanes" ? byListener.get(listener.name) ?? [] : [];
    if (filters.length > 0) for (const { name } of usedClusters(ir!, listener)) for (const stream of filters) add(byCluster, name, stream);
  }
  return (cluster, endpoint) => {
    const address = addressOf(endpoint), filters = cluster.discovery === "static" && !cluster.slots ? byCluster.get(cluster.name) ?? [] : [], out = new Map<string, number>();
    for (const { node, out: left } of filters) {
      const since = left.get(`${cluster.name}|${address}`), id = node!.id;
      if (since !== undefined) out.set(id, Math.min(since, out.get(id) ?? since));
    }
    return { state: out.size > 0 ? "out" : filters.length > 0 ? "healthy" : "unknown", out: [...out].map(([node, since]) => ({ node, since })) };
  };
}

/** Endpoints that any Envoy leaves alone. */
export function outEndpoints(plane: Pick<ControlPlane, "ir" | "xds">): { cluster: string; endpoint: string; out: EndpointHealth["out"] }[] {
  const named = new Set([...plane.xds.nodes.values()].flatMap((node) => [...node.streams].flatMap(({ out }) => [...out.keys()])));
  if (named.size === 0) return [];
  const health = healthOf(plane);
  return (plane.ir?.clusters ?? []).flatMap((cluster) => cluster.endpoints.flatMap((endpoint) => {
    if (!named.has(`${cluster.name}|${addressOf(endpoint)}`)) return [];
    const { out } = health(cluster, endpoint);
    return out.length > 0 ? [{ cluster: cluster.name, endpoint: addressOf(endpoint), out }] : [];
  }));
}

function add<T>(map: Map<string, T[]>, key: string, value: T): void {
  const all = map.get(key);
  if (all) all.push(value);
  else map.set(key, [value]);
}
