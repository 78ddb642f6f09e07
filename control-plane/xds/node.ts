import { withFormer } from "./assignment.ts";
import { difference, joined, once } from "./difference.ts";
import type { Demanded, Encoder } from "./snapshot.ts";
import type { NodeInfo, Owner, Stream } from "./stream.ts";
import { type Resource, type Resources, type Type, TYPES, type View } from "./types.ts";

/** How long one step of a change waits for those that have to take it. */
const STEP_MS = 1000;
/** The same for listeners inside of Envoy: what tables name leads through them, and redis_proxy takes seconds where Envoy is busy. */
const INNER_STEP_MS = 15_000;
/** What an Envoy has taken its workers have a moment later. */
const WORKERS_MS = 50;
const FIRST: readonly Type[] = ["clusters", "endpoints", "secrets", "listeners"], SECOND: readonly Type[] = ["listeners", "tables"];

/**
 * One Envoy: its own stream, and one of each filter of each worker; or filters whose Envoy is not known (Parties). A change comes to it in steps, so that whatever is named is there: first what is
 * new for Envoy, beside what was; then the tables; then what was goes.
 */
export class XdsNode implements Owner {
  readonly streams = new Set<Stream>();
  private view: Record<Type, Resources> | undefined;
  private goal: View | undefined;
  private rolling = false;
  /** The goal that was reached last. */
  private reached: View | undefined;
  private readonly waiting = new Set<() => void>();
  /** When clusters that nothing names any more go, by name. */
  private readonly deadlines = new Map<string, number>();
  private timer: NodeJS.Timeout | undefined;

  /**
   * `graceMs`: how long a cluster stays once the tables do not name it: for requests that are under way. `demanded`: what filters ask for of services on
   * demand, together; `demands`: one asks for something else.
   */
  constructor(
    readonly info: NodeInfo, private readonly graceMs: number, private readonly both: (last: Resources, next: Resources) => Resources,
    public demanded: Demanded, readonly demands: (stream: Stream, demanded: Demanded) => void,
  ) {}

  /** Takes a stream, from its former node if it has one. */
  add(stream: Stream): void {
    stream.home?.leave(stream);
    this.streams.add(stream);
    stream.home = this;
    for (const type of TYPES) stream.sync(type);
  }

  leave(stream: Stream): void {
    this.streams.delete(stream);
    this.heard();
  }

  /** Hosts that it asks for; undefined: all. */
  get hosts(): string[] | undefined {
    const hosts = this.info.metadata?.services;
    return Array.isArray(hosts) ? hosts.filter((host): host is string => typeof host === "string") : undefined;
  }

  /** Where it is, `region/zone/subzone`; empty: it does not say. */
  get locality(): string {
    const { region = "", zone = "", subZone = "" } = this.info.locality ?? {};
    return [region, zone, subZone].join("/").replace(/\/+$/, "");
  }

  offered(type: Type): Resources | undefined { return this.view?.[type]; }

  heard(): void { for (const look of this.waiting) look(); }

  /** What it is to have from now on. */
  update(view: View): void {
    this.goal = view;
    if (this.view === undefined) {
      this.view = { ...view };
      this.reached = view;
      this.sync(TYPES);
    } else if (!this.rolling && view !== this.reached) void this.roll();
  }

  stop(): void { clearTimeout(this.timer); }

  private async roll(): Promise<void> {
    this.rolling = true;
    while (this.reached !== this.goal) {
      const view: View = this.goal!;
      await this.step(view);
      this.reached = view;
    }
    this.rolling = false;
  }

  private async step(view: View): Promise<void> {
    const had = this.view!, start = Date.now(), clusters = joined(had.clusters, view.clusters), added = clusters.size > had.clusters.size;
    for (const name of this.deadlines.keys()) if (view.clusters.has(name)) this.deadlines.delete(name);
    this.view = { ...had, clusters, endpoints: this.both(had.endpoints, view.endpoints), secrets: joined(had.secrets, view.secrets), listeners: joined(had.listeners, inner(view.listeners)) };
    this.sync(FIRST);
    await this.settled(FIRST, start, [...inner(view.listeners).keys()].every((name) => had.listeners.has(name)) ? STEP_MS : INNER_STEP_MS);
    // what it does not take must not be named
    if (this.refuses(FIRST, start)) return;
    if (added) await new Promise((resolve) => setTimeout(resolve, WORKERS_MS));
    Object.assign(this.view, { listeners: view.listeners, tables: view.tables });
    this.sync(SECOND);
    await this.settled(SECOND, start);
    Object.assign(this.view, { endpoints: kept(had.endpoints, view.endpoints, this.view.clusters), secrets: view.secrets });
    this.sync(FIRST);
    this.expire(view);
  }

  /** Lets clusters go that `view` has not, each after its grace; what a filter has refused still goes by its old table. */
  private expire(view: View): void {
    const now = Date.now(), had = this.view!.clusters, held = this.refuses(["tables"], 0), over: string[] = [];
    for (const name of difference(had, view.clusters).gone) {
      const deadline = this.deadlines.get(name);
      if (deadline !== undefined && deadline <= now && !held) over.push(name);
      else if (deadline === undefined || deadline <= now) this.deadlines.set(name, now + this.graceMs);
    }
    if (over.length > 0) {
      for (const name of over) this.deadlines.delete(name);
      const clusters = this.deadlines.size === 0 ? view.clusters : without(had, over);
      this.view!.clusters = clusters;
      this.view!.endpoints = kept(this.view!.endpoints, view.endpoints, clusters);
      this.sync(FIRST);
    }
    clearTimeout(this.timer);
    if (this.deadlines.size === 0) return;
    const next = Math.max(0, Math.min(...this.deadlines.values()) - now);
    this.timer = setTimeout(() => {
      // else the step that is under way ends with it
      if (!this.rolling) this.expire(view);
    }, next).unref();
  }

  private sync(types: readonly Type[]): void {
    for (const type of types) for (const stream of this.streams) stream.sync(type);
  }

  /** Whose word counts: a filter has none in what is its Envoy's. */
  private takers(type: Type): Stream[] { return [...this.streams].filter(({ isFilter }) => type === "tables" || !isFilter); }

  /** True if one of its streams has refused one of these, since a time, and has taken nothing since. */
  private refuses(types: readonly Type[], since: number): boolean {
    return types.some((type) => this.takers(type).some((stream) => (stream.watches.get(type)?.refusal?.at ?? -1) >= since));
  }

  /** Resolves when all of its streams have answered to all of these, or time is up. */
  private settled(types: readonly Type[], start: number, most = STEP_MS): Promise<void> {
    const done = (): boolean => types.every((type) => this.takers(type).every((stream) => stream.settled(type)));
    if (done()) return Promise.resolve();
    return new Promise((resolve) => {
      const finish = (): void => {
        clearTimeout(timer);
        this.waiting.delete(look);
        resolve();
      };
      const look = (): void => { if (done() || this.refuses(types, start)) finish(); };
      const timer = setTimeout(finish, most);
      this.waiting.add(look);
    });
  }
}

const inners = new WeakMap<Resources, Resources>();

/** Those inside of Envoy: what tables name leads there, so they come with clusters. */
function inner(listeners: Resources): Resources {
  let inner = inners.get(listeners);
  if (inner === undefined) inners.set(listeners, inner = new Map([...listeners].filter(([, { json }]) => json)));
  return inner;
}

function without(all: Resources, names: readonly string[]): Resources {
  const rest = new Map(all);
  for (const name of names) rest.delete(name);
  return rest;
}

/** All of `next`, and those of `last` whose clusters are there. */
function kept(last: Resources, next: Resources, clusters: Resources): Resources {
  const { gone } = difference(last, next);
  return gone.length === 0 ? next : without(joined(last, next), gone.filter((name) => !clusters.has(name)));
}

/** Endpoints of two states, cluster by cluster: a step between the two. */
export function stepper(encoder: Encoder): (last: Resources, next: Resources) => Resources {
  const merged = once((last: Resource, next: Resource): Resource => {
    const json = withFormer(last.json!, next.json!);
    return json ? encoder.assignment(json) : next;
  });
  return once((last, next) => {
    const steps = difference(last, next).changed.flatMap((name) => {
      const former = last.get(name), resource = next.get(name)!, step = former ? merged(former, resource) : resource;
      return step === resource ? [] : [[name, step] as const];
    });
    const all = joined(last, next);
    return steps.length === 0 ? all : new Map([...all, ...steps]);
  });
}
