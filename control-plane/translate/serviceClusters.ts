import { isIP, isIPv6 } from "node:net";
import type { Place, Problems } from "../api/problem.ts";
import { order } from "../api/problem.ts";
import type { Endpoint, ServiceCluster } from "../ir/ir.ts";
import type { Hosts } from "./hosts.ts";
import { endpointsAt, type ManagedService } from "./services.ts";

/** A server that a filter asks: a service that is known here, else a name for DNS, else an IP address. */
export interface Server { host: string; port: number; http2: boolean; at: Place }

const ISTIO_NAME = /^outbound\|(\d+)\|\|(.+)$/;
const HOST_AND_PORT = /^(?:\[([^\]]+)\]|([^:]+)):(\d+)$/;

/** The clusters of all servers that filters ask, each once. */
export class ServiceClusters {
  private readonly clusters = new Map<string, ServiceCluster>();

  constructor(private readonly hosts: Hosts<ManagedService>, private readonly problems: Problems) {}

  get all(): ServiceCluster[] { return [...this.clusters.values()].sort((a, b) => order(a.name, b.name)); }

  /** The name of its cluster, which is also what servers are told as the host that is meant. */
  nameOf(server: Server, namespace: string): string {
    const { host, port, http2, at } = server, name = isIPv6(host) ? `[${host}]:${port}` : `${host}:${port}`;
    const before = this.clusters.get(name);
    if (before && before.http2 !== http2) this.problems.error(at, `${name} is used for gRPC and for plain HTTP/1.1: use separate ports`);
    if (before === undefined) this.clusters.set(name, { name, http2, ...this.find(server, namespace) });
    return name;
  }

  private find({ host, port, at }: Server, namespace: string): Pick<ServiceCluster, "discovery" | "endpoints"> {
    const service = this.hosts.find(host, namespace);
    if (service === undefined) return { discovery: isIP(host) ? "static" : "dns", endpoints: [{ address: host, port, weight: 1 }] };
    const endpoints = endpointsAt(service, this.hosts.hostOf(host, namespace) ?? host, port, this.problems);
    if (endpoints === undefined) {
      const allowed = service.service.ports.map((p) => String(p.number));
      this.problems.error(at, `"${service.host}" has no port with this number`, { found: String(port), allowed });
    }
    return { discovery: service.discovery, endpoints: (endpoints ?? []).map(({ labels: _, ...endpoint }): Endpoint => endpoint) };
  }
}

/** `outbound|8081||host`, as Istio names clusters, or `host:port`; undefined if it is neither. */
export function parseServer(text: string): { host: string; port: number } | undefined {
  const istio = ISTIO_NAME.exec(text);
  if (istio) return { host: istio[2]!, port: Number(istio[1]) };
  const plain = HOST_AND_PORT.exec(text);
  return plain ? { host: plain[1] ?? plain[2]!, port: Number(plain[3]) } : undefined;
}
