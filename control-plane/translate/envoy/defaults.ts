/** Fields that would be Envoy's default and are set, since they matter: docs/envoy-defaults.md says which others are left, and why. */

/** Bytes that Envoy keeps of a connection in each direction before it holds the other side up. */
export const BUFFER_LIMIT = 1 << 20;

/** Where 0 says: for ever. The filter has limits of its own, which know what is under way. */
export const FOR_EVER = "0s";

const MOST = 100_000;

/** Nothing is bounded by Envoy's 1024: the filter, or whoever asks, has bounds of its own. `connections`: what an operator bounds. */
export function circuitBreakers(connections = MOST): object {
  const most = Math.max(connections, MOST);
  return { thresholds: [{ max_connections: connections, max_pending_requests: most, max_requests: most, max_retries: most }] };
}
