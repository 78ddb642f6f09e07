import type { Policy } from "../api/policy.ts";
import { title } from "../api/metadata.ts";
import type { Problems } from "../api/problem.ts";
import { SecretRef, ServerRef } from "../api/shape.ts";
import { didYouMean } from "../api/suggest.ts";
import type { Filter, Listener } from "../ir/ir.ts";
import { unknownHost } from "./destinations.ts";
import { checkUnique, comesBefore } from "./filters.ts";
import type { Hosts } from "./hosts.ts";
import { checkFormat, checkRead, type RouteWorld } from "./routes.ts";
import type { ManagedPort, ManagedService } from "./services.ts";
import { settableKeys, setMistake } from "./traits.ts";

/** A policy must be for something. */
export function checkTargets(policies: readonly Policy[], hosts: Hosts<ManagedService>, problems: Problems): void {
  for (const { host, port, namespace } of policies) {
    const services = hosts.match(host.value, namespace);
    if (services.length === 0) unknownHost(host, hosts, problems);
    const numbers = services.flatMap((service) => service.ports.map((p) => p.port.number));
    if (services.length > 0 && port && !numbers.includes(port.value)) {
      problems.missing(port.at, "no service of this host has a managed port with this number", "this waits for it", { found: String(port.value), allowed: numbers.map(String) });
    }
  }
}

export function policiesFor(service: ManagedService, port: ManagedPort, world: RouteWorld): Policy[] {
  return world.policies.filter((policy) =>
    (policy.port === undefined || policy.port.value === port.port.number) && world.hosts.match(policy.host.value, policy.namespace).includes(service));
}

/** The filters of a policy on one port of its service. */
export function policyFilters(policy: Policy, { routes, defaultCluster }: Pick<Listener, "routes" | "defaultCluster">, port: ManagedPort, world: RouteWorld): Filter[] {
  checkUses(policy, port, world);
  const names = [...(routes ?? []).map((route) => route.name), ...(defaultCluster === undefined ? [] : ["default"])];
  for (const { value, at } of policy.routes) {
    if (!names.includes(value)) world.problems.error(at, `there is no route of this name at port ${port.port.number}${didYouMean(value, names)}`, { found: JSON.stringify(value), allowed: names });
    checkUnique(value, at, routes ?? [], world);
  }
  const reach = {
    ...(policy.match ? { match: policy.match } : {}),
    ...(policy.routes.length > 0 ? { routes: policy.routes.map((route) => route.value) } : {}),
  };
  if (policy.sections.some(({ name }) => name === "auth")) checkSchema(policy, port, world);
  for (const { name } of policy.sections) checkOrder(name, policy, port, world.problems);
  return policy.sections.map(({ name, config }) => ({ name, ...reach, config: resolve(config, policy, world) as Filter["config"] }));
}

/** What a filter supplies is not there for those that requests meet before it. */
function checkOrder(name: string, { match, at }: Policy, port: ManagedPort, problems: Problems): void {
  for (const { key } of (match ?? []).flat()) {
    const supplier = port.ownKeys.get(key.toLowerCase());
    if (supplier !== undefined && !comesBefore(supplier, name)) {
      problems.error({ ...at, path: "spec.match" }, `key "${key}" is set by filter ${supplier}, and ${name} comes before it: put ${name} into a separate policy`);
    }
  }
}

/** Where what a message says depends on what its reader expects, rules bind only those who say what is expected. */
function checkSchema({ at }: Policy, { protocol: { codec, options }, port }: ManagedPort, { problems }: RouteWorld): void {
  if (codec !== "thrift" || options?.idl !== undefined) return;
  problems.warn({ ...at, path: "spec.auth" }, `auth rules on port ${port.number} are enforced for honest clients only: without an IDL servers may read a crafted Thrift message differently; set the codec's options.idl in an ApplicationProtocol`);
}

/** What the protocol has no place for is told with that reason. */
function checkUses({ found }: Policy, port: ManagedPort, world: RouteWorld): void {
  const { traits } = port.protocol;
  for (const { value, at, use, side } of found.keys) {
    if (use === "read") {
      checkRead(value, at, port, world.problems);
      continue;
    }
    const mistake = setMistake(traits, side, value);
    if (mistake) world.problems.error(at, mistake, { allowed: settableKeys(traits, side) });
  }
  for (const { value, at, moment } of found.formats) checkFormat(value, at, moment, port, world.problems);
}

/** Names of clusters in the place of servers, secrets in that of references. */
function resolve(value: unknown, policy: Policy, world: RouteWorld): unknown {
  if (value instanceof ServerRef) return world.servers.nameOf(value, policy.namespace);
  if (value instanceof SecretRef) {
    const { name, field } = value;
    return world.vault.open({ at: name.at, secret: name, ...(field ? { passwordField: field } : {}) }, policy.namespace)?.password ?? "";
  }
  if (Array.isArray(value)) return value.map((item) => resolve(item, policy, world));
  if (typeof value !== "object" || value === null || Object.getPrototypeOf(value) !== Object.prototype) return value;
  return Object.fromEntries(Object.entries(value).map(([name, inner]) => [name, resolve(inner, policy, world)]));
}

/** How long a client's connection may be without a request; several policies must agree. */
export function idleOf(policies: readonly Policy[], problems: Problems): { idleMs?: number } {
  const [first, ...others] = policies.filter((policy) => policy.idle !== undefined);
  for (const other of others) {
    if (other.idle!.value !== first!.idle!.value) problems.error(other.idle!.at, `${title(first!)} has another idleTimeout for the same service`);
  }
  return first ? { idleMs: first.idle!.value } : {};
}
