import { type Resources, type Type } from "./types.ts";

/** What a client said of resources that it does not take. */
export interface Refusal {
  reason: string;
  /** Those that its words name; if they name none, all that it was sent. */
  resources: string[];
  /** Milliseconds since 1970. */
  at: number;
}

/** `sent` for a name that the client asked for and that does not exist. */
const NONE = "";

/** What one stream wants and has of one type. */
export class Watch {
  wildcard = false;
  readonly names = new Set<string>();
  /** Versions of what the client was sent, by name. */
  readonly sent = new Map<string, string>();
  /** Of the last response; empty before the first. */
  nonce = "";
  /** True between a response and what the client says to it. */
  awaiting = false;
  /** True once the client knows a state, be it an empty one. */
  told = false;
  /** Of the last response, and of the last one that was taken. */
  version = "";
  accepted = "";
  refusal?: Refusal;
  /** What the last response was about. */
  private latest: string[] = [];

  constructor(readonly type: Type) {}

  /** Those of `offered` that the client asks for. */
  wanted(offered: Resources): Resources {
    if (this.wildcard) return offered;
    const wanted: [string, NonNullable<ReturnType<Resources["get"]>>][] = [];
    for (const name of this.names) {
      const resource = offered.get(name);
      if (resource) wanted.push([name, resource]);
    }
    return wanted.length === offered.size ? offered : new Map(wanted);
  }

  /** Names of what is to be sent: other content than the client has. */
  changed(wanted: Resources): string[] {
    const names: string[] = [];
    for (const { name, version } of wanted.values()) if (this.sent.get(name) !== version) names.push(name);
    return names;
  }

  /** Names of what the client has and should not, or asked for in vain and does not know. */
  gone(wanted: Resources): string[] {
    const had = [...this.sent].filter(([name, version]) => version !== NONE && !wanted.has(name)).map(([name]) => name);
    return [...had, ...[...this.names].filter((name) => !wanted.has(name) && !this.sent.has(name))];
  }

  /** A response with these goes out. */
  sends(wanted: Resources, changed: readonly string[], gone: readonly string[], nonce: string, version: string): void {
    for (const name of changed) this.sent.set(name, wanted.get(name)!.version);
    for (const name of gone) {
      if (this.names.has(name)) this.sent.set(name, NONE);
      else this.sent.delete(name);
    }
    Object.assign(this, { nonce, version, awaiting: true, told: true, latest: [...changed] });
  }

  /** The client does not want these any more: what it had of them it has forgotten. */
  leave(names: Iterable<string>): void {
    for (const name of names) {
      this.names.delete(name);
      this.sent.delete(name);
    }
  }

  accept(): void {
    this.awaiting = false;
    this.accepted = this.version;
    this.refusal = undefined;
  }

  refuse(reason: string): void {
    this.awaiting = false;
    const named = this.latest.filter((name) => reason.includes(name));
    this.refusal = { reason, resources: named.length > 0 ? named : this.latest, at: Date.now() };
  }
}
