import type { RedisService } from "../api/redis.ts";
import type { RouteResource, RouteRule } from "../api/route.ts";
import type { Filter, Listener, RedisProxy } from "../ir/ir.ts";
import type { RouteWorld } from "./routes.ts";
import type { ManagedService } from "./services.ts";

/** How filters call what no rule matches. */
const DEFAULT_ROUTE = "default";
type Routing = Pick<Listener, "routes" | "defaultCluster">;

const NO_CLUSTER = "this applies only to Redis Clusters, and its destination is none";

export function isRedisService(resource: RouteResource | undefined): resource is RedisService { return resource !== undefined && "settings" in resource; }

/** How a RedisService has Redis Clusters spoken to. What it asks of them where there are none is a mistake, if clients would notice. */
export function redisProxy(service: RedisService, routing: Routing, world: RouteWorld): RedisProxy | undefined {
  for (const rule of service.rules) checkPrefix(rule, routing, world);
  if (routesToClusters(routing, world).length > 0) return service.settings.proxy;
  for (const { at, found, answers } of service.settings.forClusters) {
    if (answers) world.problems.missing(at, NO_CLUSTER, "ignored", { hint: ": see mode CLUSTER of RedisDestination", found });
    else world.problems.warn(at, "applies to Redis Clusters only: ignored", { found });
  }
  return undefined;
}

/** Names of the routes that lead to Redis Clusters, or have copies of their requests lead there; `default` for what none of them takes. */
function routesToClusters({ routes, defaultCluster }: Routing, world: RouteWorld, copies = true): string[] {
  const leads = (cluster: string | undefined): boolean => cluster !== undefined && world.clusters.get(cluster)?.slots === true;
  const here = (routes ?? []).filter(({ destinations, mirrors = [] }) => [...destinations, ...copies ? mirrors : []].some(({ cluster }) => leads(cluster)));
  return [...here.map(({ name }) => name), ...leads(defaultCluster) ? [DEFAULT_ROUTE] : []];
}

/** Envoys that have their listeners from elsewhere have no listener inside that leads to a Redis Cluster either. */
export function checkDoors({ service, host }: ManagedService, routing: Routing, world: RouteWorld): void {
  if (service.bound || routesToClusters(routing, world).length === 0) return;
  world.problems.error(service.at, `requests of "${host}" are routed to a Redis Cluster (RedisDestination, mode CLUSTER), but its listeners are not created by Meltemi: give it an address that Meltemi listens on`);
}

/** redis_proxy says OK to WATCH, and watches nothing (seen with Envoy 1.40): what clients trust in must not be lost in silence. */
export function noWatch(routing: Routing, world: RouteWorld): Filter[] {
  const routes = routesToClusters(routing, world, false);
  if (routes.length === 0) return [];
  const abort = { code: "ERR", text: "WATCH is not supported: it has no effect in the proxy in front of a Redis Cluster" };
  return [{ name: "fault", match: [[{ key: "command", exact: "watch" }]], routes, config: { abort } }];
}

/** The filter changes no keys, redis_proxy does. */
function checkPrefix({ name, keyPrefix }: RouteRule, { routes }: Routing, world: RouteWorld): void {
  const route = (routes ?? []).find((each) => each.name === name);
  if (keyPrefix?.removed === undefined || route === undefined) return;
  const others = route.destinations.filter(({ cluster }) => world.clusters.get(cluster)?.slots === undefined && world.clusters.has(cluster));
  for (const { cluster } of others) {
    world.problems.error(keyPrefix.removed, `needs a Redis Cluster, which "${world.clusters.get(cluster)?.host ?? cluster}" is not: other servers get keys unchanged`, { found: "true" });
  }
}
