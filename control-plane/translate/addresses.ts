import type { EndpointSet } from "../api/kubernetes.ts";
import type { Resources } from "../api/resources.ts";
import type { Endpoint, Service, Workload } from "../api/service.ts";

/** Endpoints, EndpointSlices and workloads, found by what leads to them: of thousands each is for one of thousands of services. */
export class Addresses {
  private readonly sets: Map<string, EndpointSet[]>;
  private readonly pods = new Map<string, Workload>();
  private readonly byLabel: Map<string, Workload[]>;

  constructor({ endpointSets, workloads }: Pick<Resources, "endpointSets" | "workloads">) {
    this.sets = grouped(endpointSets, ({ namespace, service }) => [`${namespace}/${service}`]);
    for (const pod of workloads) {
      if (pod.kind !== "Pod") continue;
      for (const key of [`${pod.namespace}/${pod.name}`, `${pod.namespace} ${pod.endpoint.address}`]) if (!this.pods.has(key)) this.pods.set(key, pod);
    }
    this.byLabel = grouped(workloads, ({ namespace, endpoint }) => Object.entries(endpoint.labels).map((label) => labelKey(namespace, label)));
  }

  /** Of its Endpoints and EndpointSlices; undefined: it has none. */
  of({ namespace, name }: Service): Endpoint[] | undefined {
    return this.sets.get(`${namespace}/${name}`)?.flatMap((set) => set.members.map(({ address, at, ports, pod, zone, ready }) => {
      const workload = this.pods.get(pod === undefined ? `${namespace} ${address}` : `${namespace}/${pod}`);
      return { address, at, ports, labels: workload?.labels ?? {}, weight: 1, ...(zone === undefined ? {} : { locality: `/${zone}` }), ...(ready === false ? { ready } : {}) };
    }));
  }

  /** Of the workloads with all of these labels; without any label none. */
  selected(namespace: string, selector: Record<string, string>): Endpoint[] {
    const wanted = Object.entries(selector), all = wanted.map((label) => this.byLabel.get(labelKey(namespace, label)) ?? []);
    const fewest = all.reduce((least, each) => (each.length < least.length ? each : least), all[0] ?? []);
    return fewest.map(({ endpoint }) => endpoint).filter(({ labels }) => wanted.every(([name, value]) => labels[name] === value));
  }
}

const labelKey = (namespace: string, [name, value]: [string, string]): string => `${namespace} ${name}=${value}`;

function grouped<T>(all: readonly T[], keysOf: (item: T) => string[]): Map<string, T[]> {
  const groups = new Map<string, T[]>();
  for (const item of all) {
    for (const key of keysOf(item)) {
      const group = groups.get(key);
      if (group) group.push(item);
      else groups.set(key, [item]);
    }
  }
  return groups;
}
