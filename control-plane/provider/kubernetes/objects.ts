import { fieldsOf, itemsOf } from "../foreign.ts";
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
    case "Pod": return pod(fieldsOf(fields.spec), fieldsOf(status));
    case "Service": return service(fieldsOf(fields.spec));
    case "EndpointSlice": return slice(fields);
    default: return fields;
  }
}

function service({ ports, selector, clusterIP, type }: Record<string, unknown>): Record<string, unknown> {
  const kept = itemsOf(ports).map(fieldsOf).map(({ name, port, targetPort }) => ({ name, port, targetPort }));
  return { spec: { type, clusterIP, selector, ports: kept } };
}

/** Without nodes, host names and hints. */
function slice({ addressType, endpoints, ports }: Record<string, unknown>): Record<string, unknown> {
  const kept = itemsOf(endpoints).map(fieldsOf).map(({ addresses, conditions, targetRef, zone }) => {
    const { kind, name } = fieldsOf(targetRef);
    return { addresses, conditions: { ready: fieldsOf(conditions).ready }, ...(targetRef ? { targetRef: { kind, name } } : {}), zone };
  });
  return { addressType, endpoints: kept, ports: itemsOf(ports).map(fieldsOf).flatMap(({ name, port }) => port ? [{ name: name ?? "", port }] : []) };
}

/** Its address, and its ports by name. */
function pod({ containers }: Record<string, unknown>, { podIP, phase }: Record<string, unknown>): Record<string, unknown> {
  const ports = itemsOf(containers).flatMap((container) => itemsOf(fieldsOf(container).ports)).map(fieldsOf).filter(({ name }) => name !== undefined);
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
