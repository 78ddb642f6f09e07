import type { Gateway, Server } from "../api/gateway.ts";
import { ON_DEMAND_ANNOTATION, title } from "../api/metadata.ts";
import { order, type Located } from "../api/problem.ts";
import type { RouteResource } from "../api/route.ts";
import type { Port } from "../api/service.ts";
import { didYouMean } from "../api/suggest.ts";
import type { Filter, Listener, Route } from "../ir/ir.ts";
import type { Matcher } from "../ir/matcher.ts";
import { unknownHost } from "./destinations.ts";
import { inChainOrder, resourceFilters } from "./filters.ts";
import { Claims, covers } from "./hosts.ts";
import { addressesOf, describe } from "./listeners.ts";
import type { Protocol } from "./protocol.ts";
import { buildRoutes, type RouteWorld } from "./routes.ts";
import type { ManagedPort, ManagedService } from "./services.ts";
import { serverTls } from "./tls.ts";
import { checkSpoken } from "./speaks.ts";

/** A port of Gateways: several may share it, if they are for the same Envoys. */
interface Entrance {
  /** `NAMESPACE/NAME` of its Gateways. */
  gateways: string[];
  selector: Record<string, string>;
  address: string;
  port: Port;
  protocol: Protocol;
  servers: Server[];
  /** Envoys learn of its services by using them. */
  onDemand: boolean;
}

/** What one service, or a resource for any host, adds to an entrance. */
interface Share { routes: Route[]; filters: Filter[]; idleMs?: number }

/** The annotation that says how requests name a service; Aeraki's word. */
const KEY_ANNOTATION = "interface";
const ALL = "*";

export const gatewayName = ({ namespace, name }: { namespace: string; name: string }): string => `${namespace}/${name}`;

/** One listener for each port of Gateways; its services are told apart by the codec's service key. */
export function buildGateways(gateways: readonly Gateway[], resources: readonly RouteResource[], world: RouteWorld): Listener[] {
  const all = entrances(gateways, world);
  checkNames(gateways, resources, world);
  checkHosts(all, resources, world);
  return all.map((entrance) => listenerOf(entrance, resources, world)).sort((a, b) => order(a.name, b.name));
}

/** `gate` in namespace `prod` is `prod/gate`. */
const namesOf = ({ gateways, namespace }: Pick<RouteResource, "gateways" | "namespace">): Located<string>[] =>
  (gateways ?? []).filter(({ value }) => value !== "mesh").map(({ value, at }) => ({ value: value.includes("/") ? value : `${namespace}/${value}`, at }));

function checkNames(gateways: readonly Gateway[], resources: readonly RouteResource[], world: RouteWorld): void {
  const known = gateways.map(gatewayName);
  for (const resource of resources) {
    const inside = resource.rules.flatMap((rule) => rule.alternatives).flatMap(({ gateways }) => namesOf({ gateways, namespace: resource.namespace }));
    for (const { value, at } of [...namesOf(resource), ...inside]) {
      if (!known.includes(value)) world.problems.missing(at, "there is no such Gateway", "this waits for it", { hint: didYouMean(value, known), found: JSON.stringify(value), allowed: [...known, "mesh"] });
    }
  }
}

/** A host that no port lets in is no mistake: its Gateway may be for others, too. */
function checkHosts(all: readonly Entrance[], resources: readonly RouteResource[], world: RouteWorld): void {
  for (const resource of resources) {
    const reached = all.filter((entrance) => isBound(resource, entrance));
    for (const host of resource.hosts.filter(({ value }) => value !== ALL && namesOf(resource).length > 0)) {
      const services = world.hosts.match(host.value, resource.namespace);
      if (services.length === 0) unknownHost(host, world.hosts, world.problems);
      else if (!reached.some((entrance) => services.some((service) => isLetIn(service, resource, entrance)))) {
        world.problems.warn(host.at, "not reachable through its gateways: none of their ports has its protocol and its host");
      }
    }
  }
}

const isBound = (resource: RouteResource, { gateways }: Entrance): boolean => namesOf(resource).some(({ value }) => gateways.includes(value));

function entrances(gateways: readonly Gateway[], world: RouteWorld): Entrance[] {
  const byPlace = new Map<string, Entrance>();
  for (const gateway of gateways) {
    for (const server of gateway.servers) {
      const protocol = world.protocols.of(server.port, "lanes");
      if (!protocol) continue;
      const { port, bind } = server, selector = JSON.stringify(Object.entries(gateway.selector).sort());
      const place = `${bind.value} ${port.number === 0 ? `${gatewayName(gateway)} ${port.name}` : port.number} ${selector}`;
      const known = byPlace.get(place);
      if (known === undefined) {
        byPlace.set(place, { gateways: [gatewayName(gateway)], selector: gateway.selector, address: bind.value, port, protocol, servers: [server], onDemand: isOnDemand(gateway, server, protocol, world) });
        continue;
      }
      if (known.protocol !== protocol) world.problems.error(port.nameAt, `port ${port.number} of Gateway "${known.gateways[0]!}" has the protocol ${known.protocol.codec}: a port can have only one`);
      if (!known.gateways.includes(gatewayName(gateway))) known.gateways.push(gatewayName(gateway));
      known.servers.push(server);
      if (known.onDemand !== isOnDemand(gateway, server, protocol, world)) world.problems.error(port.nameAt, `Gateways that share a port must agree in annotation ${ON_DEMAND_ANNOTATION}`);
    }
  }
  return [...byPlace.values()];
}

function isOnDemand(gateway: Gateway, { port }: Server, { codec, traits }: Protocol, { problems }: RouteWorld): boolean {
  const asked = gateway.annotations[ON_DEMAND_ANNOTATION];
  if (asked !== undefined && !["true", "false"].includes(asked)) problems.error(gateway.at, `annotation ${ON_DEMAND_ANNOTATION}: must be "true" or "false"`, { found: JSON.stringify(asked) });
  if (asked !== "true") return false;
  if (traits.serviceKey === "") problems.error(port.nameAt, `codec "${codec}" has no service key, which on-demand needs`);
  return traits.serviceKey !== "";
}

function listenerOf(entrance: Entrance, resources: readonly RouteResource[], world: RouteWorld): Listener {
  const { gateways, address, port, protocol, selector } = entrance;
  const bound = resources.filter((resource) => isBound(resource, entrance));
  const shares = [...servicesAt(entrance, bound, world), ...bound.filter((resource) => isForAny(resource, protocol, world)).map((resource) => forAnyHost(entrance, resource, world))];
  if (shares.length === 0) world.problems.warn(port.at, `no routes are bound to port ${port.number} of Gateway "${gateways[0]!}": all requests will be answered with RouteNotFound`);
  checkPlace(entrance, world);
  const idle = shares.flatMap(({ idleMs }) => idleMs ?? []), tls = serverTls(entrance.servers, gateways[0]!, world);
  const listener: Listener = {
    name: `gateway_${gateways[0]!.replace("/", "_")}_${port.number === 0 ? port.name : port.number}`,
    address, port: port.number, service: gateways[0]!, gateway: { selector },
    codec: protocol.codec, ...(protocol.options ? { options: protocol.options } : {}), upstream: "lanes",
    routes: shares.flatMap(({ routes }) => routes),
    filters: inChainOrder(shares.flatMap(({ filters }) => filters)),
    ...(entrance.onDemand ? { onDemand: protocol.traits.serviceKey } : {}),
    ...(idle.length > 0 ? { idleMs: Math.max(...idle) } : {}), ...(tls ? { tls } : {}),
  };
  checkSpoken(listener, port.nameAt, world.problems);
  return listener;
}

/** A service's own listener may have the place already. */
function checkPlace({ address, port, gateways }: Entrance, { hosts, problems }: RouteWorld): void {
  const owner = port.number === 0 ? undefined : hosts.all.find(({ service, ports }) => ports.some((own) => own.port.number === port.number) && service.bound && addressesOf(service).some((own) => own.address === address));
  if (owner) problems.error(port.at, `${address}:${port.number} is already in use for ${title(owner.service)}: give Gateway "${gateways[0]!}" another bind or number`);
}

/** Each service that a bound resource names and a server lets in, with the one resource that names it best. */
function servicesAt(entrance: Entrance, bound: readonly RouteResource[], world: RouteWorld): Share[] {
  const claims = new Claims<ManagedService, RouteResource>();
  for (const resource of bound) {
    for (const host of resource.hosts.filter(({ value }) => value !== ALL)) {
      for (const service of world.hosts.match(host.value, resource.namespace).filter((each) => isLetIn(each, resource, entrance))) {
        claims.add(service, host.value, resource, (other) =>
          world.problems.error(host.at, `${title(other)} already has routes for "${service.host}" at the same Gateway: combine both`));
      }
    }
  }
  const claimed = claims.all.sort(([a], [b]) => order(a.host, b.host));
  const owners = new Map<string, ManagedService>();
  return claimed.map(([service, resource]) => forService(entrance, service, resource, guardOf(entrance, service, claimed.length === 1, owners, world), world));
}

function isLetIn(service: ManagedService, resource: RouteResource, { servers, protocol }: Entrance): boolean {
  return service.ports.some((port) => port.protocol.codec === protocol.codec) && servers.flatMap(({ hosts }) => hosts).some(({ value, namespace }) =>
    (namespace === undefined || namespace === resource.namespace) && service.service.hosts.some((host) => covers(value, host.value)));
}

/** How requests for this service are known; alone at its port it needs no name. */
function guardOf({ protocol, port, gateways }: Entrance, service: ManagedService, alone: boolean, owners: Map<string, ManagedService>, world: RouteWorld): Matcher[] {
  const key = protocol.traits.serviceKey, name = service.service.annotations[KEY_ANNOTATION], { at } = service.service;
  const where = `port ${port.number} of Gateway "${gateways[0]!}"`;
  if (key === "" || name === undefined) {
    const how = key === "" ? `codec "${protocol.codec}" has no service key` : `give ${title(service.service)} the annotation ${KEY_ANNOTATION}, with the value of "${key}" in its requests`;
    if (!alone) world.problems.error(at, `shares ${where} with other services, and its requests cannot be distinguished from theirs: ${how}`);
    return [];
  }
  const owner = owners.get(name);
  if (owner) world.problems.error(at, `has the same annotation ${KEY_ANNOTATION} as ${title(owner.service)}, which shares ${where}`, { found: JSON.stringify(name) });
  owners.set(name, service);
  return [{ key, exact: name }];
}

/** What a listener of the service's own would do, for requests that the guard holds for. */
function forService(entrance: Entrance, service: ManagedService, resource: RouteResource, guard: Matcher[], world: RouteWorld): Share {
  const speaking = service.ports.filter((port) => port.protocol.codec === entrance.protocol.codec);
  const own = speaking.find((port) => port.port.number === entrance.port.number) ?? speaking[0]!;
  const port: ManagedPort = { ...own, upstream: "lanes", entrance: { number: entrance.port.number, gateways: entrance.gateways } };
  const { routes, defaultCluster, filters, idleMs } = describe(service, port, resource, world);
  const last = { name: "default", match: [], hash: [], request: {}, response: {} };
  const isOpen = defaultCluster !== undefined && !routes?.some(({ match }) => match.length === 0);
  const all = [...(routes ?? []), ...(isOpen ? [{ ...last, destinations: [{ cluster: defaultCluster, weight: 100 }] }] : [])];
  const named = (name: string): string => `${service.host}/${name}`, [exactly] = guard;
  const of = exactly && "exact" in exactly ? { of: exactly.exact } : {};
  return {
    routes: all.map((route) => ({ ...route, ...of, name: named(route.name), match: guarded(guard, route.match) })),
    filters: filters.map(({ match = [], routes: only, ...filter }) => {
      const narrowed = guarded(guard, match);
      return { ...filter, ...of, ...(narrowed.length > 0 ? { match: narrowed } : {}), ...(only ? { routes: only.map(named) } : {}) };
    }),
    ...(idleMs === undefined ? {} : { idleMs }),
  };
}

const guarded = (guard: Matcher[], match: Matcher[][]): Matcher[][] => guard.length === 0 ? match : (match.length > 0 ? match : [[]]).map((all) => [...guard, ...all]);

/** Whether it names no host, but destinations of this protocol; those that do not exist are told of at any port. */
function isForAny({ hosts, rules, namespace }: RouteResource, { codec }: Protocol, world: RouteWorld): boolean {
  const spoken = rules.flatMap(({ destinations }) => destinations).flatMap(({ host }) => world.hosts.find(host.value, namespace)?.ports ?? []).map(({ protocol }) => protocol.codec);
  return hosts.some(({ value }) => value === ALL) && (spoken.length === 0 || spoken.includes(codec));
}

/** Routes for requests to no service in particular: where they lead stands in each rule. */
function forAnyHost({ port, protocol, gateways }: Entrance, resource: RouteResource, world: RouteWorld): Share {
  const entrance = { number: port.number, gateways };
  const nowhere: ManagedPort = { port, protocol, upstream: "lanes", endpoints: [], unready: [], ownKeys: new Map(), entrance };
  if (resource.defaultRoute) world.problems.error(resource.at, `a default route needs a service: "*" at Gateway "${gateways[0]!}" is none`);
  const routes = buildRoutes(resource, nowhere, world);
  return { routes, filters: resourceFilters(resource, routes, nowhere, world) };
}
