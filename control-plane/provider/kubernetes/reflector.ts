import { setTimeout as sleep } from "node:timers/promises";
import { type Client, type KubernetesObject, Refused, type WatchEvent } from "./client.ts";
import type { Kind } from "./kinds.ts";

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

const GONE = 410, NOT_FOUND = 404;

/** Keeps a copy of what the API server has: lists, then watches, lists again where the server has forgotten (410). */
export class Reflector {
  /** By `namespace/name`; undefined until the first list. */
  objects: Map<string, KubernetesObject> | undefined;
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
    this.objects = new Map(items.map((item) => [identity(item), item]));
    this.listener.changed();
  }

  /** Watches from a version on, again and again, until only a new list can help. */
  private async follow(path: string, from: string): Promise<void> {
    let version = from, gone = false;
    const tell = (event: WatchEvent): void => {
      if (event.type === "ERROR") {
        gone ||= event.object.code === GONE;
        if (!gone) this.fail(new Refused(event.object.code ?? 0, event.object.message ?? "the watch has failed"));
        return;
      }
      version = event.object.metadata.resourceVersion ?? version;
      this.failures = 0;
      if (event.type !== "BOOKMARK") this.apply(event.type, event.object);
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
    if (type === "DELETED") this.objects!.delete(identity(object));
    else this.objects!.set(identity(object), object);
    this.listener.changed();
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

export function identity({ metadata: { namespace, name } }: KubernetesObject): string { return `${namespace ?? ""}/${name}`; }
