import { ask } from "../ask.ts";
import type { ServiceRecord } from "../dubbo/record.ts";
import { interfaceName, shortened } from "../dubbo/registration.ts";
import type { RegistryListener } from "../dubbo/registry.ts";
import { aborted } from "../keep.ts";
import { fieldsOf, textOf } from "../foreign.ts";
import { KeptRegistry } from "../kept.ts";
import { serviceRecord } from "./entries.ts";
import { Marks, type Check } from "./marks.ts";

export interface ConsulOptions {
  /** `host:port` of its HTTP API. */
  server: string;
  label: string;
  /** Its ACL token; empty: none. */
  token: string;
}

/** A blocking query is answered as soon as something changes, and after this at the latest. */
const WAIT_S = 5;
const ANSWER_MS = (WAIT_S + 5) * 1000;
/** Questions at the same time. */
const AT_ONCE = 16;
/** After a change that nothing else shows, all services are asked for, this often at most. */
const DOUBT_MS = 5000;
const TAG = "dubbo";
const MAX_SERVICES = 5000;

interface Answer { index: number; body: unknown }

/**
 * Dubbo's registry in Consul: services that are named as interfaces and tagged `dubbo`; those that pass their checks. An agent lets one
 * address have 200 connections, the servers beside us among them, so not each service has a blocking query: one for the list of services and
 * one for that of checks show which have changed, and those are asked for.
 */
export class Consul extends KeptRegistry {
  constructor(private readonly options: ConsulOptions) { super("consul", options.server, options.label); }

  protected async live(listener: RegistryListener, stopping: AbortSignal): Promise<string> {
    const over = new AbortController(), signal = AbortSignal.any([stopping, over.signal]);
    const failed = new Promise<string>((resolve) => {
      const fail = (error: unknown): void => resolve((error as Error).message);
      const records = new Map<string, ServiceRecord | undefined>(), marks = new Marks();
      const tell = this.soon(listener, () => {
        const known = [...records.values()];
        if (!known.includes(undefined)) listener.changed(known as ServiceRecord[]);
      });
      let asking = false;
      const freshen = this.soon(listener, () => {
        if (asking) return;
        asking = true;
        this.askForStale(marks, records, signal, () => tell.call()).then(() => { asking = false; }, fail);
      });
      let changes = 0;
      void this.follow("/v1/catalog/services", signal, (services) => {
        const tags = taggedServices(services, listener);
        for (const name of tags.keys()) if (!records.has(name)) records.set(name, undefined);
        for (const name of records.keys()) if (!tags.has(name)) records.delete(name);
        marks.list(tags);
        changes++;
        tell.call();
        freshen.call();
      }).catch(fail);
      void this.follow("/v1/health/state/any", signal, (checks) => {
        marks.check(Array.isArray(checks) ? checks.filter((check): check is Check => typeof check === "object" && check !== null) : []);
        freshen.call();
      }).catch(fail);
      const doubts = setInterval(() => {
        if (changes === 0) return;
        changes = 0;
        marks.doubtAll();
        freshen.call();
      }, DOUBT_MS);
      signal.addEventListener("abort", () => {
        clearInterval(doubts);
        tell.stop();
        freshen.stop();
      });
    });
    const why = await Promise.race([failed, aborted(stopping).then(() => "stopped")]);
    over.abort();
    return why;
  }

  /** Asks for services until none is stale. */
  private async askForStale(marks: Marks, records: Map<string, ServiceRecord | undefined>, signal: AbortSignal, answered: () => void): Promise<void> {
    for (let stale = marks.stale(AT_ONCE); stale.length > 0; stale = marks.stale(AT_ONCE)) {
      await Promise.all(stale.map(async (name) => {
        marks.asking(name);
        const { body } = await this.get(`/v1/health/service/${encodeURIComponent(name)}?passing=1&tag=${TAG}`, signal);
        if (records.has(name)) records.set(name, serviceRecord(name, body));
      }));
      answered();
    }
  }

  /** Asks again and again, each time from the state that was told last; rejects when there is no answer. */
  private async follow(path: string, signal: AbortSignal, take: (answer: unknown) => void): Promise<void> {
    for (let index = 0; !signal.aborted;) {
      const { index: next, body } = await this.get(`${path}?index=${index}&wait=${WAIT_S}s`, signal);
      if (next !== index) take(body);
      // one that goes back means that Consul began anew: it is to be asked from the start
      index = next < index ? 0 : next;
    }
  }

  private async get(path: string, signal: AbortSignal): Promise<Answer> {
    const where = path.split("?")[0] ?? path;
    const headers: Record<string, string> = this.options.token ? { "X-Consul-Token": this.options.token } : {};
    const answer = await ask({ url: `http://${this.options.server}${path}`, what: where, headers, ms: ANSWER_MS, signal });
    const index = Number(answer.headers.get("x-consul-index"));
    if (!Number.isSafeInteger(index) || index < 1) throw new Error(`${where}: no X-Consul-Index`);
    return { index, body: JSON.parse(answer.text) as unknown };
  }
}

/** Names of Dubbo's services, each with its tags as one text. */
export function taggedServices(services: unknown, listener: RegistryListener): Map<string, string> {
  const tagged = Object.entries(fieldsOf(services)).filter((pair): pair is [string, unknown[]] => Array.isArray(pair[1]) && pair[1].includes(TAG));
  if (tagged.length > MAX_SERVICES) listener.skipped("/", `more than ${MAX_SERVICES} services`);
  return new Map(tagged.slice(0, MAX_SERVICES).filter(([name]) => {
    try {
      return interfaceName(name) === name;
    } catch {
      listener.skipped("/", `${shortened(name)} is not a valid interface name`);
      return false;
    }
  }).map(([name, tags]) => [name, tags.map(textOf).sort().join(" ")]));
}
