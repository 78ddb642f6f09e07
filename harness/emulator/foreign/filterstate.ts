import { Status } from "../abi.ts";
import type { Foreign } from "./types.ts";
import { readMessage } from "./protobuf.ts";

/** Filter state that Envoy can build from text (those with an ObjectFactory); other paths are NOT_FOUND. */
const FACTORIES = new Set([
  "envoy.tcp_proxy.cluster", "envoy.tcp_proxy.per_connection_idle_timeout_ms", "envoy.tcp_proxy.disable_tunneling",
  "envoy.network.upstream_server_name", "envoy.network.application_protocols", "envoy.network.upstream_subject_alt_names",
  "envoy.network.transport_socket.original_dst_address", "envoy.filters.listener.original_dst.local_ip",
  "envoy.filters.listener.original_dst.remote_ip", "envoy.upstream.dynamic_host", "envoy.upstream.dynamic_port",
  "envoy.ratelimit.hits_addend", "envoy.string", "envoy.network.ip", "envoy.network.network_namespace",
]);

/** SetEnvoyFilterStateArguments {path, value, span}. */
export const setFilterState: Foreign = (_host, context, argument) => {
  const fields = readMessage(argument);
  if (!fields) return Status.BadArgument;
  const path = String(fields.get(1) ?? ""), value = String(fields.get(2) ?? ""), span = Number(fields.get(3) ?? 0);
  const stream = context.connection ?? context.http;
  if (!stream || !FACTORIES.has(path)) return Status.NotFound;
  stream.filterState.set(path, { value, span });
  return Status.Ok;
};

/**
 * DeclarePropertyArguments {name, readonly, type, schema, span}: once for each name and context. Only what a root declared
 * counts for the properties that its streams set.
 */
export const declareProperty: Foreign = (_host, context, argument) => {
  const fields = readMessage(argument);
  if (!fields) return Status.BadArgument;
  return context.properties.declare(String(fields.get(1) ?? ""), fields.get(2) === 1) ? Status.Ok : Status.BadArgument;
};
