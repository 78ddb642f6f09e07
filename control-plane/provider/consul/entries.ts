import { fieldsOf, itemsOf, numberOf, textOf } from "../foreign.ts";
import { record, type ServiceRecord } from "../dubbo/record.ts";
import { readProvider, registration, shortened, unusable, type Registration, type Skipped } from "../dubbo/registration.ts";

/** What /v1/health/service answers. */
export function serviceRecord(name: string, entries: unknown): ServiceRecord {
  const skipped: Skipped[] = [], found: Registration[] = [];
  for (const { Node, Service } of itemsOf(entries).map(fieldsOf)) {
    try {
      const one = registrationOf(name, fieldsOf(Node), fieldsOf(Service));
      if (one && one.interface === name) found.push(one);
    } catch (error) {
      skipped.push({ path: `/${name}`, reason: `${shortened(textOf(fieldsOf(Service).Address))} ${unusable(error)}` });
    }
  }
  return record(name, `/${name}`, found, skipped);
}

/** Dubbo writes its URL into the service's meta; what has none has tags of the form `weight=30`. */
function registrationOf(name: string, node: Record<string, unknown>, service: Record<string, unknown>): Registration | undefined {
  const { url } = fieldsOf(service.Meta);
  if (typeof url === "string") return readProvider(url);
  const tags = itemsOf(service.Tags).filter((tag): tag is string => typeof tag === "string" && tag.includes("="));
  const parameters = new Map(tags.map((tag): [string, string] => [tag.slice(0, tag.indexOf("=")), tag.slice(tag.indexOf("=") + 1)]));
  return registration(name, textOf(service.Address || node.Address), numberOf(service.Port), parameters);
}
