/**
 * Envoy's attributes (envoyproxy.io, "Attributes"), by their names there: `connection.mtls.isTrue()`. Each is made when it
 * is first used and costs nothing otherwise. Which exist when: `upstream`, `response` and `xds` after routing; `request`
 * and `response` on HTTP streams only, and those from headers only while the headers can be read or in `onLog` (later `request.path`
 * is NotFound); `response.grpcStatus` is 2 for an answer that is no gRPC; those of TLS on TLS connections only.
 */
import { Property, property } from "./property";

export namespace connection {
  @lazy export const id: Property = property("connection.id");
  @lazy export const mtls: Property = property("connection.mtls");
  @lazy export const requestedServerName: Property = property("connection.requested_server_name");
  @lazy export const tlsVersion: Property = property("connection.tls_version");
  @lazy export const subjectLocalCertificate: Property = property("connection.subject_local_certificate");
  @lazy export const subjectPeerCertificate: Property = property("connection.subject_peer_certificate");
  @lazy export const dnsSanLocalCertificate: Property = property("connection.dns_san_local_certificate");
  @lazy export const dnsSanPeerCertificate: Property = property("connection.dns_san_peer_certificate");
  @lazy export const uriSanLocalCertificate: Property = property("connection.uri_san_local_certificate");
  @lazy export const uriSanPeerCertificate: Property = property("connection.uri_san_peer_certificate");
  @lazy export const sha256PeerCertificateDigest: Property = property("connection.sha256_peer_certificate_digest");
  @lazy export const terminationDetails: Property = property("connection.termination_details");
  @lazy export const transportFailureReason: Property = property("connection.transport_failure_reason");
}

export namespace source {
  /** `IP:port`. */
  @lazy export const address: Property = property("source.address");
  @lazy export const port: Property = property("source.port");
}

export namespace destination {
  @lazy export const address: Property = property("destination.address");
  @lazy export const port: Property = property("destination.port");
}

export namespace upstream {
  @lazy export const address: Property = property("upstream.address");
  @lazy export const port: Property = property("upstream.port");
  @lazy export const localAddress: Property = property("upstream.local_address");
  @lazy export const tlsVersion: Property = property("upstream.tls_version");
  @lazy export const subjectLocalCertificate: Property = property("upstream.subject_local_certificate");
  @lazy export const subjectPeerCertificate: Property = property("upstream.subject_peer_certificate");
  @lazy export const dnsSanLocalCertificate: Property = property("upstream.dns_san_local_certificate");
  @lazy export const dnsSanPeerCertificate: Property = property("upstream.dns_san_peer_certificate");
  @lazy export const uriSanLocalCertificate: Property = property("upstream.uri_san_local_certificate");
  @lazy export const uriSanPeerCertificate: Property = property("upstream.uri_san_peer_certificate");
  @lazy export const sha256PeerCertificateDigest: Property = property("upstream.sha256_peer_certificate_digest");
  @lazy export const transportFailureReason: Property = property("upstream.transport_failure_reason");
  @lazy export const requestAttemptCount: Property = property("upstream.request_attempt_count");
}

export namespace request {
  @lazy export const path: Property = property("request.path");
  @lazy export const urlPath: Property = property("request.url_path");
  @lazy export const query: Property = property("request.query");
  @lazy export const host: Property = property("request.host");
  @lazy export const scheme: Property = property("request.scheme");
  @lazy export const method: Property = property("request.method");
  @lazy export const referer: Property = property("request.referer");
  @lazy export const userAgent: Property = property("request.useragent");
  /** Nanoseconds since 1970. */
  @lazy export const time: Property = property("request.time");
  /** Nanoseconds. */
  @lazy export const duration: Property = property("request.duration");
  @lazy export const id: Property = property("request.id");
  @lazy export const protocol: Property = property("request.protocol");
  @lazy export const size: Property = property("request.size");
  @lazy export const totalSize: Property = property("request.total_size");
}

export namespace response {
  @lazy export const code: Property = property("response.code");
  @lazy export const codeDetails: Property = property("response.code_details");
  /** Envoy's response flags, as bits. */
  @lazy export const flags: Property = property("response.flags");
  @lazy export const grpcStatus: Property = property("response.grpc_status");
  @lazy export const size: Property = property("response.size");
  @lazy export const totalSize: Property = property("response.total_size");
  /** Nanoseconds. */
  @lazy export const backendLatency: Property = property("response.backend_latency");
}

export namespace xds {
  @lazy export const clusterName: Property = property("xds.cluster_name");
  @lazy export const routeName: Property = property("xds.route_name");
  @lazy export const virtualHostName: Property = property("xds.virtual_host_name");
  @lazy export const filterChainName: Property = property("xds.filter_chain_name");
  /** 1 inbound, 2 outbound. */
  @lazy export const listenerDirection: Property = property("xds.listener_direction");
  @lazy export const nodeId: Property = property("xds.node.id");
  @lazy export const nodeCluster: Property = property("xds.node.cluster");
}

export namespace plugin {
  @lazy export const name: Property = property("plugin_name");
  @lazy export const rootId: Property = property("plugin_root_id");
  @lazy export const vmId: Property = property("plugin_vm_id");
}

/** A value of the node's metadata, in the bootstrap. */
export function nodeMetadata(key: string): Property { return new Property(["xds", "node", "metadata", key]); }

/** A value of the stream's dynamic metadata: a filter's name and a key of its. */
export function metadata(filter: string, key: string): Property { return new Property(["metadata", "filter_metadata", filter, key]); }

/** Filter state as bytes; what a Wasm filter set is there under `wasm.NAME`. */
export function filterState(key: string): Property { return new Property(["filter_state", key]); }
