/** One Envoy with a listener for each case, named after it. */
import type { Case } from "./case.ts";
import { configuration } from "./guest.ts";

export interface Ports { web: number; metadata: number; tcp: number; grpc: number; refused: number }

type Json = Record<string, unknown>;
const typed = (type: string, rest: Json): Json => ({ "@type": `type.googleapis.com/${type}`, ...rest });
const text = (value: string): Json => typed("google.protobuf.StringValue", { value });

export function bootstrap(cases: Case[], wasm: string, ports: Ports): Json {
  return {
    node: { id: "parity-node", cluster: "parity-cluster", metadata: { label: "value" } },
    static_resources: {
      listeners: cases.map(one => listener(one, wasm)),
      clusters: [cluster("web", ports.web), cluster("tcp", ports.tcp), cluster("grpc", ports.grpc, true), cluster("refused", ports.refused), cluster("refusedgrpc", ports.refused, true), cluster("metadata", ports.metadata, true)],
    },
  };
}

function plugin(one: Case, wasm: string): Json {
  return {
    name: one.name, root_id: one.name,
    vm_config: {
      vm_id: one.ownVm ? one.name : "shared", runtime: "envoy.wasm.runtime.v8", code: { local: { filename: wasm } },
      ...(one.ownVm ? { configuration: text(one.name) } : {}),
    },
    configuration: text(configuration(one)),
    ...(one.reload ? { failure_policy: "FAIL_RELOAD" } : {}),
  };
}

export function listener(one: Case, wasm: string): Json {
  return {
    name: one.name, address: { socket_address: { address: "127.0.0.1", port_value: 0 } },
    filter_chains: [{ filters: one.kind === "http" ? [manager(plugin(one, wasm), one.metadata ? "metadata" : "web")] : [filter(plugin(one, wasm)), proxy()] }],
  };
}

function filter(config: Json): Json {
  return { name: "wasm", typed_config: typed("envoy.extensions.filters.network.wasm.v3.Wasm", { config }) };
}

function proxy(): Json {
  return { name: "tcp", typed_config: typed("envoy.extensions.filters.network.tcp_proxy.v3.TcpProxy", { stat_prefix: "tcp", cluster: "tcp" }) };
}

function manager(config: Json, cluster: string): Json {
  const http = "envoy.extensions.filters.network.http_connection_manager.v3.HttpConnectionManager";
  return {
    name: "hcm",
    typed_config: typed(http, {
      stat_prefix: "hcm", codec_type: "AUTO", generate_request_id: false, http_protocol_options: { enable_trailers: true }, http2_protocol_options: { allow_metadata: true },
      route_config: { name: "routes", virtual_hosts: [{ name: "all", domains: ["*"], routes: [{ name: "route", match: { prefix: "/" }, route: { cluster } }] }] },
      http_filters: [
        { name: "wasm", typed_config: typed("envoy.extensions.filters.http.wasm.v3.Wasm", { config }) },
        { name: "router", typed_config: typed("envoy.extensions.filters.http.router.v3.Router", { suppress_envoy_headers: true }) },
      ],
    }),
  };
}

function cluster(name: string, port: number, http2 = false): Json {
  const options = { explicit_http_config: http2 ? { http2_protocol_options: { allow_metadata: true } } : { http_protocol_options: { enable_trailers: true } } };
  return {
    name, type: "STATIC", connect_timeout: "1s",
    load_assignment: { cluster_name: name, endpoints: [{ lb_endpoints: [{ endpoint: { address: { socket_address: { address: "127.0.0.1", port_value: port } } } }] }] },
    typed_extension_protocol_options: { "envoy.extensions.upstreams.http.v3.HttpProtocolOptions": typed("envoy.extensions.upstreams.http.v3.HttpProtocolOptions", options) },
  };
}
