import type { Cluster, Ir, Listener, RedisProxy } from "../../ir/ir.ts";
import { doorName, usedClusters } from "../plugin.ts";
import { BUFFER_LIMIT, circuitBreakers } from "./defaults.ts";
import { seconds } from "./duration.ts";
import { rawBodies } from "./rawBodies.ts";

const REDIS = "type.googleapis.com/envoy.extensions.filters.network.redis_proxy.v3";
const INTERNAL = "type.googleapis.com/envoy.extensions.bootstrap.internal_listener.v3.InternalListener";
const OP_TIMEOUT_MS = 60_000;
/** What stands for "for ever" where a time must be given. */
const FOR_EVER_MS = 24 * 3_600_000;

/** What Envoy must be started with to have listeners of the kind of `doors`. */
export const internalListeners = { name: "envoy.bootstrap.internal_listener", typed_config: { "@type": INTERNAL } };

/**
 * A door for each Redis Cluster of a listener: a listener without an address, inside of Envoy, with redis_proxy in it, and a
 * cluster that leads there. So lanes and tcp_proxy reach redis_proxy as they reach any server.
 */
export function redisDoors(ir: Ir): { listeners: object[]; clusters: object[] } {
  const doors = ir.listeners.flatMap((listener) => usedClusters(ir, listener).filter(({ slots }) => slots).map((cluster) => ({ listener, cluster })));
  return {
    listeners: doors.map(({ listener, cluster }) => doorListener(listener, cluster)),
    clusters: doors.map(({ listener, cluster }) => doorCluster(doorName(listener, cluster), listener.upstream === "inline")),
  };
}

function doorListener(listener: Listener, cluster: Cluster): object {
  const name = doorName(listener, cluster);
  const proxy = { "@type": `${REDIS}.RedisProxy`, stat_prefix: name, settings: poolSettings(listener.redis ?? {}), prefix_routes: prefixRoutes(listener, cluster) };
  return { name, internal_listener: {}, per_connection_buffer_limit_bytes: BUFFER_LIMIT, filter_chains: [{ filters: [{ name: "redis", typed_config: proxy }] }] };
}

function poolSettings(proxy: RedisProxy): object {
  const { timeoutMs = OP_TIMEOUT_MS, readPolicy, redirection = true, commandStats, flushBytes, flushMs, unknownConnections } = proxy;
  return {
    op_timeout: seconds(timeoutMs === 0 ? FOR_EVER_MS : timeoutMs),
    enable_redirection: redirection,
    ...(readPolicy && readPolicy !== "MASTER" ? { read_policy: readPolicy } : {}),
    ...(commandStats ? { enable_command_stats: true } : {}),
    ...(flushBytes === undefined ? {} : { max_buffer_size_before_flush: flushBytes }),
    ...(flushMs === undefined ? {} : { buffer_flush_timeout: seconds(flushMs) }),
    ...(unknownConnections === undefined ? {} : { max_upstream_unknown_connections: unknownConnections }),
  };
}

/** The filter has found the cluster already; redis_proxy must know a prefix only to take it off, or to leave on what is longer. */
function prefixRoutes({ routes, redis }: Listener, own: Cluster): object {
  const { name } = own, cluster = slotsName(own);
  const here = (routes ?? []).filter(({ destinations }) => destinations.some((destination) => destination.cluster === name)).flatMap(({ keyPrefix }) => keyPrefix ?? []);
  const distinct = [...new Map(here.filter(({ text }) => text !== "").map((prefix) => [prefix.text, prefix])).values()];
  const needed = distinct.some(({ remove }) => remove) ? distinct : [];
  return {
    ...(needed.length > 0 ? { routes: needed.map(({ text, remove }) => ({ prefix: text, ...(remove ? { remove_prefix: true } : {}), cluster })) } : {}),
    ...(redis?.ignoreCase ? { case_insensitive: true } : {}),
    catch_all_route: { cluster },
  };
}

/** `inline`: a tcp_proxy leads there, which finds no way to a cluster with `rawBodies`. */
function doorCluster(name: string, inline: boolean): object {
  return {
    name,
    type: "STATIC",
    connect_timeout: "5s",
    ...(inline ? {} : rawBodies),
    per_connection_buffer_limit_bytes: BUFFER_LIMIT,
    circuit_breakers: circuitBreakers(),
    load_assignment: { cluster_name: name, endpoints: [{ lb_endpoints: [{ endpoint: { address: { envoy_internal_address: { server_listener_name: name } } } }] }] },
  };
}

const CLUSTER_TYPE = "type.googleapis.com/envoy.extensions.clusters.redis.v3.RedisClusterConfig";

/** A name of its own: a service may become a Redis Cluster while requests still go by the table in which it is none. */
export function slotsName({ name }: Cluster): string { return `slots|${name}`; }

/** What makes of a cluster a Redis Cluster, whose nodes Envoy asks for: at a MOVED or a failure at once, and now and then anyway. */
export function slotsOf({ auth }: Cluster): object {
  const said = auth && {
    "@type": `${REDIS}.RedisProtocolOptions`,
    auth_password: { inline_string: auth.password },
    ...(auth.username === undefined ? {} : { auth_username: { inline_string: auth.username } }),
  };
  return {
    cluster_type: {
      name: "envoy.clusters.redis",
      typed_config: { "@type": CLUSTER_TYPE, cluster_refresh_rate: "5s", redirect_refresh_interval: "1s", redirect_refresh_threshold: 1, failure_refresh_threshold: 1 },
    },
    lb_policy: "CLUSTER_PROVIDED",
    ...(said ? { typed_extension_protocol_options: { "envoy.filters.network.redis_proxy": said } } : {}),
  };
}
