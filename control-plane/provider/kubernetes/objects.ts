import type { KubernetesObject } from "./client.ts";

/** Bookkeeping of others: `kubectl apply` even repeats the whole object in an annotation. */
const OTHERS = /(^|\.)(kubernetes|k8s)\.io\//;
const LABELS_OF_USE = ["kubernetes.io/service-name"];

/** What of an object concerns the control plane: what changes without a meaning for it is left out, and so such changes are none. */
export function essence(kind: string, { apiVersion, metadata, ...fields }: KubernetesObject): KubernetesObject {
  const { name, namespace, labels, annotations } = metadata;
  return {
    apiVersion: apiVersion ?? "v1", kind,
    metadata: {
      name, ...(namespace === undefined ? {} : { namespace }),
      ...some("labels", kind === "EndpointSlice" ? picked(labels, (key) => LABELS_OF_USE.includes(key)) : labels),
      ...some("annotations", picked(annotations, (key) => !OTHERS.test(key))),
    },
    ...body(kind, fields),
  };
}

function body(kind: string, { kind: _, status, ...fields }: Record<string, unknown>): Record<string, unknown> {
  switch (kind) {
    case "Pod": return pod(fields.spec as PodSpec | undefined, status as PodStatus | undefined);
    case "Service": return service(fields.spec as Record<string, unknown> | undefined);
    case "EndpointSlice": return slice(fields);
    default: return fields;
  }
}

function service({ ports, selector, clusterIP, type }: Record<string, unknown> = {}): Record<string, unknown> {
  const kept = (ports as { name?: string; port: number; targetPort?: unknown }[] | undefined ?? []).map(({ name, port, targetPort }) => ({ name, port, targetPort }));
  return { spec: { type, clusterIP, selector, ports: kept } };
}

interface SliceEndpoint { addresses: string[]; conditions?: { ready?: boolean }; targetRef?: { kind?: string; name?: string }; zone?: string }

/** Without nodes, host names and hints. */
function slice({ addressType, endpoints, ports }: Record<string, unknown>): Record<string, unknown> {
  const kept = (endpoints as SliceEndpoint[] | null | undefined ?? []).map(({ addresses, conditions, targetRef, zone }) => ({
    addresses, conditions: { ready: conditions?.ready }, ...(targetRef ? { targetRef: { kind: targetRef.kind, name: targetRef.name } } : {}), zone,
  }));
  return { addressType, endpoints: kept, ports: (ports as { name?: string; port?: number }[] | null | undefined ?? []).flatMap(({ name, port }) => port ? [{ name: name ?? "", port }] : []) };
}

interface PodSpec { containers?: { ports?: { name?: string; containerPort: number }[] }[] }
interface PodStatus { podIP?: string; phase?: string }

/** Its address, and its ports by name. */
function pod(spec: PodSpec = {}, { podIP, phase }: PodStatus = {}): Record<string, unknown> {
  const ports = (spec.containers ?? []).flatMap((container) => container.ports ?? []).filter(({ name }) => name !== undefined);
  return {
    spec: { containers: [{ ports: ports.map(({ name, containerPort }) => ({ name, containerPort })) }] },
    status: { ...(podIP === undefined ? {} : { podIP }), ...(phase === undefined ? {} : { phase }) },
  };
}

function picked(texts: Record<string, string> | undefined, keep: (key: string) => boolean): Record<string, string> {
  return Object.fromEntries(Object.entries(texts ?? {}).filter(([key]) => keep(key)).sort(([a], [b]) => (a < b ? -1 : 1)));
}

function some(name: string, texts: Record<string, string> | undefined): Record<string, Record<string, string>> {
  return texts && Object.keys(texts).length > 0 ? { [name]: texts } : {};
}
