import type { DubboAuthorization } from "../api/dubboAuthorization.ts";
import { order, type Place, type Problems } from "../api/problem.ts";
import type { GlobalRateLimit, LocalRateLimit } from "../api/rateLimit.ts";
import type { RouteResource } from "../api/route.ts";
import { WHOLE } from "../api/share.ts";
import type { Fault } from "../api/fault.ts";
import type { Service } from "../api/service.ts";
import type { Located } from "../api/problem.ts";
import type { Filter, Route } from "../ir/ir.ts";
import type { Matcher } from "../ir/matcher.ts";
import { checkRead, type RouteWorld } from "./routes.ts";
import { parseServer } from "./serviceClusters.ts";
import type { ManagedPort, ManagedService } from "./services.ts";

/** The order in which requests meet filters: those that tell of all requests, those that refuse, those that change. */
const CHAIN = [
  "tracing", "accessLog", "metrics", "jwt", "token", "auth", "extAuth", "localRateLimit", "globalRateLimit", "fault", "mutation",
];

export function comesBefore(one: string, other: string): boolean { return CHAIN.indexOf(one) < CHAIN.indexOf(other); }

export function inChainOrder(filters: Filter[]): Filter[] {
  return filters.map((filter, i) => ({ filter, i })).sort((a, b) => CHAIN.indexOf(a.filter.name) - CHAIN.indexOf(b.filter.name) || a.i - b.i).map(({ filter }) => filter);
}

/** What a route resource asks for beside its routes. */
export function resourceFilters(resource: RouteResource, routes: readonly Route[], port: ManagedPort, world: RouteWorld): Filter[] {
  const { localRateLimit, globalRateLimit } = resource;
  const filters = resource.rules.flatMap((rule) => {
    if (!rule.fault || !routes.some((route) => route.name === rule.name)) return [];
    checkUnique(rule.name, rule.at, routes, world);
    return [{ name: "fault", routes: [rule.name], config: faultConfig(rule.fault) }];
  });
  return [
    ...(localRateLimit ? [localFilter(localRateLimit, port, world)] : []),
    ...(globalRateLimit ? globalFilter(globalRateLimit, resource, port, world) : []),
    ...(resource.faults ?? []).map(({ match, fault }) => ({
      name: "fault", ...(match.length > 0 ? { match: checked(match, port, world).map((matcher) => [matcher]) } : {}), config: faultConfig(fault),
    })),
    ...filters,
  ];
}

/** DubboAuthorizationPolicies of all namespaces that a service is said to be in: what one of them refuses is refused. */
export function dubboAuthorizations({ namespaces }: Service, port: ManagedPort, world: RouteWorld): Filter[] {
  return port.protocol.codec === "dubbo" ? namespaces.flatMap((namespace) => dubboAuthorization(namespace, world)) : [];
}

/**
 * Those of a namespace as one filter: what any of them denies is denied, and where any allows, what none allows is denied as well.
 */
function dubboAuthorization(namespace: string, world: RouteWorld): Filter[] {
  const all = world.dubboAuthorizations.filter((policy) => policy.namespace === namespace);
  if (all.length === 0) return [];
  const rules = (action: "ALLOW" | "DENY"): object[] => all.filter((policy) => policy.action === action && policy.alternatives.length > 0)
    .map(({ name, alternatives }) => ({ name, action: action.toLowerCase(), ...(alternatives.every((one) => one.length > 0) ? { match: alternatives } : {}) }));
  const fallback = all.some((policy) => policy.action === "ALLOW") ? "deny" : "allow";
  return [{ name: "auth", config: { rules: [...rules("DENY"), ...rules("ALLOW")], default: fallback } }];
}

/** A policy must be for something; and where servers name several namespaces, people must know whose policies hold. */
export function checkDubboAuthorizations(policies: readonly DubboAuthorization[], services: readonly ManagedService[], problems: Problems): void {
  const dubbo = services.filter(({ ports }) => ports.some(({ protocol }) => protocol.codec === "dubbo")).map(({ service }) => service);
  const known = [...new Set(dubbo.flatMap(({ namespaces }) => namespaces))].sort(order);
  for (const { at, namespace } of policies) {
    if (!known.includes(namespace)) problems.missing({ ...at, path: "metadata.namespace" }, "no Dubbo service is in this namespace", "this waits for one", { found: JSON.stringify(namespace), allowed: known });
  }
  for (const { at, namespaces } of new Set(dubbo)) {
    if (namespaces.length > 1) problems.warn(at, "its servers name several namespaces: the DubboAuthorizationPolicies of each of them apply", { found: namespaces.join(", ") });
  }
}

/** A filter is attached to a route by its name. */
export function checkUnique(name: string, at: Place, routes: readonly Route[], world: RouteWorld): void {
  if (routes.filter((route) => route.name === name).length > 1) world.problems.error(at, `several routes are named "${name}": to refer to one of them, give it a unique name`);
}

export function faultConfig({ delay, abort }: Fault): Record<string, unknown> {
  const share = (millionths: number): object => (millionths === WHOLE ? {} : { share: millionths });
  return {
    ...(delay ? { delay: { ms: delay.ms, ...share(delay.share) } } : {}),
    ...(abort ? { abort: { code: abort.code.value, ...(abort.text === undefined ? {} : { text: abort.text }), ...share(abort.share) } } : {}),
  };
}

function localFilter({ bucket, conditions }: LocalRateLimit, port: ManagedPort, world: RouteWorld): Filter {
  const rules = conditions.map(({ matchers, bucket: own }, i) => ({ name: `condition-${i}`, match: [checked(matchers, port, world)], bucket: own }));
  return { name: "localRateLimit", config: { ...(bucket ? { bucket } : {}), ...(rules.length > 0 ? { rules } : {}) } };
}

/** Its descriptors are one, combined: a limit of the service is for all of its keys together. */
function globalFilter(limit: GlobalRateLimit, resource: RouteResource, port: ManagedPort, world: RouteWorld): Filter[] {
  const server = parseServer(limit.service.value);
  if (server === undefined) {
    world.problems.error(limit.service.at, "must name a port and a host", { found: JSON.stringify(limit.service.value), allowed: ["outbound|PORT||HOST", "HOST:PORT"] });
    return [];
  }
  const descriptor = limit.descriptors.map(({ property, descriptorKey }) => {
    checkRead(property.value, property.at, port, world.problems);
    return { property: property.value, descriptorKey };
  });
  const match = checked(limit.matchers, port, world);
  return [{
    name: "globalRateLimit",
    ...(match.length > 0 ? { match: [match] } : {}),
    config: {
      domain: limit.domain,
      rateLimitService: world.servers.nameOf({ ...server, http2: true, at: limit.service.at }, resource.namespace),
      ...(limit.timeoutMs === undefined ? {} : { timeoutMs: limit.timeoutMs }),
      denyOnFail: limit.denyOnFail,
      descriptors: [descriptor],
    },
  }];
}

function checked(matchers: Located<Matcher>[], port: ManagedPort, world: RouteWorld): Matcher[] {
  for (const { value, at } of matchers) checkRead(value.key, at, port, world.problems);
  return matchers.map(({ value }) => value);
}
