import { applyOverrides, readOverride, type Override } from "./override.ts";
import { readProvider, unusable, type Registration, type Skipped } from "./registration.ts";

/** What a registry says of one interface. One that did not change stays the same object. */
export interface ServiceRecord {
  interface: string;
  /** Where it stands, without the registry's name: `/dubbo/org.x.Demo`. */
  path: string;
  registrations: readonly Registration[];
  skipped: readonly Skipped[];
}

/** More servers of one interface than this are not taken. */
const MAX_REGISTRATIONS = 20_000;
const MAX_OVERRIDES = 200;
const MAX_REASONS = 100;

/** Reads the URLs of one interface's providers and configurators; one that cannot be read is skipped. */
export function readRecord(name: string, path: string, providers: readonly string[], configurators: readonly string[] = []): ServiceRecord {
  const skipped: Skipped[] = [];
  const overrides = readEach(configurators.slice(0, MAX_OVERRIDES), `${path}/configurators`, readOverride, skipped);
  const found = readEach(providers.slice(0, MAX_REGISTRATIONS), `${path}/providers`, readProvider, skipped);
  if (providers.length > MAX_REGISTRATIONS) skipped.push({ path: `${path}/providers`, reason: `only ${MAX_REGISTRATIONS} of ${providers.length} servers are taken` });
  const own = found.filter((registration) => registration.interface === name);
  if (own.length < found.length) skipped.push({ path: `${path}/providers`, reason: "holds servers of another interface" });
  return record(name, path, own, skipped, overrides);
}

/** A record of what was read already. */
export function record(name: string, path: string, registrations: readonly Registration[], skipped: readonly Skipped[], overrides: readonly Override[] = []): ServiceRecord {
  return { interface: name, path, registrations: applyOverrides(registrations, overrides), skipped };
}

/** Reads each text; of those that cannot be read the first of each reason is kept, as a registry may hold very many. */
export function readEach<T>(texts: readonly string[], path: string, read: (text: string) => T | undefined, skipped: Skipped[]): T[] {
  const found: T[] = [];
  const told = new Set<string>();
  for (const text of texts) {
    try {
      const item = read(text);
      if (item !== undefined) found.push(item);
    } catch (error) {
      const why = unusable(error), reason = `${text.slice(0, 60)}${text.length > 60 ? "..." : ""} ${why}`;
      if (!told.has(why) && told.size < MAX_REASONS) skipped.push({ path, reason });
      told.add(why);
    }
  }
  return found;
}
