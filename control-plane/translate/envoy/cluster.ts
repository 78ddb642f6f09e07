import { order } from "../../api/problem.ts";
import type { Balance, Cluster, Endpoint, Outliers, ServiceCluster } from "../../ir/ir.ts";
import { localityOf } from "../locality.ts";
import { revealed } from "../plugin.ts";
import { BUFFER_LIMIT, circuitBreakers } from "./defaults.ts";
import { seconds } from "./duration.ts";
import { rawBodies } from "./rawBodies.ts";
import { slotsName, slotsOf } from "./redisProxy.ts";
import { transportSocket } from "./upstreamTls.ts";

const HTTP_OPTIONS = "type.googleapis.com/envoy.extensions.upstreams.http.v3.HttpProtocolOptions";
const SERVICE_CONNECT_MS = 1000;
const POLICIES = "type.googleapis.com/envoy.extensions.load_balancing_policies";

/** Used when the filter names no endpoint, or one that Envoy does not know or holds for unhealthy. */
const FALLBACK: Record<Balance, { name: string; type: string }> = {
  roundRobin: { name: "round_robin", type: "round_robin.v3.RoundRobin" },
  leastRequest: { name: "least_request", type: "least_request.v3.LeastRequest" },
  random: { name: "random", type: "random.v3.Random" },
  // A ring would need a hash of the CONNECT request; any endpoint is right once the hashed one is gone.
  hash: { name: "random", type: "random.v3.Random" },
};

/** An Envoy cluster whose endpoints the filter can choose by the header x-meltemi-endpoint, or a Redis Cluster's. `inline`: a tcp_proxy leads there, which finds no way to one with `rawBodies`. */
export function envoyCluster(cluster: Cluster, secrets: boolean, inline = false): object {
  const dns = cluster.discovery === "dns", slots = slotsOf(cluster), name = cluster.slots ? slotsName(cluster) : cluster.name;
  return {
    name,
    ...(cluster.slots ? {} : { type: dns ? "STRICT_DNS" : "STATIC" }),
    ...(dns ? { dns_lookup_family: "V4_PREFERRED" } : {}),
    connect_timeout: seconds(cluster.connectTimeoutMs),
    ...(cluster.slots ? secrets ? revealed(slots) as object : slots : { load_balancing_policy: balancing(cluster.balance) }),
    ...(cluster.slots || inline ? {} : rawBodies),
    per_connection_buffer_limit_bytes: BUFFER_LIMIT,
    // Only connections are bounded: the other limits count lanes too, and would cut them off sooner.
    circuit_breakers: circuitBreakers(cluster.maxConnections),
    ...(cluster.outliers ? outlierDetection(cluster.outliers) : {}),
    ...(cluster.keepalive ? { upstream_connection_options: { tcp_keepalive: keepalive(cluster.keepalive) } } : {}),
    ...(cluster.tls ? { transport_socket: transportSocket(cluster.tls) } : {}),
    load_assignment: { cluster_name: name, endpoints: localities(cluster.endpoints) },
  };
}

/** A cluster of a server that filters ask: HTTP/1.1, or HTTP/2 for gRPC. */
export function serviceCluster({ name, discovery, endpoints, http2 }: ServiceCluster): object {
  const dns = discovery === "dns";
  const protocol = { explicit_http_config: { http2_protocol_options: {} } };
  return {
    name,
    type: dns ? "STRICT_DNS" : "STATIC",
    ...(dns ? { dns_lookup_family: "V4_PREFERRED" } : {}),
    connect_timeout: seconds(SERVICE_CONNECT_MS),
    per_connection_buffer_limit_bytes: BUFFER_LIMIT,
    circuit_breakers: circuitBreakers(),
    ...(http2 ? { typed_extension_protocol_options: { "envoy.extensions.upstreams.http.v3.HttpProtocolOptions": { "@type": HTTP_OPTIONS, ...protocol } } } : {}),
    load_assignment: { cluster_name: name, endpoints: localities(endpoints) },
  };
}

function balancing(balance: Balance): object {
  const { name, type } = FALLBACK[balance];
  const fallback = { typed_extension_config: { name: `envoy.load_balancing_policies.${name}`, typed_config: { "@type": `${POLICIES}.${type}` } } };
  const override = {
    "@type": `${POLICIES}.override_host.v3.OverrideHost`,
    override_host_sources: [{ header: "x-meltemi-endpoint" }],
    fallback_policy: { policies: [fallback] },
  };
  return { policies: [{ typed_extension_config: { name: "envoy.load_balancing_policies.override_host", typed_config: override } }] };
}

function outlierDetection(o: Outliers): object {
  const { minHealthPercent } = o;
  const detection = {
    ...(o.consecutiveErrors ? { consecutive_5xx: o.consecutiveErrors } : {}),
    // In Istio 0 switches the count off.
    ...(o.consecutiveErrors === 0 ? { enforcing_consecutive_5xx: 0 } : {}),
    ...(o.consecutiveGatewayErrors ? { consecutive_gateway_failure: o.consecutiveGatewayErrors, enforcing_consecutive_gateway_failure: 100 } : {}),
    ...(o.splitLocalErrors === undefined ? {} : { split_external_local_origin_errors: o.splitLocalErrors }),
    ...(o.consecutiveLocalErrors ? { consecutive_local_origin_failure: o.consecutiveLocalErrors, enforcing_consecutive_local_origin_failure: 100 } : {}),
    ...(o.intervalMs === undefined ? {} : { interval: seconds(o.intervalMs) }),
    ...(o.baseEjectionMs === undefined ? {} : { base_ejection_time: seconds(o.baseEjectionMs), max_ejection_time: seconds(Math.max(o.baseEjectionMs, 300_000)) }),
    ...(o.maxEjectionPercent === undefined ? {} : { max_ejection_percent: o.maxEjectionPercent }),
    enforcing_success_rate: 0,
  };
  const panic = minHealthPercent === undefined ? {} : { common_lb_config: { healthy_panic_threshold: { value: minHealthPercent } } };
  return { outlier_detection: detection, ...panic };
}

function keepalive({ probes, timeSeconds, intervalSeconds }: NonNullable<Cluster["keepalive"]>): object {
  return {
    ...(probes === undefined ? {} : { keepalive_probes: probes }),
    ...(timeSeconds === undefined ? {} : { keepalive_time: timeSeconds }),
    ...(intervalSeconds === undefined ? {} : { keepalive_interval: intervalSeconds }),
  };
}

/** Endpoints by priority and locality, those without one first. */
function localities(endpoints: readonly Endpoint[]): object[] {
  const key = ({ priority = 0, locality = "" }: Endpoint): string => `${String(priority).padStart(3, "0")} ${locality}`;
  const keys = [...new Set(endpoints.map(key))].sort(order);
  return keys.map((each) => {
    const members = endpoints.filter((endpoint) => key(endpoint) === each), { priority, locality } = members[0]!;
    return { ...(locality ? { locality: localityOf(locality) } : {}), ...(priority ? { priority } : {}), lb_endpoints: members.map(member) };
  });
}

function member({ address, port, weight }: Endpoint): object {
  const endpoint = { address: { socket_address: { address, port_value: port } } };
  return weight === 1 ? { endpoint } : { endpoint, load_balancing_weight: weight };
}

