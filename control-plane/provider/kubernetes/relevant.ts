import { Hosts } from "../../translate/hosts.ts";
import { fieldsOf, itemsOf, textOf } from "../foreign.ts";
import type { KubernetesObject } from "./client.ts";
import { each } from "./shape.ts";

type Spec = Record<string, unknown>;

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
  DestinationRule: (spec) => ({ hosts: [textOf(spec.host)] }),
  RedisService: (spec) => ({ hosts: listOf(spec.host), narrow: (host) => ({ ...spec, host }) }),
  RedisDestination: (spec) => ({ hosts: [textOf(spec.host)] }),
  Policy: (spec) => ({ hosts: [textOf(fieldsOf(spec.targetRef).host)] }),
};

/**
 * A cluster is full of what is not meant for us, and what one team writes of a service that does not exist must not stop the
 * others' changes: only services with ports of our protocols are kept, only those ports, and only what is said of such services.
 * `protocols`: names of codecs; `skip` is told of objects that cannot be read, which are left out.
 */
export function relevant(objects: readonly KubernetesObject[], protocols: readonly string[], skip: (object: KubernetesObject, reason: string) => void = () => undefined): Relevant {
  const names = [...protocols, ...ofKind(objects, "ApplicationProtocol").map((o) => textOf(specOf(o).protocol))].map((name) => name.toLowerCase());
  const services = each([...ofKind(objects, "Service"), ...ofKind(objects, "ServiceEntry")], skip, (o) => narrowPorts(o, names));
  const gateways = each(ofKind(objects, "Gateway"), skip, (o) => narrowServers(o, names));
  const hosts = new Hosts<KubernetesObject>();
  for (const service of services) for (const host of hostsOf(service)) hosts.add(host, service);
  const left: string[] = [], owned = new Set(ofKind(services, "Service").map(({ metadata: { namespace, name } }) => `${namespace}/${name}`));
  const rules = each(objects, skip, (object) => {
    const { kind, metadata: { namespace, name } } = object;
    if (kind === "ApplicationProtocol" || kind === "DubboAuthorizationPolicy" || kind === "Secret" || (kind === "EndpointSlice" && isSliceOf(object, owned))) return [object];
    if (!Object.hasOwn(RULES, kind!)) return [];
    const rule = narrowRule(object, hosts, gateways);
    if (rule === undefined) left.push(`${kind} ${namespace}/${name}`);
    return rule ? [rule] : [];
  });
  const kept = [...services, ...gateways, ...rules];
  return { kept: [...kept, ...workloadsOf(objects, kept)], left };
}

/** Names of Secrets that objects refer to, as `namespace/name`. */
export function secretsOf(objects: readonly KubernetesObject[]): string[] {
  const found = new Set<string>();
  const look = (value: unknown, namespace: string): void => {
    if (typeof value !== "object" || value === null) return;
    for (const [key, inner] of Object.entries(value)) {
      if (key === "credentialName" && typeof inner === "string") found.add(`${namespace}/${inner}`);
      const name = key === "secret" ? fieldsOf(inner).name : undefined;
      if (typeof name === "string") found.add(`${namespace}/${name}`);
      look(inner, namespace);
    }
  };
  for (const object of objects) if (object.kind !== "Secret") look(object.spec, object.metadata.namespace ?? "default");
  return [...found].sort();
}

/** `tcp-metaprotocol-<any>`, or `tcp-<protocol>[-any]` of one of these. */
function isManaged(port: unknown, protocols: readonly string[]): boolean {
  const text = textOf(fieldsOf(port).name ?? "").toLowerCase();
  return text.startsWith("tcp-metaprotocol-") || protocols.some((protocol) => text === `tcp-${protocol}` || text.startsWith(`tcp-${protocol}-`));
}

/** Nobody binds its addresses: what comes to them is captured. */
function narrowPorts(object: KubernetesObject, protocols: readonly string[]): KubernetesObject[] {
  const { type, ...spec } = specOf(object), ports = itemsOf(spec.ports).filter((port) => isManaged(port, protocols));
  if (ports.length === 0 || type === "ExternalName") return [];
  const annotations = { ...object.metadata.annotations, "meltemi.io/bind": "false" };
  return [{ ...object, metadata: { ...object.metadata, annotations }, spec: { ...spec, ports } }];
}

function narrowServers(object: KubernetesObject, protocols: readonly string[]): KubernetesObject[] {
  const spec = specOf(object), servers = itemsOf(spec.servers).filter((server) => isManaged(fieldsOf(server).port, protocols));
  return servers.length === 0 ? [] : [{ ...object, spec: { ...spec, servers } }];
}

function narrowRule(object: KubernetesObject, hosts: Hosts<KubernetesObject>, gateways: readonly KubernetesObject[]): KubernetesObject | undefined {
  const spec = specOf(object), namespace = object.metadata.namespace ?? "default", { hosts: named, narrow } = RULES[object.kind!]!(spec);
  const known = (gateway: string): boolean => gateway === "mesh" || gateways.some(({ metadata }) => `${metadata.namespace}/${metadata.name}` === (gateway.includes("/") ? gateway : `${namespace}/${gateway}`));
  const ways = Array.isArray(spec.gateways) ? listOf(spec.gateways).filter(known) : undefined;
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

/** `services`: those that are kept, `namespace/name`. */
function isSliceOf({ metadata: { namespace, labels }, addressType }: KubernetesObject, services: ReadonlySet<string>): boolean {
  return addressType !== "FQDN" && services.has(`${namespace}/${labels?.["kubernetes.io/service-name"]}`);
}

/** Pods and WorkloadEntries that are endpoints: named in a slice, or selected. */
function workloadsOf(objects: readonly KubernetesObject[], kept: readonly KubernetesObject[]): KubernetesObject[] {
  const named = new Set(ofKind(kept, "EndpointSlice").flatMap(({ metadata, endpoints }) =>
    itemsOf(endpoints).map(fieldsOf).flatMap(({ addresses, targetRef }) => [fieldsOf(targetRef).name, ...itemsOf(addresses)].map((one) => `${metadata.namespace}/${textOf(one)}`))));
  const selectors = ofKind(kept, "ServiceEntry").flatMap((o) => {
    const { labels } = fieldsOf(specOf(o).workloadSelector);
    return typeof labels === "object" && labels !== null ? [{ namespace: o.metadata.namespace, labels: Object.entries(labels) }] : [];
  });
  return objects.filter(({ kind, metadata, spec, status }) => {
    if (kind !== "Pod" && kind !== "WorkloadEntry") return false;
    const own = { ...metadata.labels, ...(kind === "WorkloadEntry" ? fieldsOf(fieldsOf(spec).labels) : {}) };
    if (selectors.some(({ namespace, labels }) => namespace === metadata.namespace && labels.every(([key, value]) => own[key] === value))) return true;
    return kind === "Pod" && (named.has(`${metadata.namespace}/${metadata.name}`) || named.has(`${metadata.namespace}/${textOf(fieldsOf(status).podIP)}`));
  });
}

function ofKind(objects: readonly KubernetesObject[], kind: string): KubernetesObject[] { return objects.filter((object) => object.kind === kind); }
function specOf({ spec }: KubernetesObject): Spec { return fieldsOf(spec); }
/** A list's texts, or one text. What else is in a list is told by who reads the object. */
function listOf(value: unknown): string[] { return itemsOf(typeof value === "string" ? [value] : value).filter((one): one is string => typeof one === "string"); }
