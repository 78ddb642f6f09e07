/** A kind of resource as the API server offers it. */
export interface Kind {
  /** Empty: Kubernetes' core. */
  group: string;
  /** Those that control-plane/api reads, best first. */
  versions: string[];
  plural: string;
  kind: string;
  /** It belongs to no namespace. */
  clusterWide?: true;
}

const ISTIO = ["v1", "v1beta1", "v1alpha3"];

/** What is listed and watched. Endpoints are not: EndpointSlices say the same since Kubernetes 1.21. */
export const KINDS: Kind[] = [
  { group: "", versions: ["v1"], plural: "services", kind: "Service" },
  { group: "", versions: ["v1"], plural: "pods", kind: "Pod" },
  { group: "discovery.k8s.io", versions: ["v1"], plural: "endpointslices", kind: "EndpointSlice" },
  ...istio("virtualservices", "VirtualService"), ...istio("destinationrules", "DestinationRule"), ...istio("serviceentries", "ServiceEntry"),
  ...istio("workloadentries", "WorkloadEntry"), ...istio("gateways", "Gateway"),
  { group: "metaprotocol.aeraki.io", versions: ["v1alpha1"], plural: "metarouters", kind: "MetaRouter" },
  { group: "metaprotocol.aeraki.io", versions: ["v1alpha1"], plural: "applicationprotocols", kind: "ApplicationProtocol", clusterWide: true },
  { group: "redis.aeraki.io", versions: ["v1alpha1"], plural: "redisservices", kind: "RedisService" },
  { group: "redis.aeraki.io", versions: ["v1alpha1"], plural: "redisdestinations", kind: "RedisDestination" },
  { group: "dubbo.aeraki.io", versions: ["v1alpha1"], plural: "dubboauthorizationpolicies", kind: "DubboAuthorizationPolicy" },
  { group: "networking.aeraki.io", versions: ["v1alpha1"], plural: "virtualservices", kind: "VirtualService" },
  { group: "meltemi.io", versions: ["v1alpha1"], plural: "policies", kind: "Policy" },
];

/** Read one by one, where a resource names one. */
export const SECRET: Kind = { group: "", versions: ["v1"], plural: "secrets", kind: "Secret" };

function istio(plural: string, kind: string): Kind[] { return [{ group: "networking.istio.io", versions: ISTIO, plural, kind }]; }

/** What the control plane must be allowed: a ClusterRole's `rules`. */
export function rbacRules(): { apiGroups: string[]; resources: string[]; verbs: string[] }[] {
  const all = [...KINDS, SECRET], groups = [...new Set(all.map(({ group }) => group))];
  return groups.map((group) => ({ apiGroups: [group], resources: all.filter((kind) => kind.group === group).map(({ plural }) => plural).sort(), verbs: ["list", "watch"] }));
}
