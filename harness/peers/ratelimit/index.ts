/** Envoy's reference rate limit service (github.com/envoyproxy/ratelimit), on a real Redis server. */
export { ensureRateLimit } from "./build.ts";
export { startRateLimit } from "./server.ts";
export type { RateLimitServer } from "./server.ts";
