import { XDS_CLUSTER } from "../translate/envoy/dynamic.ts";
import { internalListeners } from "../translate/envoy/redisProxy.ts";

export interface BootstrapOptions {
  node: { id: string; cluster?: string; metadata?: Record<string, unknown> };
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
export interface XdsTls { certificate: string; key: string; ca: string; /** The name in the control plane's certificate. */ serverName?: string }

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
    static_resources: { clusters: [xdsCluster(address, port, tls)] },
  };
}

const HTTP_OPTIONS = "envoy.extensions.upstreams.http.v3.HttpProtocolOptions", TLS = "type.googleapis.com/envoy.extensions.transport_sockets.tls.v3";

function xdsCluster(address: string, port: number, tls: XdsTls | undefined): object {
  // a control plane that has gone without a word is missed after this time
  const http2_protocol_options = { connection_keepalive: { interval: "10s", timeout: "5s" } };
  return {
    name: XDS_CLUSTER,
    type: "STRICT_DNS",
    connect_timeout: "2s",
    typed_extension_protocol_options: { [HTTP_OPTIONS]: { "@type": `type.googleapis.com/${HTTP_OPTIONS}`, explicit_http_config: { http2_protocol_options } } },
    // each listener has a stream of its own on each worker
    circuit_breakers: { thresholds: [{ max_connections: 100_000, max_pending_requests: 100_000, max_requests: 100_000 }] },
    load_assignment: { cluster_name: XDS_CLUSTER, endpoints: [{ lb_endpoints: [{ endpoint: { address: { socket_address: { address, port_value: port } } } }] }] },
    ...(tls ? { transport_socket: { name: "tls", typed_config: upstreamTls(tls) } } : {}),
  };
}

function upstreamTls({ certificate, key, ca, serverName }: XdsTls): object {
  return {
    "@type": `${TLS}.UpstreamTlsContext`,
    ...(serverName ? { sni: serverName } : {}),
    common_tls_context: {
      tls_certificates: [{ certificate_chain: { filename: certificate }, private_key: { filename: key } }],
      validation_context: {
        trusted_ca: { filename: ca },
        ...(serverName ? { match_typed_subject_alt_names: [{ san_type: "DNS", matcher: { exact: serverName } }] } : {}),
      },
    },
  };
}
