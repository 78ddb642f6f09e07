import { createHash } from "node:crypto";
import type { EnvoyResources } from "../translate/envoy/dynamic.ts";
import type { Json } from "../translate/envoy/resource.ts";
import { type EnvoyApi, encodeTable } from "./api.ts";
import { MESSAGES, type Resource, type Resources, type Type, TYPES, type View } from "./types.ts";

/** By listener: names of services. */
export type Demanded = ReadonlyMap<string, ReadonlySet<string>>;
const NOTHING: Demanded = new Map();
/** Different lists of hosts, for which what they get is kept. */
const MAX_LIMITED = 1000;

/** One state of the mesh, encoded. */
export class Snapshot {
  /** Of all that is in it. */
  readonly version: string;
  private readonly limited = new Map<string, View>();
  private readonly hasDemand: boolean;

  constructor(readonly all: View, private readonly source: EnvoyResources) {
    this.hasDemand = source.tables.some(({ onDemand }) => onDemand);
    this.version = digest(TYPES.map((type) => versionOf(all[type])).join());
  }

  /**
   * What a node gets that asks for the services of some hosts only: their listeners, and the clusters that these name. `*.example` stands for
   * every host below; undefined: all. `demanded`: by listener, what it has asked for of services on demand.
   */
  view(hosts: readonly string[] | undefined, demanded: Demanded = NOTHING): View {
    const all = hosts === undefined || hosts.includes("*");
    if (all && !this.hasDemand) return this.all;
    const key = JSON.stringify([all ? "*" : hosts, [...demanded].map(([listener, names]) => [listener, [...names].sort()]).sort()]);
    let view = this.limited.get(key);
    if (view !== undefined) return view;
    // what is asked for is any client's to say: those that are used are kept by who uses them
    if (this.limited.size >= MAX_LIMITED) this.limited.clear();
    this.limited.set(key, view = this.limit(all ? undefined : hosts, demanded));
    return view;
  }

  private limit(hosts: readonly string[] | undefined, demanded: Demanded): View {
    const wanted = this.source.tables.filter(({ service }) => hosts?.some((pattern) => covers(pattern, service)) ?? true);
    const listeners = new Set(wanted.map(({ name }) => name)), named = new Set<string>(), tables = new Map<string, Resource>();
    for (const { name, configuration, onDemand } of wanted) {
      const names = demanded.get(name), text = names && onDemand ? onDemand(names) : configuration;
      collect(JSON.parse(text), named);
      tables.set(name, text === configuration ? this.all.tables.get(name)! : tableOf(name, text));
    }
    for (const listener of this.source.listeners) if (listeners.has(listener.name as string)) collect(listener, named);
    // the way to a Redis Cluster leads through a listener inside of Envoy
    for (const door of this.source.listeners.filter(({ name, internal_listener }) => internal_listener && named.has(name as string))) {
      listeners.add(door.name as string);
      collect(door, named);
    }
    const clusters = this.source.clusters.filter(({ name }) => named.has(name as string));
    for (const cluster of clusters) collect(cluster, named);
    const pick = (type: Type, names: Set<string>): Resources => new Map([...this.all[type]].filter(([name]) => names.has(name)));
    return { clusters: pick("clusters", named), endpoints: pick("endpoints", named), secrets: pick("secrets", named), listeners: pick("listeners", listeners), tables };
  }
}

function tableOf(name: string, configuration: string): Resource { return made(name, encodeTable(name, configuration)); }

function covers(pattern: string, host: string): boolean {
  return pattern === host || (pattern.startsWith("*.") && host.endsWith(pattern.slice(1)));
}

/** All texts of a value: whatever is named by name is among them. */
function collect(value: unknown, into: Set<string>): void {
  if (typeof value === "string") into.add(value);
  else if (typeof value === "object" && value !== null) for (const inner of Object.values(value)) collect(inner, into);
}

/** Encodes resources; what has not changed since the last time is taken over. */
export class Encoder {
  private last = new Map<string, { text: string; resource: Resource }>();

  constructor(private readonly api: EnvoyApi) {}

  snapshot(source: EnvoyResources): Snapshot {
    const next: typeof this.last = new Map();
    const resource = (type: Type, name: string, text: string, encode: () => Uint8Array, json?: Json): [string, Resource] => {
      const key = `${type} ${name}`, known = this.last.get(key);
      const entry = known?.text === text ? known : { text, resource: made(name, encode(), json) };
      next.set(key, entry);
      return [name, entry.resource];
    };
    const plain = (type: Exclude<Type, "tables">, all: Json[], nameOf: (json: Json) => unknown, keep: (json: Json) => unknown = () => false): Resources =>
      new Map(all.map((json) => resource(type, nameOf(json) as string, JSON.stringify(json), () => this.api.encode(MESSAGES[type], json), keep(json) ? json : undefined)));
    const view = {
      clusters: plain("clusters", source.clusters, ({ name }) => name),
      endpoints: plain("endpoints", source.endpoints, ({ cluster_name }) => cluster_name, () => true),
      secrets: plain("secrets", source.secrets, ({ name }) => name),
      listeners: plain("listeners", source.listeners, ({ name }) => name, ({ internal_listener }) => internal_listener),
      tables: new Map(source.tables.map(({ name, configuration }) => resource("tables", name, configuration, () => encodeTable(name, configuration)))),
    };
    this.last = next;
    return new Snapshot(view, source);
  }

  /** One assignment of endpoints that is in no snapshot: a step between two. */
  assignment(json: Json): Resource { return made(json.cluster_name as string, this.api.encode(MESSAGES.endpoints, json), json); }
}

function made(name: string, bytes: Uint8Array, json?: Json): Resource {
  return { name, version: digest(bytes), bytes, ...(json ? { json } : {}) };
}

const versions = new WeakMap<Resources, string>();

/** Of resources together: the same for the same set. */
export function versionOf(resources: Resources): string {
  let version = versions.get(resources);
  if (version === undefined) {
    version = digest([...resources.values()].map((each) => `${each.name}\n${each.version}`).sort().join("\n"));
    versions.set(resources, version);
  }
  return version;
}

function digest(content: string | Uint8Array): string { return createHash("sha256").update(content).digest("hex").slice(0, 16); }
