const RAW = "type.googleapis.com/envoy.extensions.upstreams.http.tcp.v3.TcpConnectionPoolProto";

/**
 * Of a cluster: the body of an HTTP request goes to a server as raw bytes, whatever its method, and the server's bytes are the answer's.
 * Lanes (CONNECT) have that anyway; with it the filter's own calls do (`rawCalls` in docs/config.md).
 */
export const rawBodies = { upstream_config: { name: "envoy.upstreams.http.tcp", typed_config: { "@type": RAW } } };
