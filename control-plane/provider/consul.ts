import { record, type ServiceRecord } from "./dubbo/record.ts";
import { interfaceName, readProvider, registration, shortened, Unusable, type Registration, type Skipped } from "./dubbo/registration.ts";
import type { RegistryListener } from "./dubbo/registry.ts";
import { aborted } from "./keep.ts";
import { KeptRegistry } from "./kept.ts";
import { Pace } from "./pace.ts";

export interface ConsulOptions {
  /** `host:port` of its HTTP API. */
  server: string;
  label: string;
  /** Its ACL token; empty: none. */
  token: string;
}

/** A blocking query is answered as soon as something changes, and after this at the latest. */
const WAIT_S = 30;
const ANSWER_MS = (WAIT_S + 10) * 1000;
const TAG = "dubbo";
const MAX_SERVICES = 5000;
const MAX_BYTES = 64 << 20;

/** Dubbo's registry in Consul: services that are named as interfaces and tagged `dubbo`; those that pass their checks. */
export class Consul extends KeptRegistry {
  constructor(private readonly options: ConsulOptions) { super("consul", options.server, options.label); }

  /** One blocking query for the list of services, and one for each of them: the first that fails ends them all. */
  protected async live(listener: RegistryListener, stopping: AbortSignal): Promise<string> {
    const over = new AbortController(), signal = AbortSignal.any([stopping, over.signal]);
    const records = new Map<string, ServiceRecord | undefined>(), watched = new Map<string, AbortController>();
    const pace = new Pace(() => {
      const known = [...records.values()];
      if (!known.includes(undefined)) listener.changed(known as ServiceRecord[]);
    });
    let fail!: (why: string) => void;
    const failed = new Promise<string>((resolve) => { fail = resolve; });
    const watch = (name: string): void => {
      const alone = new AbortController();
      watched.set(name, alone);
      records.set(name, undefined);
      void this.follow(`/v1/health/service/${encodeURIComponent(name)}?passing=1&tag=${TAG}`, AbortSignal.any([signal, alone.signal]), (entries) => {
        records.set(name, serviceRecord(name, entries));
        pace.call();
      }).catch((error: unknown) => { if (!alone.signal.aborted) fail((error as Error).message); });
    };
    const list = (services: unknown): void => {
      const wanted = new Set(serviceNames(services, listener));
      for (const name of wanted) if (!watched.has(name)) watch(name);
      for (const [name, alone] of watched) {
        if (wanted.has(name)) continue;
        alone.abort();
        watched.delete(name);
        records.delete(name);
      }
      pace.call();
    };
    void this.follow("/v1/catalog/services?", signal, list).catch((error: unknown) => fail((error as Error).message));
    const why = await Promise.race([failed, aborted(stopping).then(() => "stopped")]);
    over.abort();
    pace.stop();
    return why;
  }

  /** Asks again and again, each time from the state that was told last; rejects when there is no answer. */
  private async follow(path: string, signal: AbortSignal, take: (answer: unknown) => void): Promise<void> {
    for (let index = 0; !signal.aborted;) {
      const answer = await fetch(`http://${this.options.server}${path}&index=${index}&wait=${WAIT_S}s`, {
        signal: AbortSignal.any([signal, AbortSignal.timeout(ANSWER_MS)]), headers: this.options.token ? { "X-Consul-Token": this.options.token } : {},
      }).catch((error: Error & { cause?: Error }) => { throw new Error(error.cause?.message ?? error.message); });
      if (!answer.ok) throw new Error(`${path.split("?")[0]}: status ${answer.status}`);
      const text = await answer.text();
      if (text.length > MAX_BYTES) throw new Error(`${path.split("?")[0]}: more than ${MAX_BYTES} bytes`);
      const next = Number(answer.headers.get("x-consul-index"));
      if (!Number.isSafeInteger(next) || next < 1) throw new Error(`${path.split("?")[0]}: no X-Consul-Index`);
      if (next !== index) take(JSON.parse(text));
      // one that goes back means that Consul began anew: it is to be asked from the start
      index = next < index ? 0 : next;
    }
  }
}

function serviceNames(services: unknown, listener: RegistryListener): string[] {
  const tagged = Object.entries((services ?? {}) as object).filter(([, tags]) => Array.isArray(tags) && tags.includes(TAG)).map(([name]) => name);
  if (tagged.length > MAX_SERVICES) listener.skipped("/", `more than ${MAX_SERVICES} services`);
  return tagged.slice(0, MAX_SERVICES).filter((name) => {
    try {
      return interfaceName(name) === name;
    } catch {
      listener.skipped("/", `${shortened(name)} is no name of an interface`);
      return false;
    }
  });
}

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
