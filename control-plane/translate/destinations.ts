import { isIP } from "node:net";
import type { Connections, DestinationRule, TrafficPolicy } from "../api/destinationRule.ts";
import { title } from "../api/metadata.ts";
import type { RedisDestination } from "../api/redisDestination.ts";
import type { Resources } from "../api/resources.ts";
import type { Located, Place, Problems } from "../api/problem.ts";
import type { ClientTls } from "../api/tls.ts";
import { order } from "../api/problem.ts";
import { didYouMean } from "../api/suggest.ts";
import { addressOf } from "../ir/address.ts";
import type { Cluster } from "../ir/ir.ts";
import type { Vault } from "./credentials.ts";
import { Claims, isWildcard, type Hosts } from "./hosts.ts";
import { clusterHosts, type LabelledEndpoint, type ManagedPort, type ManagedService } from "./services.ts";
import { readableKeys, readMistake } from "./traits.ts";

const REDIS = "redis";
const SERVER_PASSWORDS = "passwords of servers (RedisDestination) are not supported inline: the filter can only log in on lanes";
const INLINE_BOUNDS = "limits of requests and idle times are not enforced inline: they need lanes";
const CONNECT_TIMEOUT_MS = 5000;
/** Envoy's default of 1024 would make the next lane wait without an error. */
const MAX_CONNECTIONS = 100_000;

/** DestinationRules by the hosts whose clusters they are for. */
export class Destinations {
  private readonly rules: Claims<string, DestinationRule>;
  private readonly redis: Claims<string, RedisDestination>;

  constructor(resources: Pick<Resources, "destinationRules" | "redisDestinations">, hosts: Hosts<ManagedService>, private readonly vault: Vault, private readonly problems: Problems) {
    this.rules = claim(resources.destinationRules, hosts, problems);
    this.redis = claim(resources.redisDestinations, hosts, problems);
  }

  /** Names of the subsets of a host. */
  subsets(host: string): string[] { return this.rules.get(host)?.subsets.map((s) => s.name) ?? []; }

  /** The clusters of a service: for each of its hosts that has some, one for each managed port, and one for each of its subsets. */
  clusters(service: ManagedService): Cluster[] { return clusterHosts(service).flatMap((host) => this.clustersOf(ofHost(service, host))); }

  private clustersOf(service: ManagedService): Cluster[] {
    const rule = this.rules.get(service.host);
    const clusters: Cluster[] = [];
    for (const port of service.ports) {
      const policy = override({ ports: new Map() }, rule?.policy, port.port.number);
      clusters.push({ ...this.cluster(service, port, port.endpoints, policy), ...unreadyOf(port.unready) });
      for (const subset of rule?.subsets ?? []) {
        const isOf = ({ labels }: LabelledEndpoint): boolean => Object.entries(subset.labels).every(([k, v]) => labels[k] === v), members = port.endpoints.filter(isOf);
        if (members.length === 0 && port.endpoints.length > 0) {
          this.problems.warn(subset.at, `no endpoint of "${service.host}" has the labels of subset "${subset.name}": its requests will fail`);
        }
        const own = override(policy, subset.policy, port.port.number);
        clusters.push({ ...this.cluster(service, port, members, own, subset.name), ...unreadyOf(port.unready.filter(isOf)) });
      }
    }
    return clusters;
  }

  private cluster(service: ManagedService, port: ManagedPort, members: readonly LabelledEndpoint[], policy: TrafficPolicy, subset?: string): Cluster {
    const { loadBalancer, outliers } = policy;
    const redis = this.redis.get(service.host);
    if (redis && port.protocol.codec !== REDIS) this.checkRedis(service, redis);
    const connections: Connections = { ...policy.connections, ...redis?.connections };
    const auth = redis?.auth && this.vault.open(redis.auth, redis.namespace);
    const slots = redis?.slots && port.protocol.codec === REDIS ? redis.slots : undefined;
    if (slots) this.checkSlots(service, policy, slots.at, subset);
    if (auth && !slots && service.service.upstream.value === "inline") this.problems.error(service.service.upstream.at, SERVER_PASSWORDS, { found: '"inline"', allowed: ["lanes"] });
    if (loadBalancer?.hashKey) this.checkHash(service, port, loadBalancer.hashKey);
    return {
      name: clusterName(service, port, subset),
      host: service.host,
      port: port.port.number,
      ...(subset === undefined ? {} : { subset }),
      ...nodesOf(service, members, slots, wantedLabels(policy)),
      balance: loadBalancer?.balance ?? "roundRobin",
      ...(slots ? { slots: true } : {}),
      ...(loadBalancer?.hashKey ? { hashKey: loadBalancer.hashKey.value } : {}),
      ...(auth ? { auth } : {}),
      connectTimeoutMs: connections.connectTimeoutMs ?? CONNECT_TIMEOUT_MS,
      maxConnections: connections.maxConnections ?? MAX_CONNECTIONS,
      ...(connections.keepalive ? { keepalive: connections.keepalive } : {}),
      ...(outliers ? { outliers } : {}),
      ...(policy.tls?.enabled ? { tls: settings(policy.tls) } : {}),
      ...this.places(policy, members),
      ...this.bounds(port, connections),
    };
  }

  /** As in Istio: near endpoints come first where outliers are detected, unless that is switched off. */
  private places({ loadBalancer, outliers }: TrafficPolicy, members: readonly LabelledEndpoint[]): Pick<Cluster, "locality"> {
    const given = loadBalancer?.locality, locality = given ?? { enabled: true, distribute: [], failover: [], failoverPriority: [] };
    const isLocal = locality.failoverPriority.length > 0 || members.some((member) => member.locality !== undefined);
    if (!locality.enabled || !isLocal) return {};
    if (locality.distribute.length > 0 || outliers) return { locality };
    if (loadBalancer && given) this.problems.warn(loadBalancer.at, "localityLbSetting needs outlierDetection to detect endpoints that are down: ignored");
    return {};
  }

  /** What only lanes can count is told where it would not be obeyed. */
  private bounds(port: ManagedPort, { maxRequests, maxPending, idleMs, at }: Connections): Pick<Cluster, "maxRequests" | "maxPending" | "idleMs"> {
    const bounds = {
      ...(maxRequests === undefined ? {} : { maxRequests }), ...(maxPending === undefined ? {} : { maxPending }), ...(idleMs === undefined ? {} : { idleMs }),
    };
    if (at && port.upstream === "inline" && Object.keys(bounds).length > 0) this.problems.error(at, INLINE_BOUNDS, { found: '"inline"', allowed: ["lanes"] });
    return bounds;
  }

  private checkRedis(service: ManagedService, { host }: RedisDestination): void {
    if (service.ports.some((p) => p.protocol.codec === REDIS)) return;
    this.problems.error(host.at, `no port of "${service.host}" has the protocol redis: name one tcp-redis`, { found: JSON.stringify(host.value) });
  }

  /** Which node serves a key is the cluster's own affair. */
  private checkSlots(service: ManagedService, { loadBalancer }: TrafficPolicy, at: Place, subset: string | undefined): void {
    const mistake = subset !== undefined ? `subset "${subset}"` : loadBalancer?.hashKey ? "consistentHash" : undefined;
    if (mistake) this.problems.error(at, `a DestinationRule of "${service.host}" sets ${mistake}, but in a Redis Cluster only the key selects the node`, { found: '"CLUSTER"' });
    else if (loadBalancer) this.problems.warn(loadBalancer.at, "has no effect for a Redis Cluster, where the key selects the node: ignored");
  }

  private checkHash(service: ManagedService, port: ManagedPort, key: NonNullable<NonNullable<TrafficPolicy["loadBalancer"]>["hashKey"]>): void {
    const mistake = readMistake(port.protocol.traits, key.value);
    if (mistake) this.problems.error(key.at, mistake, { allowed: readableKeys(port.protocol.traits) });
    if (service.discovery === "dns") {
      this.problems.error(key.at, `"${service.host}" is resolved by DNS: its endpoints are not known here, so a hash cannot select one; use resolution STATIC`);
    }
  }
}

/** A cluster's seeds, or the service's own endpoints. */
function nodesOf(
  service: ManagedService, members: readonly LabelledEndpoint[], slots: RedisDestination["slots"], wanted: readonly string[],
): Pick<Cluster, "discovery" | "endpoints"> {
  if (!slots?.seeds.length) return { discovery: service.discovery, endpoints: members.map((member) => endpointOf(member, wanted)).sort(byAddress) };
  const endpoints = slots.seeds.map(({ value }) => ({ ...value, weight: 1 })).sort(byAddress);
  return { discovery: endpoints.some(({ address }) => isIP(address) === 0) ? "dns" : "static", endpoints };
}

function unreadyOf(endpoints: readonly LabelledEndpoint[]): Pick<Cluster, "unready"> {
  return endpoints.length > 0 ? { unready: endpoints.map(addressOf).sort(order) } : {};
}

/** Names of the labels that priorities depend on. */
function wantedLabels({ loadBalancer }: TrafficPolicy): string[] {
  return (loadBalancer?.locality?.failoverPriority ?? []).flatMap((label) => (label.includes("=") ? [label.slice(0, label.indexOf("="))] : []));
}

function endpointOf({ labels, ...endpoint }: LabelledEndpoint, wanted: readonly string[]): Cluster["endpoints"][number] {
  return wanted.length === 0 ? endpoint : { ...endpoint, labels: Object.fromEntries(Object.entries(labels).filter(([name]) => wanted.includes(name))) };
}

/** A service as one of its hosts is, which is resolved by itself. */
function ofHost(service: ManagedService, host: string): ManagedService {
  if (!service.byHost) return service;
  return { ...service, host, ports: service.ports.map((port) => ({ ...port, endpoints: port.endpoints.filter(({ address }) => address === host) })) };
}

/** Rules by the hosts whose clusters they are for. */
function claim<T extends DestinationRule | RedisDestination>(rules: readonly T[], hosts: Hosts<ManagedService>, problems: Problems): Claims<string, T> {
  const claims = new Claims<string, T>();
  for (const rule of rules) {
    const { value, at } = rule.host, named = hosts.hostsOf(value, rule.namespace);
    if (named.length === 0) unknownHost(rule.host, hosts, problems);
    const own = (name: string): string => { const service = hosts.find(name, rule.namespace)!; return service.byHost ? name : service.host; };
    for (const host of new Set(named.map(own))) claims.add(host, value, rule, (other) => problems.error(at, `${title(other)} is already for "${host}": combine both`));
  }
  return claims;
}

export function clusterName({ host }: Pick<ManagedService, "host">, { port }: { port: { number: number } }, subset = ""): string {
  return `outbound|${port.number}|${subset}|${host}`;
}

/** Records that a resource names a host that no service has. */
export function unknownHost({ value, at }: Located<string>, hosts: Hosts<unknown>, problems: Problems, meanwhile = "this waits for it"): void {
  const detail = { found: JSON.stringify(value), allowed: hosts.names };
  if (isWildcard(value)) problems.missing(at, "no service has a host that this matches", meanwhile, detail);
  else problems.missing(at, "no service has this host", meanwhile, { hint: didYouMean(value, hosts.names), ...detail });
}

/** Istio's rules: parts are inherited one by one, but settings for a port inherit nothing. */
function override(base: TrafficPolicy, policy: TrafficPolicy | undefined, port: number): TrafficPolicy {
  return policy?.ports.get(port) ?? { ...base, ...policy, ports: new Map() };
}

function settings({ certificate, key, ca, sni, names }: ClientTls): Cluster["tls"] {
  return { ...(certificate && key ? { certificate, key } : {}), ...(ca ? { ca } : {}), ...(sni ? { sni } : {}), names };
}

function byAddress(a: Cluster["endpoints"][number], b: Cluster["endpoints"][number]): number {
  return order(a.address, b.address) || a.port - b.port || a.weight - b.weight || order(a.locality ?? "", b.locality ?? "");
}
