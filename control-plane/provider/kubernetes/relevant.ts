import { Hosts } from "../../translate/hosts.ts";
import type { KubernetesObject } from "./client.ts";

type Spec = Record<string, unknown>;
type Named = { name?: string };

/** What a cluster's objects come to for the control plane. */
export interface Relevant {
  kept: KubernetesObject[];
  /** Rules that are for none of its services: `VirtualService default/web`. */
  left: string[];
}

/** Kinds that say something of services, and where they name them. */
const RULES: Record<string, (spec: Spec) => { hosts: string[]; narrow?: (kept: string[]) => Spec }> = {
  VirtualService: (spec) => severalHosts(spec),
  MetaRouter: (spec) => severalHosts(spec),
  DestinationRule: (spec) => ({ hosts: [spec.host as string] }),
  RedisService: (spec) => ({ hosts: listOf(spec.host), narrow: (host) => ({ ...spec, host }) }),
  RedisDestination: (spec) => ({ hosts: [spec.host as string] }),
  Policy: (spec) => ({ hosts: [(spec.targetRef as { host?: string } | undefined)?.host ?? ""] }),
};

/**
 * A cluster is full of what is not meant for us, and what one team writes of a service that does not exist must not stop the
 * others' changes: only services with ports of our protocols are kept, only those ports, and only what is said of such services.
 * `protocols`: names of codecs.
 */
export function relevant(objects: readonly KubernetesObject[], protocols: readonly string[]): Relevant {
  const names = [...protocols, ...ofKind(objects, "ApplicationProtocol").map((o) => String(specOf(o).protocol))].map((name) => name.toLowerCase());
  const services = [...ofKind(objects, "Service"), ...ofKind(objects, "ServiceEntry")].flatMap((o) => narrowPorts(o, names));
  const gateways = ofKind(objects, "Gateway").flatMap((o) => narrowServers(o, names));
  const hosts = new Hosts<KubernetesObject>();
  for (const service of services) for (const host of hostsOf(service)) hosts.add(host, service);
  const kept = [...services, ...gateways], left: string[] = [];
  for (const object of objects) {
    const { kind, metadata: { namespace, name } } = object;
    if (kind === "ApplicationProtocol" || kind === "DubboAuthorizationPolicy" || kind === "Secret") kept.push(object);
    else if (kind === "EndpointSlice" && isSliceOf(object, services)) kept.push(object);
    else if (kind! in RULES) {
      const rule = narrowRule(object, hosts, gateways);
      if (rule) kept.push(rule);
      else left.push(`${kind} ${namespace}/${name}`);
    }
  }
  return { kept: [...kept, ...workloadsOf(objects, kept)], left };
}

/** Names of Secrets that objects refer to, as `namespace/name`. */
export function secretsOf(objects: readonly KubernetesObject[]): string[] {
  const found = new Set<string>();
  const look = (value: unknown, namespace: string): void => {
    if (typeof value !== "object" || value === null) return;
    for (const [key, inner] of Object.entries(value)) {
      if (key === "credentialName" && typeof inner === "string") found.add(`${namespace}/${inner}`);
      const name = key === "secret" && typeof inner === "object" && inner !== null ? (inner as Named).name : undefined;
      if (typeof name === "string") found.add(`${namespace}/${name}`);
      look(inner, namespace);
    }
  };
  for (const object of objects) if (object.kind !== "Secret") look(object.spec, object.metadata.namespace ?? "default");
  return [...found].sort();
}

/** `tcp-metaprotocol-<any>`, or `tcp-<protocol>[-any]` of one of these. */
function isManaged({ name = "" }: Named, protocols: readonly string[]): boolean {
  const text = name.toLowerCase();
  return text.startsWith("tcp-metaprotocol-") || protocols.some((protocol) => text === `tcp-${protocol}` || text.startsWith(`tcp-${protocol}-`));
}

/** Nobody binds its addresses: what comes to them is captured. */
function narrowPorts(object: KubernetesObject, protocols: readonly string[]): KubernetesObject[] {
  const { type, ...spec } = specOf(object), ports = (spec.ports as Named[] | undefined ?? []).filter((port) => isManaged(port, protocols));
  if (ports.length === 0 || type === "ExternalName") return [];
  const annotations = { ...object.metadata.annotations, "meltemi.io/bind": "false" };
  return [{ ...object, metadata: { ...object.metadata, annotations }, spec: { ...spec, ports } }];
}

function narrowServers(object: KubernetesObject, protocols: readonly string[]): KubernetesObject[] {
  const spec = specOf(object), servers = (spec.servers as { port?: Named }[] | undefined ?? []).filter(({ port }) => port && isManaged(port, protocols));
  return servers.length === 0 ? [] : [{ ...object, spec: { ...spec, servers } }];
}

function narrowRule(object: KubernetesObject, hosts: Hosts<KubernetesObject>, gateways: readonly KubernetesObject[]): KubernetesObject | undefined {
  const spec = specOf(object), namespace = object.metadata.namespace ?? "default", { hosts: named, narrow } = RULES[object.kind!]!(spec);
  const known = (gateway: string): boolean => gateway === "mesh" || gateways.some(({ metadata }) => `${metadata.namespace}/${metadata.name}` === (gateway.includes("/") ? gateway : `${namespace}/${gateway}`));
  const ways = Array.isArray(spec.gateways) ? (spec.gateways as string[]).filter(known) : undefined;
  const met = named.filter((host) => (host === "*" && ways?.some((way) => way !== "mesh")) || hosts.match(host, namespace).length > 0);
  if (met.length === 0 || ways?.length === 0) return undefined;
  return { ...object, spec: { ...(narrow?.(met) ?? spec), ...(ways === undefined ? {} : { gateways: ways }) } };
}

function severalHosts(spec: Spec): { hosts: string[]; narrow: (kept: string[]) => Spec } {
  const name = spec.hosts === undefined ? "host" : "hosts";
  return { hosts: listOf(spec[name]), narrow: (kept) => ({ ...spec, [name]: kept }) };
}

function hostsOf({ kind, metadata: { name, namespace }, spec }: KubernetesObject): string[] {
  return kind === "Service" ? [`${name}.${namespace}.svc.cluster.local`] : listOf((spec as Spec).hosts);
}

function isSliceOf({ metadata: { namespace, labels }, addressType }: KubernetesObject, services: readonly KubernetesObject[]): boolean {
  const name = labels?.["kubernetes.io/service-name"];
  return addressType !== "FQDN" && services.some((service) => service.kind === "Service" && service.metadata.name === name && service.metadata.namespace === namespace);
}

/** Pods and WorkloadEntries that are endpoints: named in a slice, or selected. */
function workloadsOf(objects: readonly KubernetesObject[], kept: readonly KubernetesObject[]): KubernetesObject[] {
  const named = new Set(ofKind(kept, "EndpointSlice").flatMap(({ metadata, endpoints }) =>
    (endpoints as { addresses?: string[]; targetRef?: Named }[] | undefined ?? []).flatMap(({ addresses = [], targetRef }) => [targetRef?.name, ...addresses].map((each) => `${metadata.namespace}/${each}`))));
  const selectors = ofKind(kept, "ServiceEntry").flatMap((o) => {
    const labels = (specOf(o).workloadSelector as { labels?: Record<string, string> } | undefined)?.labels;
    return labels ? [{ namespace: o.metadata.namespace, labels: Object.entries(labels) }] : [];
  });
  return objects.filter(({ kind, metadata, spec, status }) => {
    if (kind !== "Pod" && kind !== "WorkloadEntry") return false;
    const own = { ...metadata.labels, ...(kind === "WorkloadEntry" ? (spec as { labels?: Record<string, string> }).labels : {}) };
    if (selectors.some(({ namespace, labels }) => namespace === metadata.namespace && labels.every(([key, value]) => own[key] === value))) return true;
    return kind === "Pod" && (named.has(`${metadata.namespace}/${metadata.name}`) || named.has(`${metadata.namespace}/${(status as { podIP?: string } | undefined)?.podIP}`));
  });
}

function ofKind(objects: readonly KubernetesObject[], kind: string): KubernetesObject[] { return objects.filter((object) => object.kind === kind); }
function specOf({ spec }: KubernetesObject): Spec { return (spec ?? {}) as Spec; }
function listOf(value: unknown): string[] { return Array.isArray(value) ? value as string[] : typeof value === "string" ? [value] : []; }
