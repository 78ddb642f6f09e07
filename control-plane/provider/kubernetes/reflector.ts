import { setTimeout as sleep } from "node:timers/promises";
import { type Client, type KubernetesObject, Refused, type WatchEvent } from "./client.ts";
import { fieldsOf } from "../foreign.ts";
import type { Kind } from "./kinds.ts";
import { calledAs, misshapen } from "./shape.ts";

/** What a reflector follows: one kind, in one namespace or all, perhaps one object alone. */
export interface Scope { kind: Kind; namespace?: string; name?: string }

export interface Pace {
  /** First wait after a failure, and the longest, in milliseconds. */
  firstMs: number;
  mostMs: number;
  /** How often a kind that is not installed is looked for. */
  absentMs: number;
}

export const PACE: Pace = { firstMs: 800, mostMs: 30_000, absentMs: 60_000 };

export interface Listener {
  changed(): void;
  failed(reason: string): void;
}

/** Of one kind so many are told. */
const MAX_SKIPPED = 100;
const GONE = 410, NOT_FOUND = 404;

/** Keeps a copy of what the API server has: lists, then watches, lists again where the server has forgotten (410). */
export class Reflector {
  /** By `namespace/name`; undefined until the first list. */
  objects: Map<string, KubernetesObject> | undefined;
  /** What the server has that is not an object, by its name, and why. */
  readonly skipped = new Map<string, string>();
  private readonly stopping = new AbortController();
  private running: Promise<void> = Promise.resolve();
  private failures = 0;

  constructor(private readonly client: Client, readonly scope: Scope, private readonly listener: Listener, private readonly pace: Pace) {}

  start(): void { this.running = this.run(); }

  async stop(): Promise<void> {
    this.stopping.abort();
    await this.running;
  }

  private get stopped(): boolean { return this.stopping.signal.aborted; }

  private async run(): Promise<void> {
    while (!this.stopped) {
      const version = await this.attempt(() => this.list());
      if (version !== undefined) await this.follow(version.path, version.version);
      else if (!this.stopped && this.failures === 0) await this.wait(jittered(this.pace.absentMs));
    }
  }

  /** Of the first version of the kind's API that is there; undefined: there is none, and so there are no objects. */
  private async list(): Promise<{ path: string; version: string } | undefined> {
    for (const path of this.paths()) {
      try {
        const { items, version } = await this.client.list(path, this.parameters(), this.stopping.signal);
        this.replace(items);
        return { path, version };
      } catch (error) {
        if (!(error instanceof Refused) || error.status !== NOT_FOUND) throw error;
      }
    }
    this.replace([]);
    return undefined;
  }

  private replace(items: KubernetesObject[]): void {
    this.skipped.clear();
    this.objects = new Map(items.filter((item) => this.usable(item)).map((item) => [calledAs(item), item]));
    this.listener.changed();
  }

  /** Watches from a version on, again and again, until only a new list can help. */
  private async follow(path: string, from: string): Promise<void> {
    let version = from, gone = false;
    const tell = (event: WatchEvent): void => {
      if (event.type === "ERROR") {
        const { code, message } = fieldsOf(event.object);
        gone ||= code === GONE;
        if (!gone) this.fail(new Refused(typeof code === "number" ? code : 0, typeof message === "string" ? message : "the watch has failed"));
        return;
      }
      const { metadata } = fieldsOf(event.object), { resourceVersion } = fieldsOf(metadata);
      if (typeof resourceVersion === "string") version = resourceVersion;
      this.failures = 0;
      if (event.type === "ADDED" || event.type === "MODIFIED" || event.type === "DELETED") this.apply(event.type, event.object);
    };
    while (!this.stopped && !gone) {
      const began = Date.now();
      try {
        await this.client.watch(path, this.parameters(), version, tell, this.stopping.signal);
        // A server that ends each watch at once is not asked in a loop.
        if (Date.now() - began < this.pace.firstMs) await this.wait(jittered(this.pace.firstMs));
      } catch (error) {
        if (this.stopped) return;
        if (error instanceof Refused && (error.status === GONE || error.status === NOT_FOUND)) return;
        await this.pause(error);
      }
    }
  }

  private apply(type: "ADDED" | "MODIFIED" | "DELETED", object: KubernetesObject): void {
    // one that cannot be read any more is not what it was before
    if (!this.usable(object) || type === "DELETED") this.objects!.delete(calledAs(object));
    else this.objects!.set(calledAs(object), object);
    this.listener.changed();
  }

  private usable(object: KubernetesObject): boolean {
    const why = misshapen(object), name = calledAs(object);
    if (why === undefined) this.skipped.delete(name);
    else if (this.skipped.size < MAX_SKIPPED) this.skipped.set(name, why);
    return why === undefined;
  }

  /** What `work` gives; undefined after a failure, and the wait that it costs. */
  private async attempt<T>(work: () => Promise<T | undefined>): Promise<T | undefined> {
    try {
      const result = await work();
      this.failures = 0;
      return result;
    } catch (error) {
      if (!this.stopped) await this.pause(error);
      return undefined;
    }
  }

  private async pause(error: unknown): Promise<void> {
    this.fail(error);
    await this.wait(jittered(Math.min(this.pace.mostMs, this.pace.firstMs * 2 ** (this.failures - 1))));
  }

  private fail(error: unknown): void {
    this.failures++;
    const { kind, namespace } = this.scope, status = error instanceof Refused && error.status > 0 ? `${error.status} ` : "";
    this.listener.failed(`${kind.plural}${kind.group ? `.${kind.group}` : ""}${namespace ? ` in namespace ${namespace}` : ""}: ${status}${error instanceof Error ? error.message : String(error)}`);
  }

  private async wait(ms: number): Promise<void> { await sleep(ms, undefined, { signal: this.stopping.signal, ref: true }).catch(() => undefined); }

  private paths(): string[] {
    const { kind: { group, versions, plural, clusterWide }, namespace } = this.scope;
    const within = namespace === undefined || clusterWide ? "" : `namespaces/${namespace}/`;
    return versions.map((version) => `${group === "" ? "/api" : `/apis/${group}`}/${version}/${within}${plural}`);
  }

  private parameters(): Record<string, string> { return this.scope.name === undefined ? {} : { fieldSelector: `metadata.name=${this.scope.name}` }; }
}

/** Between half and the whole: not all of a fleet come back in the same moment. */
function jittered(ms: number): number { return ms * (0.5 + Math.random() / 2); }
