import { readRecord, type ServiceRecord } from "./record.ts";
import { interfaceName, shortened } from "./registration.ts";

const MAX_INTERFACES = 20_000;
/** More nodes of one interface than this are not kept. */
const MAX_NODES = 40_000;
/** More than whoever reads one takes. */
const MAX_KEY = 100_000;

interface Service { providers: Set<string>; configurators: Set<string>; record?: ServiceRecord | undefined }

/** Dubbo's registry in a store of keys: `/dubbo/<interface>/providers/<URL>`, `/dubbo/<interface>/configurators/<URL>`. */
export class KeyTree {
  private readonly services = new Map<string, Service>();

  /** `root` is `/dubbo`; `skipped` is told of what is not taken. */
  constructor(private readonly root: string, private readonly skipped: (path: string, reason: string) => void) {}

  put(key: string): void {
    const place = this.place(key);
    if (place === undefined) return;
    const { name, kind, url } = place;
    const service = this.services.get(name) ?? this.add(name);
    if (service === undefined) return;
    if (url.length > MAX_KEY) return this.skipped(`${this.root}/${name}/${kind}`, `a key longer than ${MAX_KEY} characters`);
    if (service[kind].size >= MAX_NODES) return this.skipped(`${this.root}/${name}/${kind}`, `more than ${MAX_NODES} nodes`);
    service[kind].add(url);
    service.record = undefined;
  }

  delete(key: string): void {
    const place = this.place(key), service = place && this.services.get(place.name);
    if (service?.[place!.kind].delete(place!.url)) service.record = undefined;
  }

  records(): ServiceRecord[] {
    return [...this.services].map(([name, service]) =>
      service.record ??= readRecord(name, `${this.root}/${name}`, [...service.providers].sort(), [...service.configurators].sort()));
  }

  private add(name: string): Service | undefined {
    if (this.services.size >= MAX_INTERFACES) {
      this.skipped(this.root, `more than ${MAX_INTERFACES} interfaces`);
      return undefined;
    }
    try {
      interfaceName(name);
    } catch {
      this.skipped(this.root, `${shortened(name)} is not a valid interface name`);
      return undefined;
    }
    const service: Service = { providers: new Set(), configurators: new Set() };
    this.services.set(name, service);
    return service;
  }

  /** Undefined for what is none of ours: consumers, metadata, governance rules. */
  private place(key: string): { name: string; kind: "providers" | "configurators"; url: string } | undefined {
    if (!key.startsWith(`${this.root}/`)) return undefined;
    const [name, kind, url, ...more] = key.slice(this.root.length + 1).split("/");
    if (name === undefined || url === undefined || more.length > 0 || (kind !== "providers" && kind !== "configurators")) return undefined;
    return { name, kind, url };
  }
}
