import { isIP } from "node:net";
import { title } from "../api/metadata.ts";
import type { Place, Problems } from "../api/problem.ts";
import type { Resources } from "../api/resources.ts";
import type { Endpoint, Port, Service, Upstream } from "../api/service.ts";
import { Addresses } from "./addresses.ts";
import { Hosts } from "./hosts.ts";
import type { Protocol, Protocols } from "./protocol.ts";

/** A service with all that other resources say about it. */
export interface ManagedService {
  service: Service;
  /** Its first host. */
  host: string;
  ports: ManagedPort[];
  /** Of all its ports. */
  endpoints: Endpoint[];
  discovery: "static" | "dns";
  /** Each of its hosts is resolved by itself, and has clusters of its own. */
  byHost: boolean;
}

/** The hosts that have clusters of their own: all, or the first, of which the others are other names. */
export function clusterHosts({ service, host, byHost }: ManagedService): string[] { return byHost ? service.hosts.map(({ value }) => value) : [host]; }

/** A port whose protocol has a codec. */
export interface ManagedPort {
  port: Port;
  protocol: Protocol;
  upstream: Upstream;
  endpoints: LabelledEndpoint[];
  /** Those that are not ready. */
  unready: LabelledEndpoint[];
  /** Where its requests come by another port than its own. */
  entrance?: { number: number; gateways: string[] };
  /** Keys that filters supply, in lower case, and which filter does. */
  ownKeys: Map<string, string>;
}

export interface LabelledEndpoint {
  address: string;
  port: number;
  weight: number;
  labels: Record<string, string>;
  locality?: string;
}

/** All services by host; ports of other protocols are left out. */
export function manageServices(resources: Resources, protocols: Protocols, problems: Problems): Hosts<ManagedService> {
  const hosts = new Hosts<ManagedService>(), addresses = new Addresses(resources);
  for (const service of resources.services) {
    const managed = manage(service, addresses, protocols, problems);
    for (const host of service.hosts) {
      const before = hosts.add(host.value, managed);
      if (before) problems.error(host.at, `host "${host.value}" already belongs to ${title(before.service)}`);
    }
  }
  checkWorkloadPorts(resources, problems);
  for (const set of resources.endpointSets) {
    if (set.service === "" || hosts.find(`${set.service}.${set.namespace}.svc.cluster.local`, set.namespace)) continue;
    problems.warn(set.at, `${title(set)} is of a Service "${set.service}" in namespace ${set.namespace} that does not exist: ignored`);
  }
  return hosts;
}

function manage(service: Service, addresses: Addresses, protocols: Protocols, problems: Problems): ManagedService {
  const host = service.hosts[0]?.value ?? "";
  reportDuplicatePorts(service, problems);
  const all = endpointsOf(service, addresses, problems), endpoints = all.filter(({ ready }) => ready !== false), unready = all.filter(({ ready }) => ready === false);
  for (const endpoint of service.endpoints) checkPortNames(endpoint, [service], `${title(service)} has`, (at, message, more) => problems.error(at, message, more));
  const named = endpoints.filter((e) => isIP(e.address) === 0);
  if (service.resolution === "STATIC") {
    for (const e of named) problems.error(e.at, "must be an IP address when resolution is STATIC", { found: JSON.stringify(e.address) });
  }
  const ports: ManagedPort[] = [];
  for (const port of service.ports) {
    const protocol = protocols.of(port, service.upstream.value);
    if (protocol) ports.push({ port, protocol, upstream: service.upstream.value, endpoints: atPort(service, port, endpoints, problems), unready: labelled(port, unready), ownKeys: new Map() });
  }
  return { service, host, ports, endpoints, byHost: service.hosts.length > 1 && isResolved(service), discovery: named.length > 0 && service.resolution === "DNS" ? "dns" : "static" };
}

function reportDuplicatePorts(service: Service, problems: Problems): void {
  const seen = new Set<string>();
  for (const { number, name, at } of service.ports) {
    for (const key of [`number ${number}`, `name "${name}"`]) {
      if (seen.has(key)) problems.error(at, `${key} is used by another port of ${title(service)}`);
      seen.add(key);
    }
  }
}

/** The service's own endpoints, those of its Endpoints and EndpointSlices, or else the workloads that it selects. */
function endpointsOf(service: Service, addresses: Addresses, problems: Problems): Endpoint[] {
  if (service.endpoints.length > 0) return service.endpoints;
  const known = service.kind === "Service" ? addresses.of(service) : undefined;
  if (known) return known;
  if (service.selector) return addresses.selected(service.namespace, service.selector);
  if (isResolved(service)) return dnsEndpoints(service, problems);
  return [];
}

function isResolved({ endpoints, selector, resolution }: Service): boolean { return endpoints.length === 0 && selector === undefined && resolution === "DNS"; }

/** With resolution DNS and no endpoints, the hosts themselves are resolved. */
function dnsEndpoints(service: Service, problems: Problems): Endpoint[] {
  return service.hosts.flatMap((host) => {
    if (!host.value.includes("*")) return [{ address: host.value, at: host.at, ports: new Map(), labels: {}, weight: 1 }];
    problems.error(host.at, "a wildcard cannot be resolved: with resolution DNS it needs endpoints", { found: JSON.stringify(host.value) });
    return [];
  });
}

type Tell = (at: Place, message: string, more: { found: string; allowed: string[] }) => void;

/** A port of a name that no service has would be served at the service's own number: perhaps by the listener itself. */
function checkPortNames({ named = [] }: Endpoint, services: readonly Service[], whose: string, tell: Tell): void {
  if (named.length === 0 || services.every(({ ports }) => ports.length === 0)) return;
  const allowed = services.flatMap(({ ports }) => ports.flatMap(({ name, targetPort }) => (typeof targetPort === "string" ? [name, targetPort] : [name])));
  for (const { value, at } of named) if (!allowed.includes(value)) tell(at, `${whose} no port with this name`, { found: JSON.stringify(value), allowed: [...new Set(allowed)] });
}

/** A workload may be of services that are not here as well. */
function checkWorkloadPorts({ workloads, services }: Resources, problems: Problems): void {
  for (const { kind, namespace, endpoint } of workloads) {
    if (kind !== "WorkloadEntry") continue;
    const own = services.filter((service) => service.namespace === namespace && selects(service, endpoint.labels));
    if (own.length > 0) checkPortNames(endpoint, own, `${own.map(title).join(", ")}, which select${own.length > 1 ? "" : "s"} this workload, ha${own.length > 1 ? "ve" : "s"}`, (at, message, more) => problems.warn(at, message, more));
  }
}

function selects({ selector }: Service, labels: Record<string, string>): boolean {
  const wanted = Object.entries(selector ?? {});
  return wanted.length > 0 && wanted.every(([name, value]) => labels[name] === value);
}

function atPort(service: Service, port: Port, endpoints: readonly Endpoint[], problems: Problems): LabelledEndpoint[] {
  const found = labelled(port, endpoints, ({ at }) => problems.error(at, `this endpoint of ${title(service)} has no number for port "${port.name}"`));
  if (found.length === 0 && endpoints.length === 0) problems.warn(port.at, `port "${port.name}" of ${title(service)} has no endpoints: all requests will fail`);
  return found;
}

/** `unnumbered`: told of each whose number for the port nobody says. */
function labelled(port: Port, endpoints: readonly Endpoint[], unnumbered: (endpoint: Endpoint) => void = () => undefined): LabelledEndpoint[] {
  const found: LabelledEndpoint[] = [];
  for (const endpoint of endpoints) {
    const number = portOf(port, endpoint), { address, labels, weight, locality } = endpoint;
    if (number === undefined || number === 0) unnumbered(endpoint);
    else found.push({ address, port: number, weight, labels, ...(locality === undefined ? {} : { locality }) });
  }
  return found;
}

/** The endpoints of any port of one of a service's hosts; undefined: it has no such port. */
export function endpointsAt({ service, endpoints, byHost }: ManagedService, host: string, number: number, problems: Problems): LabelledEndpoint[] | undefined {
  const port = service.ports.find((p) => p.number === number);
  return port && atPort(service, port, byHost ? endpoints.filter(({ address }) => address === host) : endpoints, problems);
}

function portOf(port: Port, endpoint: Endpoint): number | undefined {
  const named = endpoint.ports.get(port.name) ?? (typeof port.targetPort === "string" ? endpoint.ports.get(port.targetPort) : undefined);
  if (named !== undefined) return named;
  if (typeof port.targetPort === "string") return undefined;
  return port.targetPort ?? port.number;
}
