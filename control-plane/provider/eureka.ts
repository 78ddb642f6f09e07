import { setTimeout as delay } from "node:timers/promises";
import { ask } from "./ask.ts";
import { fieldsOf, textOf, textsOf } from "./foreign.ts";
import { record, type ServiceRecord } from "./dubbo/record.ts";
import { instanceOf } from "./dubbo/applications.ts";
import { interfaceName, registration, shortened, unusable, Unusable, type Registration, type Skipped } from "./dubbo/registration.ts";
import type { RegistryListener } from "./dubbo/registry.ts";
import { KeptRegistry } from "./kept.ts";

export interface EurekaOptions {
  /** `host:port`. */
  server: string;
  label: string;
  /** Where its API is: `eureka`, or `eureka/v2` of Netflix' own. */
  path: string;
}

const POLL_MS = 500;
const ANSWER_MS = 5000;
/** Eureka has all in memory, and instances register again when a heartbeat is answered 404: each 30 s. */
const RELEARN_MS = 45_000;
const MAX_INTERFACES = 256;
/** Metadata that names what an instance offers, as Eureka knows applications only: `org.x.Demo,org.x.Other`. */
const INTERFACES = "dubbo.interfaces";

/**
 * Dubbo's applications in Eureka, which has no way to tell of changes: it is asked twice a second. An instance serves the interfaces in
 * its metadata `dubbo.interfaces`, or else one that is named as its application.
 */
export class Eureka extends KeptRegistry {
  constructor(private readonly options: EurekaOptions) { super("eureka", options.server, options.label, RELEARN_MS); }

  protected async live(listener: RegistryListener, signal: AbortSignal): Promise<string> {
    const { server, path } = this.options;
    for (let last: string | undefined; !signal.aborted;) {
      const { text } = await ask({ url: `http://${server}/${path}/apps`, what: `/${path}/apps`, headers: { accept: "application/json" }, ms: ANSWER_MS, signal });
      // an answer that says the same is not read again
      if (text !== last) listener.changed(readApplications(JSON.parse(text)));
      last = text;
      await delay(POLL_MS, undefined, { signal }).catch(() => undefined);
    }
    return "stopped";
  }
}

/** One object, or a list of them; whatever else is in there is passed over. */
const list = (value: unknown): Record<string, unknown>[] => (Array.isArray(value) ? value : [value]).filter((item): item is Record<string, unknown> => typeof item === "object" && item !== null);

/** What /apps answers; instances that do not speak Dubbo, or are not UP, are passed over. */
export function readApplications(answer: unknown): ServiceRecord[] {
  const services = new Map<string, { found: Registration[]; skipped: Skipped[] }>();
  const service = (name: string) => {
    const known = services.get(name) ?? { found: [], skipped: [] };
    services.set(name, known);
    return known;
  };
  for (const { instance } of list(fieldsOf(fieldsOf(answer).applications).application)) {
    for (const each of list(instance)) {
      const name = textOf(each.app).toLowerCase();
      try {
        for (const one of registrationsOf(name, each)) service(one.interface).found.push(one);
      } catch (error) {
        service(isName(name) ? name : "unknown").skipped.push({ path: `/${name.slice(0, 60)}`, reason: `${shortened(textOf(each.ipAddr))} ${unusable(error)}` });
      }
    }
  }
  return [...services].map(([name, { found, skipped }]) => record(name, `/${name}`, found, skipped));
}

function isName(name: string): boolean {
  try {
    return interfaceName(name) === name;
  } catch {
    return false;
  }
}

/** Eureka writes the names of applications in upper case; `application` is in lower case, as hosts are. */
function registrationsOf(application: string, { ipAddr, status, metadata: written }: Record<string, unknown>): Registration[] {
  const metadata = textsOf(written);
  if (!metadata.has("dubbo.endpoints") || (status !== undefined && status !== "UP")) return [];
  const instance = instanceOf(application, textOf(ipAddr), written);
  if (instance === undefined) return [];
  const listed = (metadata.get(INTERFACES) ?? "").split(",").map((name) => name.trim()).filter((name) => name !== "");
  const names = listed.length > 0 ? listed : [application];
  if (names.length > MAX_INTERFACES) throw new Unusable(`offers more than ${MAX_INTERFACES} interfaces`);
  return names.map((name) => ({ ...registration(name, instance.address, instance.port, instance.metadata), unversioned: true }));
}
