import { record, type ServiceRecord } from "../dubbo/record.ts";
import { readProvider, registration, shortened, Unusable, type Registration, type Skipped } from "../dubbo/registration.ts";

interface Entry { Node?: { Address?: unknown }; Service?: { Address?: unknown; Port?: unknown; Tags?: unknown; Meta?: { url?: unknown } | null } }

/** What /v1/health/service answers. */
export function serviceRecord(name: string, entries: unknown): ServiceRecord {
  const skipped: Skipped[] = [], found: Registration[] = [];
  for (const entry of Array.isArray(entries) ? entries as (Entry | null)[] : []) {
    try {
      const one = registrationOf(name, entry ?? {});
      if (one && one.interface === name) found.push(one);
    } catch (error) {
      if (!(error instanceof Unusable)) throw error;
      skipped.push({ path: `/${name}`, reason: `${shortened(String(entry?.Service?.Address))} ${error.message}` });
    }
  }
  return record(name, `/${name}`, found, skipped);
}

/** Dubbo writes its URL into the service's meta; what has none has tags of the form `weight=30`. */
function registrationOf(name: string, { Node: node, Service: service }: Entry): Registration | undefined {
  if (typeof service?.Meta?.url === "string") return readProvider(service.Meta.url);
  const tags = (Array.isArray(service?.Tags) ? service.Tags : []).filter((tag): tag is string => typeof tag === "string" && tag.includes("="));
  const parameters = new Map(tags.map((tag): [string, string] => [tag.slice(0, tag.indexOf("=")), tag.slice(tag.indexOf("=") + 1)]));
  return registration(name, String(service?.Address || node?.Address), Number(service?.Port), parameters);
}
