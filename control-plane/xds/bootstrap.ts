import { dirname } from "node:path";
import { XDS_CLUSTER } from "../translate/envoy/dynamic.ts";
import { BUFFER_LIMIT, circuitBreakers } from "../translate/envoy/defaults.ts";
import { internalListeners } from "../translate/envoy/redisProxy.ts";

export interface BootstrapOptions {
  node: { id: string; cluster?: string; metadata?: Record<string, unknown>; locality?: { region?: string; zone?: string; sub_zone?: string } };
  /** Where the control plane is. */
  address: string;
  port: number;
  /** 0: the system chooses. */
  adminPort: number;
  mode: "delta" | "sotw";
  /** `stats_config`, as `statsConfig` gives it. */
  stats: object;
  tls?: XdsTls;
}

/** Files where Envoy runs. */
export interface XdsTls {
  /** Who the Envoy is, if the control plane asks for it. */
  certificate?: string;
  key?: string;
  /** Whose word the control plane's certificate needs. */
  ca: string;
  /** The name in the control plane's certificate. */
  serverName?: string;
  /** Files with `xdsSecrets`: with them Envoy reads the others anew when they are replaced. */
  secrets?: { certificate?: string; ca: string };
}

/** The bootstrap of an Envoy that has everything else from the control plane. */
export function xdsBootstrap({ node, address, port, adminPort, mode, stats, tls }: BootstrapOptions): object {
  const grpc_services = [{ envoy_grpc: { cluster_name: XDS_CLUSTER } }];
  const ads = { ads: {}, resource_api_version: "V3" };
  return {
    node: { cluster: "meltemi", ...node },
    admin: { address: { socket_address: { address: "127.0.0.1", port_value: adminPort } } },
    stats_config: stats,
    bootstrap_extensions: [internalListeners],
    dynamic_resources: {
      ads_config: { api_type: mode === "delta" ? "DELTA_GRPC" : "GRPC", transport_api_version: "V3", grpc_services },
      cds_config: ads, lds_config: ads,
    },
    static_resources: { clusters: [xdsCluster(address, port, tls && upstreamTls(tls))] },
  };
}

const HTTP_OPTIONS = "envoy.extensions.upstreams.http.v3.HttpProtocolOptions", TLS = "type.googleapis.com/envoy.extensions.transport_sockets.tls.v3";

/** `tls`: an UpstreamTlsContext. */
export function xdsCluster(address: string, port: number, tls?: object): object {
  // the connection to a control plane that does not answer is closed after this time
  const http2_protocol_options = { connection_keepalive: { interval: "10s", timeout: "5s" } };
  return {
    name: XDS_CLUSTER,
    type: "STRICT_DNS",
    connect_timeout: "2s",
    typed_extension_protocol_options: { [HTTP_OPTIONS]: { "@type": `type.googleapis.com/${HTTP_OPTIONS}`, explicit_http_config: { http2_protocol_options } } },
    // each listener has a stream of its own on each worker
    per_connection_buffer_limit_bytes: BUFFER_LIMIT,
    circuit_breakers: circuitBreakers(),
    load_assignment: { cluster_name: XDS_CLUSTER, endpoints: [{ lb_endpoints: [{ endpoint: { address: { socket_address: { address, port_value: port } } } }] }] },
    ...(tls ? { transport_socket: { name: "tls", typed_config: { "@type": `${TLS}.UpstreamTlsContext`, ...tls } } } : {}),
  };
}

function upstreamTls({ certificate, key, ca, serverName, secrets }: XdsTls): object {
  const names = serverName ? named(serverName) : {};
  const fromFile = (name: string, path: string): object => ({ name, sds_config: { path_config_source: { path }, resource_api_version: "V3" } });
  const own = certificate === undefined || key === undefined ? {}
    : secrets?.certificate ? { tls_certificate_sds_secret_configs: [fromFile(OWN, secrets.certificate)] } : { tls_certificates: [pair(certificate, key)] };
  const peer = secrets ? { combined_validation_context: { default_validation_context: names, validation_context_sds_secret_config: fromFile(PEER, secrets.ca) } }
    : { validation_context: { trusted_ca: { filename: ca }, ...names } };
  return { ...(serverName ? { sni: serverName } : {}), common_tls_context: { alpn_protocols: ["h2"], ...own, ...peer } };
}

/** Of a validation context: the name that the control plane's certificate must have. */
export const named = (server: string): object => ({ match_typed_subject_alt_names: [{ san_type: "DNS", matcher: { exact: server } }] });

const OWN = "meltemi-xds-certificate", PEER = "meltemi-xds-ca";
const pair = (certificate: string, key: string): object => ({ certificate_chain: { filename: certificate }, private_key: { filename: key } });

/** What stands in the files of `XdsTls.secrets`: Envoy watches the folders of the files that they name. */
export function xdsSecrets({ certificate, key, ca }: XdsTls): { certificate?: object; ca: object } {
  const secret = (content: object): object => ({ resources: [{ "@type": `${TLS}.Secret`, ...content }] });
  const watched = (path: string): object => ({ watched_directory: { path: dirname(path) } });
  return {
    ...(certificate === undefined || key === undefined ? {} : { certificate: secret({ name: OWN, tls_certificate: { ...pair(certificate, key), ...watched(certificate) } }) }),
    ca: secret({ name: PEER, validation_context: { trusted_ca: { filename: ca }, ...watched(ca) } }),
  };
}
