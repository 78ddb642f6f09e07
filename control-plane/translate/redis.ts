import type { RedisService } from "../api/redis.ts";
import type { RouteResource, RouteRule } from "../api/route.ts";
import type { Filter, Listener, RedisProxy } from "../ir/ir.ts";
import type { RouteWorld } from "./routes.ts";

/** How filters call what no rule matches. */
const DEFAULT_ROUTE = "default";
const NO_CLUSTER = "only Redis Clusters can obey this, and it leads to none: see mode CLUSTER of RedisDestination";

export function isRedisService(resource: RouteResource | undefined): resource is RedisService { return resource !== undefined && "settings" in resource; }

/** How a RedisService has Redis Clusters spoken to. What it asks of them where there are none is a mistake, if clients would notice. */
export function redisProxy(service: RedisService, routing: Pick<Listener, "routes" | "defaultCluster">, world: RouteWorld): RedisProxy | undefined {
  const { routes, defaultCluster } = routing;
  const names = [...(routes ?? []).flatMap((route) => [...route.destinations, ...route.mirrors ?? []].map(({ cluster }) => cluster)), ...(defaultCluster ? [defaultCluster] : [])];
  for (const rule of service.rules) checkPrefix(rule, routing, world);
  if (names.some((name) => world.clusters.get(name)?.slots)) return service.settings.proxy;
  for (const { at, found, answers } of service.settings.forClusters) {
    if (answers) world.problems.error(at, NO_CLUSTER, { found });
    else world.problems.warn(at, "has a meaning for Redis Clusters only: ignored", { found });
  }
  return undefined;
}

/** redis_proxy says OK to WATCH, and watches nothing (seen with Envoy 1.40): what clients trust in must not be lost in silence. */
export function noWatch({ routes, defaultCluster }: Pick<Listener, "routes" | "defaultCluster">, world: RouteWorld): Filter[] {
  const leads = (cluster: string | undefined): boolean => cluster !== undefined && world.clusters.get(cluster)?.slots === true;
  const here = (routes ?? []).filter(({ destinations }) => destinations.some(({ cluster }) => leads(cluster))).map(({ name }) => name);
  const names = leads(defaultCluster) ? [...here, DEFAULT_ROUTE] : here;
  if (names.length === 0) return [];
  const abort = { code: "ERR", text: "WATCH is not supported: a Redis Cluster is behind a proxy that would watch nothing" };
  return [{ name: "fault", match: [[{ key: "command", exact: "watch" }]], routes: names, config: { abort } }];
}

/** The filter changes no keys, redis_proxy does. */
function checkPrefix({ name, keyPrefix }: RouteRule, { routes }: Pick<Listener, "routes">, world: RouteWorld): void {
  const route = (routes ?? []).find((each) => each.name === name);
  if (keyPrefix?.removed === undefined || route === undefined) return;
  const others = route.destinations.filter(({ cluster }) => !world.clusters.get(cluster)?.slots);
  for (const { cluster } of others) {
    world.problems.error(keyPrefix.removed, `needs a Redis Cluster, which "${world.clusters.get(cluster)?.host ?? cluster}" is not: other servers get keys as clients write them`, { found: "true" });
  }
}
