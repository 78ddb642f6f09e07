import { stringify } from "yaml";
import { rbacRules } from "../provider/kubernetes/kinds.ts";
import type { Manifest } from "./manifests.ts";

export interface ControlPlanePlace {
  namespace: string;
  /** The control plane's image: this package, with `meltemi` as its command. */
  image: string;
}

export const XDS_PORT = 18000;
const STATUS_PORT = 18080;
const NAME = "meltemi", RULES = "/etc/meltemi", LABELS = { app: NAME };
const RULES_NAME = "meltemi-rules";

/** All that runs `meltemi serve` in a cluster; `rules` are resources that it cannot have from the API server. */
export function controlPlaneManifests(rules: readonly object[], { namespace, image }: ControlPlanePlace): Manifest[] {
  const here = { name: NAME, namespace };
  const configMap = { apiVersion: "v1", kind: "ConfigMap", metadata: { name: RULES_NAME, namespace }, data: { "rules.yaml": rules.map((rule) => stringify(rule)).join("---\n") } };
  return [
    { apiVersion: "v1", kind: "Namespace", metadata: { name: namespace } },
    { apiVersion: "v1", kind: "ServiceAccount", metadata: here },
    { apiVersion: "rbac.authorization.k8s.io/v1", kind: "ClusterRole", metadata: { name: NAME }, rules: rbacRules() },
    {
      apiVersion: "rbac.authorization.k8s.io/v1", kind: "ClusterRoleBinding", metadata: { name: NAME },
      roleRef: { apiGroup: "rbac.authorization.k8s.io", kind: "ClusterRole", name: NAME }, subjects: [{ kind: "ServiceAccount", name: NAME, namespace }],
    },
    ...(rules.length > 0 ? [configMap] : []),
    { apiVersion: "v1", kind: "Service", metadata: here, spec: { selector: LABELS, ports: [{ name: "grpc-xds", port: XDS_PORT }, { name: "http-status", port: STATUS_PORT }] } },
    { apiVersion: "apps/v1", kind: "Deployment", metadata: here, spec: deployment(image, rules.length > 0) },
  ];
}

/** Any number of replicas serve alike: none leads. */
function deployment(image: string, hasRules: boolean): object {
  const probe = { httpGet: { path: "/status", port: STATUS_PORT } };
  return {
    replicas: 2,
    selector: { matchLabels: LABELS },
    template: {
      // it serves sidecars, and needs none
      metadata: { labels: { ...LABELS, "sidecar.istio.io/inject": "false" } },
      spec: {
        serviceAccountName: NAME,
        containers: [{
          name: NAME, image,
          args: ["serve", "--kubernetes", ...(hasRules ? ["-f", RULES] : []), "--address", "0.0.0.0", "--port", String(XDS_PORT), "--status-port", String(STATUS_PORT)],
          ports: [{ containerPort: XDS_PORT }, { containerPort: STATUS_PORT }],
          readinessProbe: probe, livenessProbe: { ...probe, initialDelaySeconds: 10 },
          resources: { requests: { cpu: "100m", memory: "256Mi" } },
          securityContext: { allowPrivilegeEscalation: false, readOnlyRootFilesystem: true, runAsNonRoot: true, capabilities: { drop: ["ALL"] } },
          ...(hasRules ? { volumeMounts: [{ name: "rules", mountPath: RULES, readOnly: true }] } : {}),
        }],
        ...(hasRules ? { volumes: [{ name: "rules", configMap: { name: RULES_NAME } }] } : {}),
      },
    },
  };
}
