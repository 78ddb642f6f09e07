import { setTimeout as delay } from "node:timers/promises";
import { record, type ServiceRecord } from "../dubbo/record.ts";
import { interfaceName, registration, shortened, unusable, type Registration, type Skipped } from "../dubbo/registration.ts";
import type { RegistryListener } from "../dubbo/registry.ts";
import { aborted } from "../keep.ts";
import { fieldsOf, itemsOf, numberOf, textOf, textsOf } from "../foreign.ts";
import { KeptRegistry } from "../kept.ts";
import { Connection } from "./connection.ts";

export interface NacosOptions {
  /** `host:port` of its HTTP API; gRPC is 1000 above. */
  server: string;
  label: string;
  /** Nacos' own: the id of a namespace, and a group of services. */
  namespace: string;
  group: string;
}

/** How often it is asked which services there are: of a new name nothing is told. */
const LIST_MS = 500;
/** Nacos has them in memory, and its clients register again some seconds after they have found it again. */
const RELEARN_MS = 15_000;
const MAX_SERVICES = 20_000;
const MAX_INSTANCES = 20_000;
const PREFIX = "providers:";

/** Dubbo's registry in Nacos 2 or 3: services `providers:<interface>:<version>:<group>`, whose changes Nacos tells. */
export class Nacos extends KeptRegistry {
  constructor(private readonly options: NacosOptions) { super("nacos", options.server, options.label, RELEARN_MS); }

  protected async live(listener: RegistryListener, signal: AbortSignal): Promise<string> {
    const { server, namespace, group } = this.options;
    const records = new Map<string, ServiceRecord>();
    const pace = this.soon(listener, () => listener.changed([...records.values()]));
    const connection = await Connection.open(grpcAddress(server), namespace, ({ serviceInfo }) => {
      const found = serviceRecord(serviceInfo, group);
      if (found === undefined || !records.has(found.service)) return;
      records.set(found.service, found.record);
      pace.call();
    });
    const follow = async (): Promise<string> => {
      for (let first = true; !signal.aborted; first = false) {
        const changed = await this.list(connection, records, listener);
        if (changed || first) pace.call();
        await delay(LIST_MS, undefined, { signal }).catch(() => undefined);
      }
      return "stopped";
    };
    try {
      return await Promise.race([follow(), connection.ended, aborted(signal).then(() => "stopped")]);
    } finally {
      pace.stop();
      connection.close();
    }
  }

  /** Subscribes to services that are new, and forgets those that are gone; true if anything was either. */
  private async list(connection: Connection, records: Map<string, ServiceRecord>, listener: RegistryListener): Promise<boolean> {
    const { namespace, group } = this.options, where = { namespace, groupName: group, headers: {} };
    const { serviceNames } = await connection.ask("ServiceListRequest", { ...where, serviceName: "", pageNo: 1, pageSize: 100_000 });
    const names = (Array.isArray(serviceNames) ? serviceNames : []).filter((name): name is string => typeof name === "string" && name.startsWith(PREFIX));
    if (names.length > MAX_SERVICES) listener.skipped(`/${group}`, `more than ${MAX_SERVICES} services`);
    const wanted = new Set(names.slice(0, MAX_SERVICES).filter((name) => this.isService(name, listener)));
    const news = [...wanted].filter((name) => !records.has(name)), gone = [...records.keys()].filter((name) => !wanted.has(name));
    await Promise.all(news.map(async (name) => {
      const { serviceInfo } = await connection.ask("SubscribeServiceRequest", { ...where, serviceName: name, clusters: "", subscribe: true });
      const found = serviceRecord(serviceInfo, group);
      records.set(name, found?.service === name ? found.record : emptyRecord(name, group));
    }));
    for (const name of gone) {
      records.delete(name);
      await connection.ask("SubscribeServiceRequest", { ...where, serviceName: name, clusters: "", subscribe: false });
    }
    return news.length + gone.length > 0;
  }

  private isService(name: string, listener: RegistryListener): boolean {
    try {
      interfaceName(interfaceOf(name));
      return true;
    } catch {
      listener.skipped(`/${this.options.group}`, `${shortened(name)} is not a valid interface name`);
      return false;
    }
  }
}

/** `providers:org.x.Demo:1.0.0:group`. */
const interfaceOf = (service: string): string => service.split(":")[1] ?? "";
const pathOf = (service: string, group: string): string => `/${group}/${service}`;
const emptyRecord = (service: string, group: string): ServiceRecord => record(interfaceOf(service), pathOf(service, group), [], []);

function grpcAddress(server: string): string {
  const colon = server.lastIndexOf(":");
  return `${server.slice(0, colon)}:${Number(server.slice(colon + 1)) + 1000}`;
}

/** Nacos' ServiceInfo; undefined if it is none of ours. */
export function serviceRecord(info: unknown, group: string): { service: string; record: ServiceRecord } | undefined {
  const { name, hosts } = fieldsOf(info);
  const service = typeof name === "string" ? name.slice(name.indexOf("@@") < 0 ? 0 : name.indexOf("@@") + 2) : "";
  if (!service.startsWith(PREFIX)) return undefined;
  const skipped: Skipped[] = [], found: Registration[] = [];
  for (const instance of itemsOf(hosts).slice(0, MAX_INSTANCES).map(fieldsOf)) {
    try {
      const one = instanceOf(interfaceOf(service), instance);
      if (one) found.push(one);
    } catch (error) {
      skipped.push({ path: pathOf(service, group), reason: `${shortened(textOf(instance.ip))} ${unusable(error)}` });
    }
  }
  return { service, record: record(interfaceOf(service), pathOf(service, group), found, skipped) };
}

/** Undefined: it is switched off, ill, or speaks another protocol. */
function instanceOf(name: string, { ip, port, weight = 1, healthy, enabled, metadata }: Record<string, unknown>): Registration | undefined {
  const parameters = textsOf(metadata);
  if (healthy === false || enabled === false || (parameters.get("protocol") ?? "dubbo") !== "dubbo") return undefined;
  // Nacos' own weight, which its console sets, is a factor: 1 if nobody has
  if (weight !== 1 && typeof weight === "number") parameters.set("weight", String(Math.round(weight * Number(parameters.get("weight") ?? 100))));
  return registration(name, textOf(ip), numberOf(port), parameters);
}
