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
    problems.warn(service.at, `host "${host}" belongs to ${title(owner)} (${owner.at.file}): the registry's service is ignored`);
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
