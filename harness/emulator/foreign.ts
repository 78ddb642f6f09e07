import { Status } from "./abi.ts";
import type { Context } from "./context.ts";

/** Filter state that Envoy can build from text (those with an ObjectFactory); other paths are NOT_FOUND. */
const FACTORIES = new Set([
  "envoy.tcp_proxy.cluster", "envoy.tcp_proxy.per_connection_idle_timeout_ms", "envoy.tcp_proxy.disable_tunneling",
  "envoy.network.upstream_server_name", "envoy.network.application_protocols", "envoy.network.upstream_subject_alt_names",
  "envoy.network.transport_socket.original_dst_address", "envoy.filters.listener.original_dst.local_ip",
  "envoy.filters.listener.original_dst.remote_ip", "envoy.upstream.dynamic_host", "envoy.upstream.dynamic_port",
  "envoy.ratelimit.hits_addend", "envoy.string", "envoy.network.ip", "envoy.network.network_namespace",
]);

/** Runs a foreign function; only `set_envoy_filter_state` is known. */
export function callForeign(name: string, context: Context, argument: Buffer): number {
  if (name !== "set_envoy_filter_state") return Status.NotFound;
  const fields = readMessage(argument);
  if (!fields) return Status.BadArgument;
  const path = String(fields.get(1) ?? ""), span = Number(fields.get(3) ?? 0);
  if (!context.connection || !FACTORIES.has(path)) return Status.NotFound;
  context.connection.filterState.set(path, { value: String(fields.get(2) ?? ""), span });
  return Status.Ok;
}

/** Fields of a protobuf message of texts and varints below 2^31; null if it is not one. */
function readMessage(bytes: Buffer): Map<number, Buffer | number> | null {
  const fields = new Map<number, Buffer | number>();
  let at = 0;
  const varint = (): number => {
    let value = 0;
    for (let shift = 0; shift < 35; shift += 7) {
      const byte = bytes[at++] ?? NaN;
      value += (byte & 0x7f) * 2 ** shift;
      if (!(byte & 0x80)) return Number.isNaN(byte) ? NaN : value;
    }
    return NaN;
  };
  while (at < bytes.length) {
    const tag = varint(), value = varint();
    if (Number.isNaN(tag + value)) return null;
    if ((tag & 7) === 0) fields.set(tag >> 3, value);
    else if ((tag & 7) === 2 && at + value <= bytes.length) fields.set(tag >> 3, bytes.subarray(at, at += value));
    else return null;
  }
  return fields;
}
