import { fieldsOf, itemsOf, numberOf, textOf, textsOf } from "../foreign.ts";
import { readEach, record, type ServiceRecord } from "./record.ts";
import { registration, shortened, unusable, Unusable, type Registration, type Skipped } from "./registration.ts";

/**
 * One server as Dubbo 3 registers it: an application at an address, once for all its interfaces. Which interfaces those are
 * stands in the registry's mapping; their groups and versions do not.
 */
export interface Instance {
  application: string;
  address: string;
  /** Of the protocol dubbo. */
  port: number;
  metadata: ReadonlyMap<string, string>;
}

const MAX_TEXT = 64 << 10;

/** An instance from a node of ZooKeeper's or etcd's (Curator's JSON); undefined: it does not speak Dubbo's protocol. Throws Unusable. */
export function readInstance(text: string): Instance | undefined {
  if (text.length > MAX_TEXT) throw new Unusable(`is longer than ${MAX_TEXT} characters`);
  const { name, address, payload } = fieldsOf(parsed(text));
  return instanceOf(textOf(name), textOf(address), fieldsOf(payload).metadata);
}

/** The same from its parts; `metadata` is an object of texts. Throws Unusable. */
export function instanceOf(application: string, address: string, metadata: unknown): Instance | undefined {
  const texts = textsOf(metadata), endpoints = parsed(texts.get("dubbo.endpoints") ?? "[]");
  if (!Array.isArray(endpoints)) throw new Unusable("has no list of endpoints");
  const own = itemsOf(endpoints).map(fieldsOf).find(({ protocol }) => protocol === "dubbo");
  if (own === undefined) return undefined;
  const parameters = new Map([...texts].filter(([key]) => !key.startsWith("dubbo.")).concat([["application", application]]));
  return { application, address, port: numberOf(own.port), metadata: parameters };
}

function parsed(text: string): unknown {
  try {
    return JSON.parse(text) as unknown;
  } catch {
    throw new Unusable(`${shortened(text.slice(0, 40))} is no JSON`);
  }
}

/** What servers registered under an interface itself, and those of its applications that are not among them. */
export function withInstances(own: ServiceRecord, instances: readonly Instance[]): ServiceRecord {
  if (instances.length === 0) return own;
  const known = new Set(own.registrations.map(({ address, port }) => `${address} ${port}`));
  const skipped: Skipped[] = [...own.skipped];
  const more: Registration[] = [];
  for (const { application, address, port, metadata } of instances) {
    try {
      const found = registration(own.interface, address, port, metadata);
      if (!known.has(`${found.address} ${found.port}`)) more.push({ ...found, unversioned: true });
    } catch (error) {
      skipped.push({ path: own.path, reason: `${shortened(application)} ${unusable(error)}` });
    }
  }
  return record(own.interface, own.path, [...own.registrations, ...more], skipped);
}

/** Reads instances' texts; those that cannot be read go to `skipped`. */
export function readInstances(texts: readonly string[], path: string, skipped: Skipped[]): Instance[] {
  return readEach(texts, path, readInstance, skipped);
}
