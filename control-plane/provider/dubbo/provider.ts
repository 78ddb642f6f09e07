import { order } from "../../api/problem.ts";
import type { Source } from "../../api/sourceFile.ts";
import type { Provider, ProviderListener } from "../provider.ts";
import { Addresses, type Range } from "./addresses.ts";
import type { ServiceRecord } from "./record.ts";
import type { Registry } from "./registry.ts";
import { serviceSource, type Known, type Registered } from "./serviceEntry.ts";

export interface DubboOptions {
  /** Port of all listeners. */
  port: number;
  /** Where their addresses are taken from. */
  addresses: Range;
}

/** Services that are kept at most: each has a listener. */
const MAX_SERVICES = 20_000;
/** The most warnings that are remembered so that each is logged only once. */
const MAX_TOLD = 10_000;
/** The same of one record, or of one registry. */
const MAX_SKIPPED = 100;

/** What one registry says of one interface. */
interface Entry { registry: Registry; record: ServiceRecord }
interface Service { known: Known; entries: readonly Entry[]; source: Source }

/** Dubbo registries as a source of resources: a ServiceEntry for each interface, with the servers that all of them know. */
export class DubboProvider implements Provider {
  readonly name: string;
  readonly open = true;
  private readonly latest = new Map<Registry, readonly ServiceRecord[]>();
  /** By host. One whose servers are all gone stays, so that its callers are told so. */
  private readonly services = new Map<string, Service>();
  private readonly addresses: Addresses;
  private readonly told = new Set<string>();
  /** What was not taken, by the record that it is about; and of no record, until the registry is read again. */
  private readonly skipped = new WeakMap<ServiceRecord, Set<string>>();
  private readonly unlisted = new Map<Registry, Set<string>>();
  private last: { sources: readonly Source[]; skipped: readonly string[] } | undefined;
  /** Something was wrong since then: that it is well again has to be told. */
  private failing = false;
  private listener: ProviderListener | undefined;

  constructor(private readonly registries: readonly Registry[], private readonly options: DubboOptions) {
    this.name = registries.map(({ name }) => name).join(", ");
    this.addresses = new Addresses(options.addresses);
  }

  async start(listener: ProviderListener): Promise<void> {
    this.listener = listener;
    await Promise.all(this.registries.map((registry) => registry.start({
      changed: (records) => {
        this.latest.set(registry, records);
        // before all have told, half of the servers would seem to be gone
        if (this.latest.size === this.registries.length) this.tell();
      },
      skipped: (path, reason) => this.complain(registry, path, reason),
      failed: (reason) => {
        this.unlisted.delete(registry);
        this.fail(`${registry.name}: ${reason}`);
      },
    })));
  }

  async stop(): Promise<void> {
    this.listener = undefined;
    await Promise.all(this.registries.map((registry) => registry.stop()));
  }

  private tell(): void {
    const byHost = this.byHost();
    for (const [host, service] of this.services) if (!byHost.has(host)) this.update(service, []);
    for (const [host, entries] of byHost) {
      const service = this.services.get(host) ?? this.add(host, entries[0]!);
      if (service) this.update(service, entries);
    }
    const sources = [...this.services.values()].map(({ source }) => source), skipped = this.allSkipped(), before = this.last;
    const same = before?.sources.length === sources.length && sources.every(({ text }, i) => text === before.sources[i]!.text);
    if (!this.failing && same && before.skipped.join("\n") === skipped.join("\n")) return;
    this.last = { sources, skipped };
    this.failing = false;
    this.listener?.changed(sources, skipped);
  }

  /** Names that differ only in upper and lower case would be one host: the first has it. */
  private byHost(): Map<string, Entry[]> {
    const entries = [...this.latest].flatMap(([registry, records]) => records.map((record) => ({ registry, record })));
    const byHost = new Map<string, Entry[]>();
    for (const entry of entries.sort((a, b) => order(a.record.interface, b.record.interface) || order(a.record.path, b.record.path))) {
      const { registry, record } = entry, host = record.interface.toLowerCase();
      for (const { path, reason } of record.skipped) this.complain(registry, path, reason, record);
      const owner = this.services.get(host)?.known.interface ?? byHost.get(host)?.[0]?.record.interface ?? record.interface;
      if (owner !== record.interface) this.complain(registry, record.path, `differs from ${owner} only in upper and lower case`, record);
      else if (byHost.has(host)) byHost.get(host)!.push(entry);
      else byHost.set(host, [entry]);
    }
    return byHost;
  }

  /** Undefined if there is no room for it. */
  private add(host: string, { registry, record }: Entry): Service | undefined {
    const address = this.services.size < MAX_SERVICES ? this.addresses.take(host) : undefined;
    if (address === undefined) {
      this.complain(registry, record.path, `there are ${this.services.size} services already`, record);
      return undefined;
    }
    const file = `${registry.scheme}:${record.path}`;
    const service = { known: { host, interface: record.interface, address, port: this.options.port, file, variants: new Map(), namespaces: new Set<string>() }, entries: [], source: { file, text: "" } };
    this.services.set(host, service);
    return service;
  }

  private update(service: Service, entries: readonly Entry[]): void {
    const same = entries.length === service.entries.length && entries.every(({ record }, i) => record === service.entries[i]!.record);
    if (same && service.source.text !== "") return;
    const registered: Registered[] = entries.flatMap(({ registry, record }) => record.registrations.map((registration) => ({
      registration, registryName: registry.label, skip: (reason) => this.complain(registry, record.path, reason, record),
    })));
    service.entries = entries;
    service.source = serviceSource(service.known, registered);
  }

  private allSkipped(): string[] {
    const ofRecords = [...this.latest.values()].flat().flatMap((record) => [...this.skipped.get(record) ?? []]);
    return [...new Set([...[...this.unlisted.values()].flatMap((each) => [...each]), ...ofRecords])];
  }

  /** `record`: what it is about, if it is about one. */
  private complain(registry: Registry, path: string, reason: string, record?: ServiceRecord): void {
    const what = `${registry.scheme}:${path}: ${reason}: skipped`;
    const all = (record ? this.skipped.get(record) : this.unlisted.get(registry)) ?? new Set();
    if (all.size < MAX_SKIPPED) all.add(what);
    if (record) this.skipped.set(record, all);
    else this.unlisted.set(registry, all);
    if (this.told.has(what)) return;
    if (this.told.size >= MAX_TOLD) this.told.clear();
    this.told.add(what);
    this.fail(what);
  }

  private fail(reason: string): void {
    this.failing = true;
    this.listener?.failed(reason);
  }
}
