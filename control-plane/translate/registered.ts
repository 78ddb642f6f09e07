import { title, type Metadata } from "../api/metadata.ts";
import type { Problems } from "../api/problem.ts";
import type { Resources } from "../api/resources.ts";
import { Hosts } from "./hosts.ts";

/** Of resources that a registry's provider makes: anybody who may register could write them. */
export const REGISTRY_LABEL = "meltemi.io/registry";

const registered = ({ labels }: Metadata): boolean => labels[REGISTRY_LABEL] !== undefined;

/** Takes out what comes from a registry where people wrote something for the same host: theirs is meant, and no registration can break it. */
export function giveWay(resources: Resources, problems: Problems): void {
  const services = new Hosts<Metadata>();
  const own = resources.services.filter((service) => !registered(service));
  for (const service of own) for (const host of service.hosts) services.add(host.value, service);
  const lost = new Set<string>();
  resources.services = resources.services.filter((service) => {
    const host = service.hosts[0]?.value ?? "", owner = registered(service) ? services.find(host, service.namespace) : undefined;
    if (owner === undefined) return true;
    problems.warn(service.at, `host "${host}" belongs to ${title(owner)} (${owner.at.file}): what the registry has is ignored`);
    lost.add(host);
    return false;
  });
  const all = new Hosts<string>();
  for (const service of resources.services) for (const host of service.hosts) all.add(host.value, host.value);
  const claimed = (written: readonly Metadata[], hostsOf: (item: never) => string[]): Set<string> =>
    new Set(written.filter((item) => !registered(item)).flatMap((item) => hostsOf(item as never).flatMap((host) => all.match(host, item.namespace))));
  const ruled = claimed(resources.destinationRules, ({ host }: Resources["destinationRules"][number]) => [host.value]);
  const routed = claimed(resources.routes, ({ hosts }: Resources["routes"][number]) => hosts.map(({ value }) => value));
  const keeps = (item: Metadata, host: string, taken: Set<string>): boolean => !registered(item) || !(lost.has(host) || taken.has(host));
  resources.destinationRules = resources.destinationRules.filter((rule) => keeps(rule, rule.host.value, ruled));
  // its routes lead to the subsets of its rule
  resources.routes = resources.routes.filter((route) => keeps(route, route.hosts[0]?.value ?? "", new Set([...ruled, ...routed])));
}

/** Takes out rules and routes for hosts that are not there, where services come and go by themselves: no mistake, but told. */
export function passOver(resources: Resources, problems: Problems): void {
  const all = new Hosts<true>();
  for (const service of resources.services) for (const host of service.hosts) all.add(host.value, true);
  const here = (item: Metadata, host: { value: string; at: Metadata["at"] }): boolean => {
    if (all.match(host.value, item.namespace).length > 0) return true;
    problems.warn(host.at, `no service has this host now: ${title(item)} waits for it`, { found: JSON.stringify(host.value) });
    return false;
  };
  resources.destinationRules = resources.destinationRules.filter((rule) => here(rule, rule.host));
  for (const route of resources.routes) route.hosts = route.hosts.filter((host) => here(route, host));
  resources.routes = resources.routes.filter(({ hosts }) => hosts.length > 0);
}
