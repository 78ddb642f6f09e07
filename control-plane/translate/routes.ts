import { title } from "../api/metadata.ts";
import type { Located, Place, Problems } from "../api/problem.ts";
import type { DubboAuthorization } from "../api/dubboAuthorization.ts";
import type { Policy } from "../api/policy.ts";
import type { Alternative, Destination, Mutation as WrittenMutation, RouteResource, RouteRule } from "../api/route.ts";
import { didYouMean } from "../api/suggest.ts";
import type { Cluster, Mutation, Route, WeightedCluster } from "../ir/ir.ts";
import { readFormat, type Moment } from "../ir/format.ts";
import type { Matcher } from "../ir/matcher.ts";
import type { Vault } from "./credentials.ts";
import { clusterName, unknownHost, type Destinations } from "./destinations.ts";
import { Claims, type Hosts } from "./hosts.ts";
import type { ServiceClusters } from "./serviceClusters.ts";
import type { ManagedPort, ManagedService } from "./services.ts";
import type { Protocols } from "./protocol.ts";
import { readableKeys, readMistake, settableKeys, setMistake } from "./traits.ts";

/** Route resources by the services that they are for. */
export function claimRoutes(resources: readonly RouteResource[], hosts: Hosts<ManagedService>, problems: Problems): Claims<ManagedService, RouteResource> {
  const claims = new Claims<ManagedService, RouteResource>();
  for (const resource of resources) {
    if (resource.rules.length === 0 && !resource.defaultRoute) problems.error(resource.at, `${title(resource)} must have at least one route`);
    if (resource.gateways && !resource.gateways.some(({ value }) => value === "mesh")) continue;
    for (const host of resource.hosts) {
      const services = hosts.match(host.value, resource.namespace);
      if (services.length === 0) unknownHost(host, hosts, problems);
      for (const service of services) {
        claims.add(service, host.value, resource, (other) =>
          problems.error(host.at, `${title(other)} (${other.at.file}, document ${other.at.document}) already has routes for "${service.host}": combine both`));
      }
    }
  }
  return claims;
}

export interface RouteWorld {
  hosts: Hosts<ManagedService>;
  destinations: Destinations;
  clusters: Map<string, Cluster>;
  protocols: Protocols;
  vault: Vault;
  servers: ServiceClusters;
  policies: readonly Policy[];
  dubboAuthorizations: readonly DubboAuthorization[];
  problems: Problems;
}

/** The routes of a resource as one port of a service has them. */
export function buildRoutes(resource: RouteResource, port: ManagedPort, world: RouteWorld): Route[] {
  checkProtocol(resource, port, world);
  const routes: Route[] = [];
  let unreachable: string | undefined;
  for (const rule of resource.rules) {
    const route = buildRoute(rule, resource, port, world);
    if (route === undefined) continue;
    if (unreachable !== undefined) world.problems.warn(rule.at, `is never reached: route "${unreachable}" before it matches everything`);
    routes.push(route);
    if (route.match.length === 0) unreachable ??= route.name;
  }
  return routes;
}

function checkProtocol({ protocol }: RouteResource, port: ManagedPort, world: RouteWorld): void {
  if (protocol === undefined) return;
  const meant = world.protocols.find(protocol.value);
  const detail = { found: JSON.stringify(protocol.value), allowed: world.protocols.names };
  if (meant === undefined) world.problems.error(protocol.at, `unknown protocol${didYouMean(protocol.value, world.protocols.names)}`, detail);
  else if (meant.codec !== port.protocol.codec) {
    world.problems.error(protocol.at, `port "${port.port.name}" of the host has the protocol ${port.protocol.codec}`, { found: JSON.stringify(protocol.value) });
  }
}

/** Undefined if the rule is for other ports, or if nothing can be made of it. */
function buildRoute(rule: RouteRule, resource: RouteResource, port: ManagedPort, world: RouteWorld): Route | undefined {
  const here = rule.alternatives.filter((alternative) => isHere(alternative, resource.namespace, port));
  for (const { value, at } of here.flatMap((a) => a.matchers)) checkRead(value.key, at, port, world.problems);
  const destinations = rule.destinations.map((d) => resolve(d, resource, port, world)).filter((d) => d !== undefined);
  const mirrors = buildMirrors(rule, resource, port, world);
  if (rule.retries) needsLanes(rule, port, "retries", world);
  const request = buildMutation(rule.request, "request", port, world.problems);
  const response = buildMutation(rule.response, "response", port, world.problems);
  if (rule.alternatives.length > 0 && here.length === 0) return undefined;
  if (destinations.length === 0) return undefined;
  const everything = here.some((a) => a.matchers.length === 0);
  const match: Matcher[][] = everything ? [] : here.map((a) => a.matchers.map((m) => m.value));
  const used = destinations.filter((d) => d.weight > 0);
  return {
    name: rule.name, match, destinations: used, hash: hashOf(used, rule.at, world), request, response,
    ...(rule.timeoutMs === undefined ? {} : { timeoutMs: rule.timeoutMs }),
    ...(rule.retries ? { retries: rule.retries } : {}),
    ...(mirrors.length > 0 ? { mirrors } : {}),
    ...(rule.keyPrefix ? { keyPrefix: { text: rule.keyPrefix.text, remove: rule.keyPrefix.removed !== undefined } } : {}),
  };
}

/** Whether an alternative is for requests that come this way. */
function isHere({ port, gateways }: Alternative, namespace: string, { port: own, entrance }: ManagedPort): boolean {
  const ways = entrance?.gateways ?? ["mesh"];
  const named = gateways === undefined || gateways.some(({ value }) => ways.includes(value) || ways.includes(`${namespace}/${value}`));
  return named && (port === undefined || port === (entrance?.number ?? own.number));
}

function buildMirrors(rule: RouteRule, resource: RouteResource, port: ManagedPort, world: RouteWorld): NonNullable<Route["mirrors"]> {
  if (rule.mirrors.length > 0) needsLanes(rule, port, "mirrors", world);
  return rule.mirrors.flatMap(({ destination, share }) => {
    const resolved = resolve(destination, resource, port, world);
    return resolved && share > 0 ? [{ cluster: resolved.cluster, share }] : [];
  });
}

function needsLanes({ at }: RouteRule, port: ManagedPort, what: string, world: RouteWorld): void {
  if (port.upstream === "inline") world.problems.error(at, `${what} need lanes: inline, a client's connection has one connection to a server`, { found: '"inline"', allowed: ["lanes"] });
}

/** A key that a rule reads must be one that the protocol has, or that a filter of this port supplies. */
export function checkRead(key: string, at: Place, port: ManagedPort, problems: Problems): void {
  if (port.ownKeys.has(key.toLowerCase())) return;
  const mistake = readMistake(port.protocol.traits, key);
  if (mistake) problems.error(at, mistake, { allowed: readableKeys(port.protocol.traits) });
}

/** What becomes of requests that are led to what is not there. */
const NOWHERE = "requests to it are answered with ClusterNotFound";

/** A destination that is not there keeps its share, in a cluster of a name that no cluster has. */
function resolve(destination: Destination, resource: RouteResource, from: ManagedPort, world: RouteWorld): WeightedCluster | undefined {
  const { host, subset, weight } = destination;
  const nowhere = (name: string): WeightedCluster => ({ cluster: clusterName({ host: name }, { port: { number: destination.port?.value ?? from.port.number } }, subset?.value), weight });
  const service = world.hosts.find(host.value, resource.namespace);
  if (service === undefined) {
    unknownHost(host, world.hosts, world.problems, NOWHERE);
    return nowhere(host.value.toLowerCase());
  }
  const port = portFor(destination, service, from, world.problems);
  if (port === undefined) return nowhere(service.host);
  if (port.protocol.codec !== from.protocol.codec) {
    world.problems.error(host.at, `port ${port.port.number} of "${service.host}" has the protocol ${port.protocol.codec}, but the request has ${from.protocol.codec}`);
    return undefined;
  }
  const own = service.byHost ? world.hosts.hostOf(host.value, resource.namespace) ?? service.host : service.host;
  const subsets = world.destinations.subsets(own);
  if (subset && !subsets.includes(subset.value)) {
    const message = `no DestinationRule of "${service.host}" has this subset`;
    world.problems.missing(subset.at, message, NOWHERE, { hint: didYouMean(subset.value, subsets), found: JSON.stringify(subset.value), allowed: subsets });
  }
  return { cluster: clusterName({ host: own }, port, subset?.value), weight };
}

/** The port named, or the only one, or the one with the number that the request came to (Istio's rule). */
function portFor(destination: Destination, service: ManagedService, from: ManagedPort, problems: Problems): ManagedPort | undefined {
  const { port, host } = destination;
  const found = port
    ? service.ports.find((p) => p.port.number === port.value)
    : service.ports.find((p) => service.service.ports.length === 1 || p.port.number === from.port.number);
  if (found !== undefined) return found;
  const allowed = service.ports.map((p) => String(p.port.number));
  if (port) problems.missing(port.at, `"${service.host}" has no managed port with this number`, NOWHERE, { found: String(port.value), allowed });
  else problems.missing(host.at, `"${service.host}" has no managed port ${from.port.number}`, NOWHERE, { hint: ": name one by port.number", allowed });
  return undefined;
}

/** The keys by which the route's clusters pick an endpoint; all of them must agree. */
function hashOf(destinations: readonly WeightedCluster[], at: Place, world: RouteWorld): string[] {
  const keys = destinations.map((d) => world.clusters.get(d.cluster)?.hashKey).filter((key) => key !== undefined);
  const distinct = [...new Set(keys.map((key) => key.toLowerCase()))];
  if (distinct.length > 1) {
    world.problems.error(at, "its destinations hash by different keys: consistentHash must name one key for all of them", { found: distinct.join(" and ") });
  }
  return keys.slice(0, 1);
}

/** A value may be a format: of keys that the protocol has. */
export function checkFormat(text: string, at: Place, moment: Moment, { protocol, ownKeys }: ManagedPort, problems: Problems): void {
  const read = readFormat(text, moment);
  if ("mistake" in read) return problems.error(at, read.mistake, { found: JSON.stringify(text), ...(read.allowed ? { allowed: read.allowed } : {}) });
  for (const { side, key } of read.references) {
    const mistake = side === "request" && ownKeys.has(key.toLowerCase()) ? undefined : readMistake(protocol.traits, key, side);
    if (mistake) problems.error(at, mistake, { allowed: readableKeys(protocol.traits, side) });
  }
}

function buildMutation(written: WrittenMutation, direction: "request" | "response", port: ManagedPort, problems: Problems): Mutation {
  const seen = new Set<string>();
  const check = (key: string, at: Place) => {
    const mistake = setMistake(port.protocol.traits, direction, key);
    if (mistake) problems.error(at, mistake, { allowed: settableKeys(port.protocol.traits, direction) });
    if (seen.has(key.toLowerCase())) problems.error(at, `the key "${key}" is changed twice (keys ignore case)`);
    seen.add(key.toLowerCase());
  };
  const pairs = (items: Located<[string, string]>[]) => {
    for (const { value, at } of items) {
      check(value[0], at);
      checkFormat(value[1], at, direction === "request" ? "request" : "reply", port, problems);
    }
    return Object.fromEntries(items.map((item) => item.value));
  };
  for (const { value, at } of written.remove) check(value, at);
  return {
    ...(written.set.length ? { set: pairs(written.set) } : {}),
    ...(written.append.length ? { append: pairs(written.append) } : {}),
    ...(written.remove.length ? { remove: written.remove.map((key) => key.value) } : {}),
  };
}
