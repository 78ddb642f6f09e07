import { isIPv6 } from "node:net";
import type { Cluster, Credentials, Ir, Listener, Mutation, Route } from "../ir/ir.ts";

/** What the filter takes if it is told nothing. */
const LANE_OPEN_MS = 5000, DRAIN_MS = 10_000;

/** The filter's configuration for one listener, as docs/config.md has it. */
export function pluginConfiguration(ir: Ir, listener: Listener, drainTimeoutMs = DRAIN_MS): object {
  const clusters = usedClusters(ir, listener);
  const inline = listener.upstream === "inline";
  const known = clusters.filter((c) => !inline && c.discovery === "static" && c.endpoints.length > 0);
  const options = codecOptions(listener, clusters), limits = inline ? {} : laneLimits(clusters, drainTimeoutMs);
  return {
    codec: listener.codec,
    ...(Object.keys(options).length > 0 ? { options } : {}),
    upstream: listener.upstream,
    service: listener.service,
    ...(listener.defaultCluster === undefined ? {} : { defaultCluster: listener.defaultCluster }),
    ...(Object.keys(limits).length > 0 ? { limits } : {}),
    ...(inline ? {} : { clusters: Object.fromEntries(known.map((c) => [c.name, pluginCluster(c)])) }),
    ...(listener.routes === null ? {} : { routes: listener.routes.map(pluginRoute) }),
  };
}

function laneLimits(clusters: readonly Cluster[], drainTimeoutMs: number): object {
  const slowest = Math.max(0, ...clusters.map((c) => c.connectTimeoutMs));
  return {
    ...(slowest > LANE_OPEN_MS ? { laneOpenMs: slowest } : {}),
    ...(drainTimeoutMs === DRAIN_MS ? {} : { drainMs: drainTimeoutMs }),
  };
}

/** The one place where passwords are written out. */
function codecOptions({ options, auth }: Listener, clusters: readonly Cluster[]): Record<string, unknown> {
  const servers = clusters.flatMap((c) => (c.auth ? [[c.name, written(c.auth)] as const] : []));
  return {
    ...options,
    ...(auth ? { auth: written(auth) } : {}),
    ...(servers.length > 0 ? { upstreamAuth: Object.fromEntries(servers) } : {}),
  };
}

function written({ username, password }: Credentials): object {
  return { ...(username === undefined ? {} : { username }), password: password.reveal() };
}

/** Clusters that the listener's routes can reach. */
export function usedClusters(ir: Ir, listener: Listener): Cluster[] {
  const names = new Set((listener.routes ?? []).flatMap((r) => r.destinations.map((d) => d.cluster)));
  if (listener.defaultCluster !== undefined) names.add(listener.defaultCluster);
  return ir.clusters.filter((c) => names.has(c.name));
}

function pluginCluster(cluster: Cluster): object {
  const endpoints = cluster.endpoints.map(({ address, port, weight }) => ({
    address: isIPv6(address) ? `[${address}]:${port}` : `${address}:${port}`, weight,
  }));
  return { endpoints, balance: cluster.balance };
}

function pluginRoute(route: Route): object {
  const [only, ...others] = route.destinations;
  const target = only !== undefined && others.length === 0
    ? { cluster: only.cluster }
    : { clusters: route.destinations.map(({ cluster, weight }) => ({ name: cluster, weight })) };
  return {
    name: route.name,
    ...(route.match.length > 0 ? { match: route.match } : {}),
    ...target,
    ...(route.timeoutMs === undefined ? {} : { timeoutMs: route.timeoutMs }),
    ...(route.hash.length > 0 ? { hash: route.hash } : {}),
    ...(changes(route.request) ? { request: route.request } : {}),
    ...(changes(route.response) ? { response: route.response } : {}),
  };
}

function changes(mutation: Mutation): boolean { return Object.keys(mutation).length > 0; }
