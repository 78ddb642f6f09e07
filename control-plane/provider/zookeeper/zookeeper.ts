import { interfaceName, shortened } from "../dubbo/registration.ts";
import { Applications, applicationNames } from "./applications.ts";
import { readRecord, type ServiceRecord } from "../dubbo/record.ts";
import { withInstances } from "../dubbo/applications.ts";
import type { RegistryListener } from "../dubbo/registry.ts";
import { aborted } from "../keep.ts";
import { KeptRegistry } from "../kept.ts";
import { Session, type Watch } from "./session.ts";

export interface ZooKeeperOptions {
  /** `host:port,host:port`. */
  servers: string;
  label: string;
  /** Dubbo's group, the first part of every path. */
  group: string;
  /** `user:password` of ZooKeeper's scheme `digest`. */
  auth?: string;
}

/** Below the root, but no interfaces. */
const RESERVED = new Set(["config", "metadata", "mapping"]);
const MAX_INTERFACES = 20_000;

/** Dubbo's registry in ZooKeeper: /dubbo/<interface>/providers/<URL>, and the instances of Dubbo 3's applications. */
export class ZooKeeper extends KeptRegistry {
  private turn = 0;

  constructor(private readonly options: ZooKeeperOptions) { super("zookeeper", options.servers, options.label); }

  protected async live(listener: RegistryListener, signal: AbortSignal): Promise<string> {
    const pace = this.soon(listener, () => listener.changed(view.records()));
    const session = await Session.open(this.inTurn(), this.options.auth, signal, () => pace.call());
    const view = new View(session, `/${this.options.group}`, listener);
    const why = await Promise.race([session.ended, aborted(signal).then(() => "stopped")]);
    pace.stop();
    session.close();
    return why;
  }

  /** All servers, each time beginning with another. */
  private inTurn(): string[] {
    const servers = this.options.servers.split(","), first = this.turn++ % servers.length;
    return [...servers.slice(first), ...servers.slice(0, first)];
  }
}

interface Service {
  watches: Watch[];
  providers: string[];
  configurators: string[];
  /** Of the applications that offer it, by Dubbo 3's mapping. */
  applications: string[];
  /** Undefined: something changed. */
  record?: ServiceRecord | undefined;
}

/** What one session has seen. */
class View {
  private readonly services = new Map<string, Service>();
  private readonly applications: Applications;
  private readonly mapped = new Map<string, Watch>();

  constructor(private readonly session: Session, private readonly root: string, private readonly listener: RegistryListener) {
    this.applications = new Applications(session, (application) => this.forget(application));
    session.children(root, (names) => this.list(names.filter((name) => !RESERVED.has(name))));
    session.children(`${root}/mapping`, (names) => this.map(names));
  }

  records(): ServiceRecord[] {
    return [...this.services].map(([name, service]) => {
      const path = `${this.root}/${name}`;
      service.record ??= withInstances(readRecord(name, path, service.providers, service.configurators), service.applications.flatMap((each) => this.applications.instances(each)));
      return service.record;
    });
  }

  private list(names: readonly string[]): void {
    const usable = this.usable(names, this.root);
    for (const name of usable) this.service(name, true);
    for (const [name, service] of this.services) {
      if (usable.has(name) || this.mapped.has(name)) continue;
      for (const watch of service.watches) watch.stop();
      this.services.delete(name);
    }
  }

  private usable(names: readonly string[], path: string): Set<string> {
    const usable = names.filter(isInterface), [first] = names.filter((name) => !isInterface(name));
    if (first !== undefined) this.listener.skipped(path, `${shortened(first)} is not a valid interface name`);
    if (usable.length > MAX_INTERFACES) this.listener.skipped(path, `more than ${MAX_INTERFACES} interfaces`);
    return new Set(usable.slice(0, MAX_INTERFACES));
  }

  private service(name: string, watched: boolean): Service {
    const service = this.services.get(name) ?? { watches: [], providers: [], configurators: [], applications: [] };
    this.services.set(name, service);
    if (watched && service.watches.length === 0) {
      const part = (key: "providers" | "configurators"): Watch => this.session.children(`${this.root}/${name}/${key}`, (urls) => Object.assign(service, { [key]: urls.sort(), record: undefined }));
      service.watches = [part("providers"), part("configurators")];
    }
    return service;
  }

  private map(names: readonly string[]): void {
    const usable = this.usable(names, `${this.root}/mapping`);
    for (const name of usable) {
      if (this.mapped.has(name)) continue;
      this.mapped.set(name, this.session.text(`${this.root}/mapping/${name}`, (text) => {
        Object.assign(this.service(name, false), { applications: applicationNames(text), record: undefined });
        this.applications.want([...this.services.values()].flatMap(({ applications }) => applications));
      }));
    }
    for (const [name, watch] of this.mapped) {
      if (usable.has(name)) continue;
      watch.stop();
      this.mapped.delete(name);
      Object.assign(this.service(name, false), { applications: [], record: undefined });
    }
  }

  private forget(application: string): void {
    for (const service of this.services.values()) if (service.applications.includes(application)) service.record = undefined;
  }
}

function isInterface(name: string): boolean {
  try {
    return interfaceName(name) === name;
  } catch {
    return false;
  }
}
