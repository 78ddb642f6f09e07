import { isIP } from "node:net";
import type { Field, Fields } from "./field.ts";
import { BIND_ANNOTATION, each, NAMESPACES_ANNOTATION, readAnnotation, UPSTREAM_ANNOTATION, type Metadata } from "./metadata.ts";
import { order, type Located, type Place } from "./problem.ts";

/** A service under its host names: a ServiceEntry or a Kubernetes Service. */
export interface Service extends Metadata {
  /** The first names its clusters, the others are aliases. */
  hosts: Located<string>[];
  /** Addresses to listen on; empty: 127.0.0.1, where they are bound. */
  addresses: Located<string>[];
  /** False: what comes to its addresses is captured, as in Istio's mesh; no Envoy of ours listens there. */
  bound: boolean;
  ports: Port[];
  resolution: "STATIC" | "DNS";
  endpoints: Endpoint[];
  /** Labels of the workloads that are its endpoints. */
  selector?: Record<string, string>;
  /** How requests reach its servers. */
  upstream: Located<Upstream>;
  /** Whose policies hold for it: its namespace, and those that its servers name beside it. */
  namespaces: string[];
}

export type Upstream = "lanes" | "inline";

export interface Port {
  number: number;
  name: string;
  targetPort?: number | string;
  at: Place;
  nameAt: Place;
}

export interface Endpoint {
  address: string;
  at: Place;
  /** Port numbers by port name; what is not named here is the service's target port. */
  ports: Map<string, number>;
  /** Those that a person has named. */
  named?: Located<string>[];
  labels: Record<string, string>;
  locality?: string;
  weight: number;
  /** False: it gets no requests. */
  ready?: false;
}

/** A WorkloadEntry or Pod: an endpoint of the services that select its labels. */
export interface Workload extends Metadata { endpoint: Endpoint }

const RESOLUTIONS = ["STATIC", "DNS"] as const;
const MAX_PORT = 65535;
/** What the filter takes. */
const MAX_WEIGHT = 1 << 20;

/** networking.istio.io ServiceEntry. */
export function readServiceEntry(root: Fields, metadata: Metadata): Service {
  const spec = root.required("spec").record();
  const hosts = spec.required("hosts").strings();
  if (hosts.length === 0 && spec.field("hosts").isList) spec.field("hosts").error("must name at least one host");
  const addresses = each(spec.field("addresses").list(), readAddress);
  const ports = each(spec.required("ports").list(), readPort);
  const resolution = readResolution(spec);
  const endpoints = each(spec.field("endpoints").list(), (field) => readEndpoint(field, true));
  const workloads = spec.field("workloadSelector");
  const selector = workloads.missing ? undefined : readSelector(workloads);
  if (selector && endpoints.length > 0) workloads.error("cannot be combined with endpoints: remove one of them");
  spec.ignored("location", "exportTo", "subjectAltNames");
  spec.end();
  const upstream = readUpstream(root, metadata);
  return { ...metadata, hosts, addresses, bound: readBound(root), ports, resolution, endpoints, upstream, namespaces: readNamespaces(metadata), ...(selector ? { selector } : {}) };
}

function readNamespaces({ namespace, annotations }: Metadata): string[] {
  return [...new Set([namespace, ...(annotations[NAMESPACES_ANNOTATION] ?? "").split(",").filter(Boolean)])].sort(order);
}

/** The annotation meltemi.io/upstream of a service: its schema is not ours. */
export function readUpstream(root: Fields, metadata: Metadata): Located<Upstream> {
  const annotation = readAnnotation(root, UPSTREAM_ANNOTATION);
  return { value: annotation?.oneOf(["lanes", "inline"]) ?? "lanes", at: annotation?.at ?? metadata.at };
}

/** The annotation meltemi.io/bind. */
export function readBound(root: Fields): boolean { return readAnnotation(root, BIND_ANNOTATION)?.oneOf(["true", "false"]) !== "false"; }

function readSelector(field: Field): Record<string, string> {
  const selector = field.record();
  const labels = selector.required("labels").stringMap();
  selector.end();
  return labels;
}

function readResolution(spec: Fields): "STATIC" | "DNS" {
  const field = spec.field("resolution");
  const text = field.string();
  if (text === "NONE" || text === "DNS_ROUND_ROBIN" || text === "DYNAMIC_DNS") field.error("not supported yet", [...RESOLUTIONS]);
  else if (text !== undefined) return field.oneOf(RESOLUTIONS) ?? "STATIC";
  else if (field.missing) field.error("is required", [...RESOLUTIONS]);
  return "STATIC";
}

function readAddress(field: Field): Located<string> | undefined {
  const address = field.located();
  if (address === undefined || isIP(address.value) !== 0) return address;
  field.error(address.value.includes("/") ? "a range of addresses cannot be listened on: name one IP address" : "must be an IP address");
  return undefined;
}

function readPort(field: Field): Port | undefined {
  const port = field.record();
  const number = port.required("number").integer(0, MAX_PORT);
  const name = port.required("name").located();
  const targetPort = port.field("targetPort").integer(1, MAX_PORT);
  port.silent("protocol");
  port.end();
  if (number === undefined || name === undefined) return undefined;
  return { number, name: name.value, at: field.at, nameAt: name.at, ...(targetPort === undefined ? {} : { targetPort }) };
}

/** An endpoint of a ServiceEntry, or the spec of a WorkloadEntry (which has no names but an address). */
function readEndpoint(field: Field, strict: boolean): Endpoint | undefined {
  const endpoint = field.record();
  const address = endpoint.required("address").string();
  const ports = new Map<string, number>(), named: Located<string>[] = [];
  for (const { key, value } of endpoint.field("ports").entries()) {
    const number = value.integer(1, MAX_PORT);
    named.push({ value: key, at: value.at });
    if (number !== undefined) ports.set(key, number);
  }
  const labels = endpoint.field("labels").stringMap();
  const locality = endpoint.field("locality").string();
  const weight = endpoint.field("weight").integer(1, MAX_WEIGHT) ?? 1;
  endpoint.ignored("serviceAccount", "network");
  endpoint.end();
  if (address === undefined) return undefined;
  if (address.startsWith("unix:")) {
    endpoint.field("address").error("unix domain sockets are not supported yet");
    return undefined;
  }
  if (!strict && isIP(address) === 0) endpoint.field("address").error("must be an IP address");
  return { address, at: endpoint.field("address").at, ports, named, labels, weight, ...(locality === undefined ? {} : { locality }) };
}

/** networking.istio.io WorkloadEntry; its labels stand in the spec, or else in the metadata. */
export function readWorkloadEntry(root: Fields, metadata: Metadata): Workload | undefined {
  const endpoint = readEndpoint(root.required("spec"), false);
  if (endpoint === undefined) return undefined;
  return { ...metadata, endpoint: { ...endpoint, labels: { ...metadata.labels, ...endpoint.labels } } };
}
