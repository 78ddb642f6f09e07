import { isIP } from "node:net";
import type { Field, Fields } from "./field.ts";
import { each, type Metadata } from "./metadata.ts";
import type { Located, Place } from "./problem.ts";
import { readBound, readUpstream, type Port, type Service, type Workload } from "./service.ts";

/** Endpoints or EndpointSlice: the addresses of a Kubernetes Service. */
export interface EndpointSet extends Metadata {
  service: string;
  /** `ready` false: it gets no requests. */
  members: { address: string; at: Place; ports: Map<string, number>; pod?: string; zone?: string; ready?: false }[];
}

const MAX_PORT = 65535;
const MEANINGLESS = [
  "clusterIPs", "externalIPs", "ipFamilies", "ipFamilyPolicy", "internalTrafficPolicy", "externalTrafficPolicy",
  "healthCheckNodePort", "loadBalancerIP", "loadBalancerClass", "loadBalancerSourceRanges", "allocateLoadBalancerNodePorts",
  "publishNotReadyAddresses", "sessionAffinityConfig", "trafficDistribution",
];

/** core/v1 Service. Its host is `<name>.<namespace>.svc.cluster.local`; only a loopback clusterIP can be bound. */
export function readService(root: Fields, metadata: Metadata): Service {
  const spec = root.required("spec").record();
  const ports = each(spec.required("ports").list(), readPort);
  const selector = spec.field("selector").missing ? undefined : spec.field("selector").stringMap();
  if (spec.field("type").string() === "ExternalName") spec.field("type").error("not supported yet: write a ServiceEntry with resolution DNS");
  else spec.ignored("type");
  spec.silent("externalName");
  if (spec.field("sessionAffinity").oneOf(["None", "ClientIP"]) === "ClientIP") spec.field("sessionAffinity").error("not supported yet", ["None"]);
  const bound = readBound(root), addresses = readClusterIp(spec.field("clusterIP"), bound);
  spec.ignored(...MEANINGLESS);
  spec.end();
  const host = { value: `${metadata.name}.${metadata.namespace}.svc.cluster.local`, at: metadata.at };
  const upstream = readUpstream(root, metadata);
  return { ...metadata, hosts: [host], addresses, bound, ports, resolution: "STATIC", endpoints: [], upstream, namespaces: [metadata.namespace], ...(selector ? { selector } : {}) };
}

function readClusterIp(field: Field, bound: boolean): Located<string>[] {
  const address = field.located();
  if (address === undefined || address.value === "None" || address.value === "") return [];
  if (!bound || address.value.startsWith("127.") || address.value === "::1") return [address];
  field.warn("is no loopback address: listening on 127.0.0.1 instead");
  return [];
}

function readPort(field: Field): Port | undefined {
  const port = field.record();
  const number = port.required("port").integer(0, MAX_PORT);
  const name = port.field("name");
  const targetPort = port.field("targetPort").integerOrString(1, MAX_PORT);
  port.silent("protocol", "appProtocol", "nodePort");
  port.end();
  if (number === undefined) return undefined;
  const text = name.string() ?? "";
  return { number, name: text, at: field.at, nameAt: name.at, ...(targetPort === undefined ? {} : { targetPort }) };
}

/** core/v1 Endpoints: of the Service with the same name. Addresses that are not ready get nothing. */
export function readEndpoints(root: Fields, metadata: Metadata): EndpointSet {
  const members: EndpointSet["members"] = [];
  for (const field of root.field("subsets").list()) {
    const subset = field.record();
    const ports = readPorts(subset.field("ports"));
    for (const [name, ready] of [["addresses", {}], ["notReadyAddresses", { ready: false }]] as const) {
      for (const item of subset.field(name).list()) {
        const address = item.record();
        const ip = readIp(address.required("ip"));
        const pod = readPodName(address.field("targetRef"));
        address.silent("hostname", "nodeName");
        address.end();
        if (ip) members.push({ address: ip.value, at: ip.at, ports, ...(pod === undefined ? {} : { pod }), ...ready });
      }
    }
    subset.end();
  }
  return { ...metadata, service: metadata.name, members };
}

/** discovery.k8s.io/v1 EndpointSlice: of the Service that its label kubernetes.io/service-name names. */
export function readEndpointSlice(root: Fields, metadata: Metadata): EndpointSet {
  const service = metadata.labels["kubernetes.io/service-name"];
  if (service === undefined) root.field("metadata").error("needs the label kubernetes.io/service-name: without it the slice belongs to no Service");
  if (root.required("addressType").oneOf(["IPv4", "IPv6", "FQDN"]) === "FQDN") root.field("addressType").error("not supported yet", ["IPv4", "IPv6"]);
  const ports = readPorts(root.field("ports"));
  const members: EndpointSet["members"] = [];
  for (const field of root.field("endpoints").list()) {
    const endpoint = field.record();
    const conditions = endpoint.field("conditions");
    const ready = conditions.isRecord ? conditions.record().field("ready").boolean() : undefined;
    const pod = readPodName(endpoint.field("targetRef"));
    const zone = endpoint.field("zone").string();
    endpoint.silent("hostname", "nodeName", "deprecatedTopology", "hints");
    for (const item of endpoint.required("addresses").list()) {
      const ip = readIp(item);
      if (ip) members.push({ address: ip.value, at: ip.at, ports, ...(pod === undefined ? {} : { pod }), ...(zone === undefined ? {} : { zone }), ...(ready === false ? { ready } : {}) });
    }
    endpoint.end();
  }
  return { ...metadata, service: service ?? "", members };
}

function readPorts(field: Field): Map<string, number> {
  const ports = new Map<string, number>();
  for (const item of field.list()) {
    const port = item.record();
    const number = port.required("port").integer(1, MAX_PORT);
    const name = port.field("name").string() ?? "";
    port.silent("protocol", "appProtocol");
    port.end();
    if (number !== undefined) ports.set(name, number);
  }
  return ports;
}

function readIp(field: Field): Located<string> | undefined {
  const ip = field.located();
  if (ip === undefined || isIP(ip.value) !== 0) return ip;
  field.error("must be an IP address");
  return undefined;
}

function readPodName(field: Field): string | undefined {
  if (!field.isRecord) return undefined;
  const target = field.record();
  return target.field("kind").string() === "Pod" ? target.field("name").string() : undefined;
}

/** core/v1 Pod: only what makes it an endpoint is read, the rest is Kubernetes' own business. */
export function readPod(root: Fields, metadata: Metadata): Workload | undefined {
  const status = root.field("status");
  const address = status.isRecord ? status.record().field("podIP").string() : undefined;
  const phase = status.isRecord ? status.record().field("phase").string() : undefined;
  if (address === undefined || phase === "Succeeded" || phase === "Failed") return undefined;
  const ports = new Map<string, number>();
  const spec = root.field("spec");
  for (const container of spec.isRecord ? spec.record().field("containers").list() : []) {
    for (const item of container.record().field("ports").list()) {
      const port = item.record();
      const name = port.field("name").string();
      const number = port.field("containerPort").integer(1, MAX_PORT);
      if (name !== undefined && number !== undefined) ports.set(name, number);
    }
  }
  return { ...metadata, endpoint: { address, at: metadata.at, ports, labels: metadata.labels, weight: 1 } };
}
