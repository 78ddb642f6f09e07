import { title } from "../api/metadata.ts";
import type { Place, Problems } from "../api/problem.ts";
import { order } from "../api/problem.ts";
import type { RouteResource } from "../api/route.ts";
import type { Service } from "../api/service.ts";
import type { Listener, Route } from "../ir/ir.ts";
import { addressOf } from "../ir/address.ts";
import { clusterName } from "./destinations.ts";
import type { Claims } from "./hosts.ts";
import { checkSpoken } from "./speaks.ts";
import { dubboAuthorizations, inChainOrder, resourceFilters } from "./filters.ts";
import { idleOf, policiesFor, policyFilters } from "./policies.ts";
import { checkDoors, isRedisService, noWatch, redisProxy } from "./redis.ts";
import { buildRoutes, type RouteWorld } from "./routes.ts";
import type { ManagedPort, ManagedService } from "./services.ts";

const LOOPBACK = "127.0.0.1";

/** One listener for each managed port on each address of its service. */
export function buildListeners(services: readonly ManagedService[], claims: Claims<ManagedService, RouteResource>, world: RouteWorld): Listener[] {
  const owners = new Map<string, ManagedService>();
  const listeners: Listener[] = [];
  for (const service of services) {
    for (const port of service.ports) {
      const rest = describe(service, port, claims.get(service), world);
      const addresses = addressesOf(service.service);
      if (addresses.length === 0) world.problems.warn(port.port.at, `${title(service.service)} has no address: it can only be reached through gateways and routes of other services`);
      for (const { address, at } of addresses) {
        reserve(owners, address, at, service, port, world.problems);
        listeners.push({ name: listenerName(address, service, port), address, port: port.port.number, ...(service.service.bound ? {} : { bound: false }), ...rest });
      }
    }
  }
  for (const service of services) for (const port of service.ports) checkLoops(service, port, owners, world.problems);
  return listeners.sort((a, b) => order(a.name, b.name));
}

/** A listener that is its own server would call itself until Envoy has no more memory. */
function checkLoops(service: ManagedService, port: ManagedPort, owners: ReadonlyMap<string, ManagedService>, problems: Problems): void {
  for (const endpoint of port.endpoints) {
    const place = addressOf(endpoint), owner = owners.get(place);
    if (owner === undefined || !owner.service.bound) continue;
    const message = `port "${port.port.name}" of ${title(service.service)} points to ${place}, where Envoy itself listens for ${title(owner.service)}`;
    if (owner === service) problems.error(port.port.at, `${message}: give the endpoint the port of its server, or the service a different address`);
    else problems.warn(port.port.at, message);
  }
}

export function addressesOf(service: Service): { address: string; at: Place }[] {
  if (service.addresses.length === 0 && service.bound) return [{ address: LOOPBACK, at: service.at }];
  const distinct = new Map(service.addresses.map(({ value, at }) => [value, { address: value, at }]));
  return [...distinct.values()];
}

function reserve(owners: Map<string, ManagedService>, address: string, at: Place, service: ManagedService, port: ManagedPort, problems: Problems): void {
  if (port.port.number === 0) return;
  const place = addressOf({ address, port: port.port.number });
  const owner = owners.get(place);
  if (owner && owner !== service) {
    const { file, document } = owner.service.at;
    problems.error(at, `${place} is already in use for ${title(owner.service)} (${file}, document ${document}): give one of them a different address, such as 127.10.0.1`);
  }
  owners.set(place, owner ?? service);
}

function listenerName(address: string, service: ManagedService, { port }: ManagedPort): string {
  return port.number === 0 ? `${address}_0_${service.host}_${port.name}` : `${address}_${port.number}`;
}

/** What all listeners of a port have in common. */
export function describe(service: ManagedService, port: ManagedPort, resource: RouteResource | undefined, world: RouteWorld): Omit<Listener, "name" | "address" | "port"> {
  const own = clusterName(service, port);
  const { codec, options } = port.protocol;
  const { upstream } = port;
  const settings = isRedisService(resource) ? resource.settings : undefined;
  const auth = resource && settings?.auth ? world.vault.open(settings.auth, resource.namespace) : undefined;
  const common = { service: service.host, codec, upstream, ownCluster: own, ...(options ? { options } : {}), ...(auth ? { auth } : {}) };
  const policies = policiesFor(service, port, world);
  for (const { key, filter } of policies.flatMap((policy) => policy.found.ownKeys)) port.ownKeys.set(key.toLowerCase(), filter);
  const routing = routesOf(own, port, resource, world), routes = routing.routes ?? [];
  const filters = inChainOrder([
    ...dubboAuthorizations(service.service, port, world),
    ...(resource ? resourceFilters(resource, routes, port, world) : []),
    ...policies.flatMap((policy) => policyFilters(policy, routing, port, world)),
    ...noWatch(routing, world),
  ]);
  const redis = isRedisService(resource) ? redisProxy(resource, routing, world) : undefined;
  const described = { ...common, ...routing, ...(redis ? { redis } : {}), filters, ...idleOf(policies, world.problems) };
  if (upstream === "inline") checkInline(service, described, world);
  checkSpoken(described, port.port.nameAt, world.problems);
  checkDoors(service, routing, world);
  return described;
}

function routesOf(own: string, port: ManagedPort, resource: RouteResource | undefined, world: RouteWorld): Pick<Listener, "routes" | "defaultCluster"> {
  const routes = resource ? buildRoutes(resource, port, world) : [];
  if (resource && !resource.defaultRoute) return { routes };
  const timeoutMs = isRedisService(resource) ? resource.settings.timeoutMs : undefined, all = [...routes, ...defaultRoute(own, timeoutMs, world)];
  return { routes: all.length > 0 ? all : null, defaultCluster: own };
}

/** Behind an inline filter Envoy picks the endpoint, once for each connection, and knows no keys. */
function checkInline({ service, host }: ManagedService, listener: Pick<Listener, "routes">, world: RouteWorld): void {
  const hashed = (listener.routes ?? []).find((r) => r.hash.length > 0);
  if (hashed === undefined) return;
  const message = `consistentHash of "${host}" (key "${hashed.hash[0]}") needs lanes`;
  world.problems.error(service.upstream.at, message, { found: '"inline"', allowed: ["lanes"] });
}

/** What is said of all requests, the key that picks an endpoint by hash or a timeout, needs a route, even where nobody wrote one. */
function defaultRoute(cluster: string, timeoutMs: number | undefined, world: RouteWorld): Route[] {
  const key = world.clusters.get(cluster)?.hashKey;
  if (key === undefined && timeoutMs === undefined) return [];
  return [{
    name: "default", match: [], destinations: [{ cluster, weight: 100 }], hash: key === undefined ? [] : [key], request: {}, response: {}, ...(timeoutMs === undefined ? {} : { timeoutMs }),
  }];
}
