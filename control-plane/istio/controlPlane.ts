import { stringify } from "yaml";
import { rbacRules } from "../provider/kubernetes/kinds.ts";
import { type ControlPlanePlace, type ControlPlaneTls, type Manifest, XDS_PORT } from "./common.ts";

const STATUS_PORT = 18080;
const NAME = "meltemi", RULES = "/etc/meltemi", LABELS = { app: NAME };
const RULES_NAME = "meltemi-rules";
/** Of a sidecar's or gateway's id (`sidecar~10.0.0.1~pod.ns~ns.svc.cluster.local`) the namespace is that of Istio's certificate. */
const NODE_RULE = "uri:spiffe://*/ns/{ns}/sa/*=>*~*~*.{ns}~*";
const CERTIFICATE = "/etc/meltemi-tls/own", CLIENTS = "/etc/meltemi-tls/clients";
/** Istio keeps it in each namespace: whose word the certificates of its workloads have. */
const ISTIO_CA = { configMap: "istio-ca-root-cert", file: "root-cert.pem" };

/** All that runs `meltemi serve` in a cluster; `rules` are resources that it cannot have from the API server. */
export function controlPlaneManifests(rules: readonly object[], { namespace, image, allPages }: ControlPlanePlace, tls?: ControlPlaneTls): Manifest[] {
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
    { apiVersion: "apps/v1", kind: "Deployment", metadata: here, spec: deployment(image, volumesOf(rules.length > 0, tls), allPages ? [] : ["--status-pages", "metrics"]) },
  ];
}

/** A folder of the container, and what the command is told of it. */
interface Volume { name: string; path: string; source: object; args: string[] }

function volumesOf(hasRules: boolean, tls: ControlPlaneTls | undefined): Volume[] {
  return [
    ...(hasRules ? [{ name: "rules", path: RULES, source: { configMap: { name: RULES_NAME } }, args: ["-f", RULES] }] : []),
    ...(tls ? [
      { name: "certificate", path: CERTIFICATE, source: { secret: { secretName: tls.secret } }, args: ["--tls-cert", `${CERTIFICATE}/tls.crt`, "--tls-key", `${CERTIFICATE}/tls.key`] },
      { name: "clients", path: CLIENTS, source: { configMap: { name: ISTIO_CA.configMap } }, args: ["--tls-ca", `${CLIENTS}/${ISTIO_CA.file}`, "--node-from-cert", NODE_RULE] },
    ] : []),
  ];
}

/** Any number of replicas serve alike: none leads. */
function deployment(image: string, volumes: readonly Volume[], pages: readonly string[]): object {
  const probe = { httpGet: { path: "/healthz", port: STATUS_PORT } };
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
          args: ["serve", "--kubernetes", "--address", "0.0.0.0", "--port", String(XDS_PORT), "--status-address", "0.0.0.0", "--status-port", String(STATUS_PORT), ...pages, ...volumes.flatMap(({ args }) => args)],
          ports: [{ containerPort: XDS_PORT }, { containerPort: STATUS_PORT }],
          readinessProbe: probe, livenessProbe: { ...probe, initialDelaySeconds: 10 },
          resources: { requests: { cpu: "100m", memory: "256Mi" } },
          securityContext: { allowPrivilegeEscalation: false, readOnlyRootFilesystem: true, runAsNonRoot: true, capabilities: { drop: ["ALL"] } },
          ...(volumes.length > 0 ? { volumeMounts: volumes.map(({ name, path }) => ({ name, mountPath: path, readOnly: true })) } : {}),
        }],
        ...(volumes.length > 0 ? { volumes: volumes.map(({ name, source }) => ({ name, ...source })) } : {}),
      },
    },
  };
}
