import type { Field, Fields } from "./field.ts";
import type { Place } from "./problem.ts";

/** What every resource says about itself. */
export interface Metadata {
  /** API group, empty for Kubernetes' core. */
  group: string;
  kind: string;
  name: string;
  namespace: string;
  labels: Record<string, string>;
  annotations: Record<string, string>;
  at: Place;
}

const CLUSTER_WRITTEN = [
  "uid", "resourceVersion", "generation", "creationTimestamp", "deletionTimestamp", "deletionGracePeriodSeconds",
  "managedFields", "ownerReferences", "finalizers", "generateName", "selfLink",
];

/** Reads `metadata` and marks what stands beside `spec`; `namespace` is `default` where none is named. */
export function readMetadata(root: Fields, group: string, kind: string): Metadata {
  root.silent("apiVersion", "kind", "status");
  const metadata = root.required("metadata").record();
  const name = metadata.required("name").string() ?? "";
  const namespace = metadata.field("namespace").string() ?? "default";
  const labels = metadata.field("labels").stringMap();
  const annotations = metadata.field("annotations").stringMap();
  metadata.silent(...CLUSTER_WRITTEN);
  metadata.end();
  return { group, kind, name, namespace, labels, annotations, at: root.at };
}

/** `DestinationRule "demo"`, as messages name a resource. */
export function title(resource: { kind: string; name: string }): string { return `${resource.kind} "${resource.name}"`; }

export const DEFAULT_ROUTE_ANNOTATION = "meltemi.io/default-route";
export const UPSTREAM_ANNOTATION = "meltemi.io/upstream";
/** Of a Gateway: Envoys get its services when they are first used. */
export const ON_DEMAND_ANNOTATION = "meltemi.io/on-demand";
export const BIND_ANNOTATION = "meltemi.io/bind";

/** Of a ServiceEntry of a registry's: all namespaces that its servers name, where they name several. */
export const NAMESPACES_ANNOTATION = "meltemi.io/namespaces";

/** `defaultRoute: true` in the spec, or the same as an annotation where a schema forbids own fields. */
export function readDefaultRoute(root: Fields, spec: Fields): boolean {
  const own = spec.field("defaultRoute").boolean();
  return own ?? readAnnotation(root, DEFAULT_ROUTE_ANNOTATION)?.oneOf(["true", "false"]) === "true";
}

/** One annotation, where there are any. */
export function readAnnotation(root: Fields, name: string): Field | undefined {
  const metadata = root.field("metadata");
  const annotations = metadata.isRecord ? metadata.record().field("annotations") : metadata;
  return annotations.isRecord ? annotations.record().field(name) : undefined;
}

/** Reads each item with `read` and keeps those that could be read. */
export function each<In, Out>(items: In[], read: (item: In) => Out | undefined): Out[] {
  return items.map(read).filter((item) => item !== undefined) as Out[];
}
