import { Secret } from "../api/secret.ts";
import { addressOf } from "../ir/address.ts";
import type { Cluster, Credentials, Filter, Ir, Listener, Mutation, Outliers, Route } from "../ir/ir.ts";

/** What the filter takes if it is told nothing. */
const LANE_OPEN_MS = 5000, DRAIN_MS = 10_000;
const MAX_EJECTION_MS = 300_000, MAX_ERRORS = 1 << 20;

/** The filter's configuration for one listener, as docs/config.md has it; without `secrets` it is for people, and says `(hidden)` in their places. */
export function pluginConfiguration(ir: Ir, listener: Listener, { drainTimeoutMs = DRAIN_MS, secrets = true } = {}): object {
  const clusters = usedClusters(ir, listener), door = doors(listener, clusters);
  const inline = listener.upstream === "inline";
  const described = inline ? [] : clusters.map((c) => [door(c.name), pluginCluster(c)] as const).filter(([, described]) => Object.keys(described).length > 0);
  const options = codecOptions(listener, clusters), idle = listener.idleMs === undefined ? {} : { idleMs: listener.idleMs };
  const limits = { ...idle, ...(inline ? {} : laneLimits(clusters, drainTimeoutMs)) };
  const configuration = {
    codec: listener.codec,
    ...(Object.keys(options).length > 0 ? { options } : {}),
    upstream: listener.upstream,
    service: listener.service,
    ...(listener.defaultCluster === undefined ? {} : { defaultCluster: door(listener.defaultCluster) }),
    ...(Object.keys(limits).length > 0 ? { limits } : {}),
    ...(inline ? {} : { clusters: Object.fromEntries(described) }),
    ...(listener.routes === null ? {} : { routes: listener.routes.map((route) => pluginRoute(route, door)) }),
    // Clusters that are not of this translation may take calls for what they are: HTTP.
    ...(hasRawCalls(ir, listener) ? { rawCalls: true } : {}),
    ...(listener.filters.length > 0 ? { filters: listener.filters.map(pluginFilter) } : {}),
  };
  return secrets ? revealed(configuration) as object : configuration;
}

function pluginFilter({ name, match, routes, config }: Filter): object {
  return { name, ...(match ? { match } : {}), ...(routes ? { routes } : {}), config };
}

/** Writes secrets out. */
export function revealed(value: unknown): unknown {
  if (value instanceof Secret) return value.reveal();
  if (Array.isArray(value)) return value.map(revealed);
  if (typeof value !== "object" || value === null) return value;
  return Object.fromEntries(Object.entries(value).map(([name, inner]) => [name, revealed(inner)]));
}

function laneLimits(clusters: readonly Cluster[], drainTimeoutMs: number): object {
  const slowest = Math.max(0, ...clusters.map((c) => c.connectTimeoutMs)), idle = clusters.flatMap((c) => c.idleMs ?? []);
  return {
    ...(idle.length > 0 ? { laneIdleMs: Math.min(...idle) } : {}),
    ...(slowest > LANE_OPEN_MS ? { laneOpenMs: slowest } : {}),
    ...(drainTimeoutMs === DRAIN_MS ? {} : { drainMs: drainTimeoutMs }),
  };
}

function codecOptions({ options, auth }: Listener, clusters: readonly Cluster[]): Record<string, unknown> {
  const servers = clusters.flatMap((c) => (c.auth && !c.slots ? [[c.name, written(c.auth)] as const] : []));
  return {
    ...options,
    ...(auth ? { auth: written(auth) } : {}),
    ...(servers.length > 0 ? { upstreamAuth: Object.fromEntries(servers) } : {}),
  };
}

function written({ username, password }: Credentials): object {
  return { ...(username === undefined ? {} : { username }), password };
}

/** Clusters that the listener's routes can reach. */
export function usedClusters(ir: Ir, listener: Listener): Cluster[] {
  const names = new Set((listener.routes ?? []).flatMap((r) => [...r.destinations, ...r.mirrors ?? []].map((d) => d.cluster)));
  if (listener.defaultCluster !== undefined) names.add(listener.defaultCluster);
  const places = placesOf(ir);
  return [...names].flatMap((name) => places.get(name) ?? []).sort((a, b) => a - b).map((i) => ir.clusters[i]!);
}

/** Calls to any of its clusters send their bodies as raw bytes: none of them is one that a tcp_proxy leads to as well, and all are ours. */
function hasRawCalls(ir: Ir, listener: Listener): boolean {
  if (listener.upstream === "inline" || listener.bound === false) return false;
  const inline = inlineClusters(ir);
  return inline.size === 0 || !usedClusters(ir, listener).some((cluster) => inline.has(cluster));
}

const inlines = new WeakMap<Ir, Set<Cluster>>();

/** Clusters that a tcp_proxy leads to. */
export function inlineClusters(ir: Ir): Set<Cluster> {
  let found = inlines.get(ir);
  if (found === undefined) inlines.set(ir, found = new Set(ir.listeners.filter(({ upstream }) => upstream === "inline").flatMap((listener) => usedClusters(ir, listener))));
  return found;
}

/** The cluster of a name. */
export function clusterNamed(ir: Ir, name: string): Cluster | undefined { return ir.clusters[placesOf(ir).get(name) ?? -1]; }

const places = new WeakMap<Ir, Map<string, number>>();

/** Where each cluster stands: of thousands of listeners each names a few. */
function placesOf(ir: Ir): Map<string, number> {
  let found = places.get(ir);
  if (found === undefined) places.set(ir, found = new Map(ir.clusters.map(({ name }, i) => [name, i])));
  return found;
}

/** What a listener calls the way to a Redis Cluster, which leads through Envoy's redis_proxy. */
export function doorName(listener: Listener, { name }: Cluster): string { return `${listener.name}|${name}`; }

/** What the filter calls a cluster. */
function doors(listener: Listener, clusters: readonly Cluster[]): (cluster: string) => string {
  const names = new Map(clusters.filter(({ slots }) => slots).map((cluster) => [cluster.name, doorName(listener, cluster)]));
  return (cluster) => names.get(cluster) ?? cluster;
}

/** Endpoints where they are known, so that each can be chosen. */
function pluginCluster(cluster: Cluster): object {
  const known = cluster.discovery === "static" && cluster.endpoints.length > 0 && !cluster.slots;
  const endpoints = cluster.endpoints.map(({ address, port, weight, priority }) => ({
    address: addressOf({ address, port }), weight, ...(priority ? { priority } : {}),
  }));
  const { outliers, maxRequests, maxPending } = cluster;
  const limits = { ...(maxRequests === undefined ? {} : { maxRequests }), ...(maxPending === undefined ? {} : { maxPending }) };
  return {
    ...(known ? { endpoints, balance: cluster.balance } : {}),
    ...(Object.keys(limits).length > 0 ? { limits } : {}),
    ...(known && outliers?.consecutiveErrors ? { outlier: pluginOutlier(outliers, Math.min(outliers.consecutiveErrors, MAX_ERRORS)) } : {}),
  };
}

/** Error replies are counted by the filter, connections that fail by both it and Envoy. */
function pluginOutlier(o: Outliers, errors: number): object {
  return {
    errors,
    ...(o.intervalMs === undefined ? {} : { intervalMs: o.intervalMs }),
    ...(o.baseEjectionMs === undefined ? {} : { baseMs: o.baseEjectionMs, maxMs: Math.max(o.baseEjectionMs, MAX_EJECTION_MS) }),
    ...(o.maxEjectionPercent === undefined ? {} : { maxPercent: o.maxEjectionPercent }),
  };
}

function pluginRoute(route: Route, door: (cluster: string) => string): object {
  const [only, ...others] = route.destinations;
  const target = only !== undefined && others.length === 0
    ? { cluster: door(only.cluster) }
    : { clusters: route.destinations.map(({ cluster, weight }) => ({ name: door(cluster), weight })) };
  return {
    name: route.name,
    ...(route.match.length > 0 ? { match: route.match } : {}),
    ...target,
    ...(route.timeoutMs === undefined ? {} : { timeoutMs: route.timeoutMs }),
    ...(route.retries ? { retries: route.retries } : {}),
    ...(route.mirrors ? { mirrors: route.mirrors.map(({ cluster, share }) => ({ cluster: door(cluster), share })) } : {}),
    ...(route.hash.length > 0 ? { hash: route.hash } : {}),
    ...(changes(route.request) ? { request: route.request } : {}),
    ...(changes(route.response) ? { response: route.response } : {}),
  };
}

function changes(mutation: Mutation): boolean { return Object.keys(mutation).length > 0; }
