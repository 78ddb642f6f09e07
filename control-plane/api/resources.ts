import { readAerakiVirtualService } from "./aerakiVirtualService.ts";
import { readApplicationProtocol, type ApplicationProtocol } from "./applicationProtocol.ts";
import { readSecret, type SecretResource } from "./credentials.ts";
import { readDestinationRule, type DestinationRule } from "./destinationRule.ts";
import { parseSource } from "./document.ts";
import { readDubboAuthorization, type DubboAuthorization } from "./dubboAuthorization.ts";
import type { Field, Fields } from "./field.ts";
import { readEndpoints, readEndpointSlice, readPod, readService, type EndpointSet } from "./kubernetes.ts";
import { readGateway, type Gateway } from "./gateway.ts";
import { readMetadata, title, type Metadata } from "./metadata.ts";
import { readMetaRouter } from "./metaRouter.ts";
import { readPolicy, type Policy } from "./policy.ts";
import { order, Problems } from "./problem.ts";
import { readRedisService, type RedisService } from "./redis.ts";
import { readRedisDestination, type RedisDestination } from "./redisDestination.ts";
import type { RouteResource } from "./route.ts";
import { readServiceEntry, readWorkloadEntry, type Service, type Workload } from "./service.ts";
import type { Source } from "./sourceFile.ts";
import { closest, didYouMean } from "./suggest.ts";
import { readVirtualService } from "./virtualService.ts";

/** All resources, each kind in an order that does not depend on where they were written. */
export interface Resources {
  services: Service[];
  gateways: Gateway[];
  workloads: Workload[];
  endpointSets: EndpointSet[];
  destinationRules: DestinationRule[];
  routes: RouteResource[];
  applicationProtocols: ApplicationProtocol[];
  redisServices: RedisService[];
  redisDestinations: RedisDestination[];
  secrets: SecretResource[];
  policies: Policy[];
  dubboAuthorizations: DubboAuthorization[];
}

interface Kind { versions: string[]; read(root: Fields, metadata: Metadata, into: Resources): void }

const ISTIO = ["v1alpha3", "v1beta1", "v1"];

/** By `<kind>.<group>`; the core group has no name. */
const KINDS: Record<string, Kind> = {
  "ServiceEntry.networking.istio.io": { versions: ISTIO, read: (r, m, into) => keep(into.services, readServiceEntry(r, m)) },
  "WorkloadEntry.networking.istio.io": { versions: ISTIO, read: (r, m, into) => keep(into.workloads, readWorkloadEntry(r, m)) },
  "Gateway.networking.istio.io": { versions: ISTIO, read: (r, m, into) => keep(into.gateways, readGateway(r, m)) },
  "DestinationRule.networking.istio.io": { versions: ISTIO, read: (r, m, into) => keep(into.destinationRules, readDestinationRule(r, m)) },
  "VirtualService.networking.istio.io": { versions: ISTIO, read: (r, m, into) => keep(into.routes, readVirtualService(r, m)) },
  "VirtualService.networking.aeraki.io": { versions: ["v1alpha1"], read: (r, m, into) => keep(into.routes, readAerakiVirtualService(r, m)) },
  "MetaRouter.metaprotocol.aeraki.io": { versions: ["v1alpha1"], read: (r, m, into) => keep(into.routes, readMetaRouter(r, m)) },
  "ApplicationProtocol.metaprotocol.aeraki.io":
    { versions: ["v1alpha1"], read: (r, m, into) => keep(into.applicationProtocols, readApplicationProtocol(r, m)) },
  "RedisService.redis.aeraki.io": { versions: ["v1alpha1"], read: (r, m, into) => keep(into.redisServices, readRedisService(r, m)) },
  "RedisDestination.redis.aeraki.io": { versions: ["v1alpha1"], read: (r, m, into) => keep(into.redisDestinations, readRedisDestination(r, m)) },
  "DubboAuthorizationPolicy.dubbo.aeraki.io":
    { versions: ["v1alpha1"], read: (r, m, into) => keep(into.dubboAuthorizations, readDubboAuthorization(r, m)) },
  "Policy.meltemi.io": { versions: ["v1alpha1"], read: (r, m, into) => keep(into.policies, readPolicy(r, m)) },
  "Secret.": { versions: ["v1"], read: (r, m, into) => keep(into.secrets, readSecret(r, m)) },
  "Service.": { versions: ["v1"], read: (r, m, into) => keep(into.services, readService(r, m)) },
  "Endpoints.": { versions: ["v1"], read: (r, m, into) => keep(into.endpointSets, readEndpoints(r, m)) },
  "EndpointSlice.discovery.k8s.io": { versions: ["v1", "v1beta1"], read: (r, m, into) => keep(into.endpointSets, readEndpointSlice(r, m)) },
  "Pod.": { versions: ["v1"], read: (r, m, into) => keep(into.workloads, readPod(r, m)) },
};

/** Groups whose kinds steer traffic: one that is not read here would be missed. */
const STEERING_GROUPS = [
  "networking.istio.io", "security.istio.io", "extensions.istio.io", "telemetry.istio.io", "gateway.networking.k8s.io",
  "redis.aeraki.io", "dubbo.aeraki.io", "metaprotocol.aeraki.io", "networking.aeraki.io", "meltemi.io",
];
const STEERING_KINDS = [
  "Gateway", "EnvoyFilter", "Sidecar", "WorkloadGroup", "ProxyConfig", "AuthorizationPolicy", "PeerAuthentication",
  "RequestAuthentication", "WasmPlugin", "Telemetry",
  "GatewayClass", "HTTPRoute", "GRPCRoute", "TCPRoute", "TLSRoute",
];
/** Kubernetes kinds that often stand in the same files. */
const BYSTANDERS = [
  "Namespace", "Deployment", "StatefulSet", "DaemonSet", "ReplicaSet", "Job", "CronJob", "ConfigMap", "ServiceAccount",
  "Role", "RoleBinding", "ClusterRole", "ClusterRoleBinding", "CustomResourceDefinition", "PersistentVolumeClaim", "Ingress",
  "NetworkPolicy", "HorizontalPodAutoscaler", "PodDisruptionBudget",
];

/** What one source says. */
interface Reading { text: string; resources: Resources; problems: Problems; complete: boolean }

/** What was read for the mesh before, by file: of many resources few change at a time, and reading is most of the work. */
let before = new Map<string, Reading[]>();

const nothing = (): Resources => ({
  services: [], gateways: [], workloads: [], endpointSets: [], destinationRules: [], routes: [], applicationProtocols: [],
  redisServices: [], redisDestinations: [], secrets: [], policies: [], dubboAuthorizations: [],
});

/**
 * Reads all documents of all sources; a source whose text has not changed gives the same objects again. `complete` is false if something could not be read at all: then what is missing
 * among the resources is no mistake of theirs.
 */
export function readResources(sources: readonly Source[], problems: Problems): { resources: Resources; complete: boolean } {
  const resources = nothing(), readings = new Map<string, Reading[]>();
  let complete = true;
  for (const source of sources) {
    const reading = before.get(source.file)?.find(({ text }) => text === source.text) ?? readSource(source);
    readings.set(source.file, [...readings.get(source.file) ?? [], reading]);
    for (const kind of Object.keys(resources) as (keyof Resources)[]) for (const each of reading.resources[kind]) resources[kind].push(each as never);
    problems.errors.push(...reading.problems.errors);
    problems.warnings.push(...reading.problems.warnings);
    complete &&= reading.complete;
  }
  before = readings;
  for (const kept of Object.values(resources) as Metadata[][]) {
    kept.sort(byIdentity);
    reportTwins(kept, problems);
  }
  return { resources, complete };
}

function readSource(source: Source): Reading {
  const resources = nothing(), problems = new Problems(), parsed = parseSource(source, problems);
  let { complete } = parsed;
  for (const root of parsed.roots) {
    try {
      complete = readResource(root, resources) && complete;
    } catch (error) {
      // a mistake of ours; its message may quote what is written
      root.error(`cannot be read (${(error as Error).name})`);
      complete = false;
    }
  }
  return { text: source.text, resources, problems, complete };
}

/** False if the document could not be told to be any resource. */
function readResource(root: Field, into: Resources): boolean {
  if (!root.isRecord) {
    root.error("must be a resource: an object with apiVersion, kind, metadata and spec");
    return false;
  }
  const fields = root.record();
  const [apiVersion, kindName] = [fields.required("apiVersion").string(), fields.required("kind").string()];
  if (apiVersion === undefined || kindName === undefined) return false;
  const slash = apiVersion.lastIndexOf("/");
  const [group, version] = [apiVersion.slice(0, Math.max(slash, 0)), apiVersion.slice(slash + 1)];
  const kind = KINDS[`${kindName}.${group}`];
  if (kind === undefined) return readUnknown(fields, kindName, group);
  if (!kind.versions.includes(version)) {
    fields.field("apiVersion").error(`unknown version of ${kindName}`, kind.versions.map((v) => (group ? `${group}/${v}` : v)));
  }
  const metadata = readMetadata(fields, group, kindName);
  kind.read(fields, metadata, into);
  fields.silent("spec");
  fields.end();
  return true;
}

/** True if the document may be passed over. */
function readUnknown(fields: Fields, kind: string, group: string): boolean {
  const sameKind = Object.keys(KINDS).filter((name) => name.startsWith(`${kind}.`)).map((name) => name.slice(kind.length + 1));
  if (STEERING_KINDS.includes(kind) && (group === "" || STEERING_GROUPS.includes(group))) {
    fields.field("kind").error(`${kind} is not supported yet and would have no effect: remove it`);
    return true;
  }
  if (BYSTANDERS.includes(kind)) {
    fields.field("kind").warn(`${kind} has no effect here: ignored`);
    return true;
  }
  if (sameKind.length > 0) {
    fields.field("apiVersion").error(`no ${kind} of this group is known${didYouMean(group, sameKind)}`, sameKind.map((g) => g || "v1"));
    return false;
  }
  const names = [...new Set(Object.keys(KINDS).map((name) => name.split(".")[0]!))].sort();
  const hint = closest(kind, [...names, ...STEERING_KINDS, ...BYSTANDERS]);
  fields.field("kind").error(`unknown kind${hint ? `, did you mean "${hint}"?` : ""}`, names);
  return false;
}

function keep<T>(list: T[], item: T | undefined): void { if (item !== undefined) list.push(item); }

function byIdentity(a: Metadata, b: Metadata): number {
  return order(a.namespace, b.namespace) || order(a.name, b.name) || order(a.kind, b.kind) || order(a.group, b.group) ||
    order(a.at.file, b.at.file) || a.at.document - b.at.document;
}

function reportTwins(sorted: Metadata[], problems: Problems): void {
  for (const [i, resource] of sorted.entries()) {
    const before = sorted[i - 1];
    if (before === undefined || resource.name === "" || resource.kind !== before.kind || resource.group !== before.group) continue;
    if (resource.namespace !== before.namespace || resource.name !== before.name) continue;
    const where = `${before.at.file}, document ${before.at.document}`;
    problems.error(resource.at, `${title(resource)} in namespace ${resource.namespace} is defined twice, also in ${where}`);
  }
}
