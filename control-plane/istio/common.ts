/** What all manifests of Istio have in common. */

export interface ControlPlanePlace {
  namespace: string;
  /** The control plane's image: this package, with `meltemi` as its command. */
  image: string;
  /** /status and /debug too: whoever reaches the Service may read them. Absent: /metrics alone, and /healthz for probes. */
  allPages?: boolean | undefined;
}

/** How sidecars know the control plane. It knows them by what Istio gave each of them. */
export interface ControlPlaneTls {
  /** A Secret of type kubernetes.io/tls in the control plane's namespace. */
  secret: string;
  /** The name in its certificate. */
  name: string;
  /** Certificates of its authority in PEM; absent: it is Istio's. */
  ca?: string;
}

export const XDS_PORT = 18000;

export type Manifest = Record<string, unknown> & { kind: string; metadata: { name: string; namespace?: string } };

export interface ManifestOptions extends ControlPlanePlace {
  /** Where EnvoyFilters hold for the whole mesh: Istio's root namespace. */
  rootNamespace: string;
  /** Path of the module in the sidecars that have it. */
  module: string;
  /** Where Istio fetches the module for services that are inline: oci://, https:// or file://. */
  url: string;
  drainTimeoutMs: number;
  /** Sidecars and control plane know each other by certificates; absent: neither does. */
  tls?: ControlPlaneTls;
  /** HTTP filters by name, and where Istio fetches each. */
  httpFilters?: Record<string, string>;
}

/** A text that may be a name of Kubernetes. */
export const slug = (text: string): string => text.toLowerCase().replace(/[^a-z0-9]+/g, "-").replace(/^-|-$/g, "");
