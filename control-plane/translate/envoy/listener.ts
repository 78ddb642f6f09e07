import type { Ir, Listener } from "../../ir/ir.ts";
import { clusterNamed, doorName } from "../plugin.ts";
import { BUFFER_LIMIT, FOR_EVER } from "./defaults.ts";
import { seconds } from "./duration.ts";

const EXTENSIONS = "type.googleapis.com/envoy.extensions.filters";

/**
 * The numbers that the filter's back-pressure is built on: T = 2.5 MiB lies above half a stream window (Envoy gives
 * nothing back before), and T + buffer + one read stays below the window.
 */
const STREAM_WINDOW = 4 << 20;
const CONNECTION_WINDOW = 0x7fff_ffff;
/** A large message goes to its lane in few frames (RFC 9113, section 6.5.2); without it in pieces of 16 KiB. */
const SETTINGS_MAX_FRAME_SIZE = 5, MAX_FRAME = 1 << 20;
/** For a connection that Envoy closes: how long what is left may take to leave, and a client to answer. */
const CLOSE_MS = 1000;
/** A TLS handshake that is not over by then has no client behind it. */
const HANDSHAKE_MS = 15_000;

/** Lanes that one client connection may have open; the filter has a limit of its own far below. */
const MAX_LANES = 65_536;

/** What tcp_proxy takes while it waits for the filter's first bytes, and with them for its cluster. */
const EARLY_DATA = 65_536;

export interface ListenerOptions {
  /** Path of the module, where Envoy runs. */
  wasm: string;
  drainTimeoutMs: number;
  /** The filter's, as docs/config.md. */
  configuration: object;
  /** The transport socket for clients; absent: plain TCP. */
  tls?: object;
}

/**
 * Lanes: `[the filter, an HTTP connection manager]`: the filter is the manager's HTTP/2 client, each lane a CONNECT
 * stream. Inline: `[the filter, tcp_proxy]`.
 */
export function envoyListener(ir: Ir, listener: Listener, { wasm, drainTimeoutMs, configuration, tls }: ListenerOptions): object {
  return {
    name: listener.name,
    address: { socket_address: { address: listener.address, port_value: listener.port } },
    traffic_direction: "OUTBOUND",
    per_connection_buffer_limit_bytes: BUFFER_LIMIT,
    // Answers of the filter itself pass by Envoy's back-pressure: a client that never reads is closed. What a lane may have on
    // its way, 4 MiB, must leave within this time: a client that reads less than 70 KiB/s of large answers is closed as well.
    per_connection_buffer_high_watermark_timeout: "60s",
    // Without it nobody would know the name that a client asks for, `connection.sni`.
    ...(listener.tls ? { listener_filters: [{ name: "tls_inspector", typed_config: { "@type": `${EXTENSIONS}.listener.tls_inspector.v3.TlsInspector` } }] } : {}),
    filter_chains: [{
      ...(tls ? { transport_socket: tls, transport_socket_connect_timeout: seconds(HANDSHAKE_MS) } : {}),
      filters: [wasmFilter(listener, wasm, configuration), listener.upstream === "inline" ? tcpProxy(ir, listener) : connectionManager(listener, drainTimeoutMs)],
    }],
  };
}

function wasmFilter(listener: Listener, wasm: string, configuration: object): object {
  const config = {
    name: "meltemi",
    // A trap ends all that shares a VM: each listener has its own.
    vm_config: { vm_id: `meltemi_${listener.name}`, runtime: "envoy.wasm.runtime.v8", code: { local: { filename: wasm } } },
    configuration: { "@type": "type.googleapis.com/google.protobuf.StringValue", value: JSON.stringify(configuration) },
    failure_policy: "FAIL_RELOAD",
  };
  return { name: "meltemi", typed_config: { "@type": `${EXTENSIONS}.network.wasm.v3.Wasm`, config } };
}

/** Connects when the filter lets the first bytes pass: by then its filter state may name another cluster. */
function tcpProxy(ir: Ir, listener: Listener): object {
  const own = clusterNamed(ir, listener.ownCluster ?? "");
  return {
    name: "tcp",
    typed_config: {
      "@type": `${EXTENSIONS}.network.tcp_proxy.v3.TcpProxy`,
      stat_prefix: `inline_${listener.name}`,
      cluster: own?.slots ? doorName(listener, own) : listener.ownCluster,
      idle_timeout: FOR_EVER,
      max_connect_attempts: 1,
      upstream_connect_mode: "ON_DOWNSTREAM_DATA",
      max_early_data_bytes: EARLY_DATA,
    },
  };
}

function connectionManager(listener: Listener, drainTimeoutMs: number): object {
  return {
    name: "lanes",
    typed_config: {
      "@type": `${EXTENSIONS}.network.http_connection_manager.v3.HttpConnectionManager`,
      stat_prefix: `lanes_${listener.name}`,
      codec_type: "HTTP2",
      generate_request_id: false,
      common_http_protocol_options: { idle_timeout: FOR_EVER },
      stream_idle_timeout: FOR_EVER,
      request_timeout: FOR_EVER,
      request_headers_timeout: FOR_EVER,
      drain_timeout: seconds(drainTimeoutMs),
      delayed_close_timeout: seconds(CLOSE_MS),
      http2_protocol_options: {
        allow_connect: true,
        max_concurrent_streams: MAX_LANES,
        initial_stream_window_size: STREAM_WINDOW,
        initial_connection_window_size: CONNECTION_WINDOW,
        custom_settings_parameters: [{ identifier: SETTINGS_MAX_FRAME_SIZE, value: MAX_FRAME }],
      },
      upgrade_configs: [{ upgrade_type: "CONNECT" }],
      route_config: {
        name: "lanes",
        virtual_hosts: [{
          name: "lanes",
          domains: ["*"],
          response_headers_to_add: [
            responseHeader("x-meltemi-upstream", "%UPSTREAM_REMOTE_ADDRESS%"),
            responseHeader("x-meltemi-flags", "%RESPONSE_FLAGS%"),
            responseHeader("x-meltemi-details", "%RESPONSE_CODE_DETAILS%"),
          ],
          routes: [{
            match: { connect_matcher: {} },
            route: { cluster_header: "x-meltemi-cluster", timeout: FOR_EVER, idle_timeout: FOR_EVER, upgrade_configs: [{ upgrade_type: "CONNECT", connect_config: {} }] },
          }],
        }],
      },
      http_filters: [{ name: "router", typed_config: { "@type": `${EXTENSIONS}.http.router.v3.Router` } }],
    },
  };
}

function responseHeader(key: string, value: string): object { return { header: { key, value } }; }
