import { MAX_NAME, MAX_NAMES, MAX_NAMES_LENGTH } from "./bounds.ts";
import { difference } from "./difference.ts";
import { type Resources, type Type } from "./types.ts";

/** What a client said of resources that it does not take. */
export interface Refusal {
  reason: string;
  /** Those that its words name; if they name none, all that it was sent. */
  resources: string[];
  /** Milliseconds since 1970. */
  at: number;
}

/** Version of a name that the client knows not to exist. */
const NONE = "";
const NOTHING: Resources = new Map();

/** What one stream wants and has of one type. */
export class Watch {
  wildcard = false;
  readonly names = new Set<string>();
  /** What it was sent last, shared with all that were sent the same; and versions that differ from that, by name: undefined where it has nothing. */
  private base = NOTHING;
  private readonly others = new Map<string, string | undefined>();
  /** Names that it has asked for and not heard of yet. */
  private readonly asked = new Set<string>();
  private last: { offered: Resources; wanted: Resources } | undefined;
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
  /** Names that it said it has; characters of those and of the names that it wants, and of the longest. */
  private claims = 0;
  private length = 0;
  private longest = 0;
  /** What the last response was about. */
  private latest: readonly string[] = [];

  constructor(readonly type: Type) {}

  /** The version that the client has, or NONE; undefined: it was told nothing of the name. */
  private versionOf(name: string): string | undefined { return this.others.has(name) ? this.others.get(name) : this.base.get(name)?.version; }

  has(name: string): boolean { return (this.versionOf(name) ?? NONE) !== NONE; }

  /** How many resources the client has. */
  get size(): number {
    let size = this.base.size;
    for (const [name, version] of this.others) size += Number((version ?? NONE) !== NONE) - Number(this.base.has(name));
    return size;
  }

  /** What is too much of what the client says that it wants and has; undefined: nothing is. */
  excess(): string | undefined {
    if (this.longest > MAX_NAME) return `a name of ${this.longest} characters, ${MAX_NAME} are allowed`;
    if (this.names.size + this.claims > MAX_NAMES) return `${this.names.size + this.claims} names of ${this.type}, ${MAX_NAMES} are allowed`;
    if (this.length > MAX_NAMES_LENGTH) return `names of ${this.type} with ${this.length} characters together, ${MAX_NAMES_LENGTH} are allowed`;
    return undefined;
  }

  want(name: string): void {
    this.last = undefined;
    if (!this.names.has(name)) this.weigh(name);
    this.names.add(name);
    this.asked.add(name);
  }

  /** It has, or will have, none of this version. */
  forget(name: string): void { this.others.set(name, undefined); }

  /** The client says that it has this. */
  claim(name: string, version: string): void {
    this.claims++;
    this.weigh(name + version);
    this.others.set(name, version);
  }

  private weigh(text: string): void {
    this.length += text.length;
    this.longest = Math.max(this.longest, text.length);
  }

  /** The client has all of these. */
  take(wanted: Resources): void {
    for (const [name, version] of this.others) if (version !== NONE || wanted.has(name)) this.others.delete(name);
    this.base = wanted;
  }

  /** Those of `offered` that the client asks for. */
  wanted(offered: Resources): Resources {
    if (this.wildcard) return offered;
    if (this.last?.offered !== offered) this.last = { offered, wanted: this.wantsAll(offered) ? offered : this.picked(offered) };
    return this.last.wanted;
  }

  /** It wanted all before, and there are no others now. */
  private wantsAll(offered: Resources): boolean {
    const last = this.last;
    return last !== undefined && last.wanted === last.offered && offered.size === last.offered.size && difference(last.offered, offered).gone.length === 0;
  }

  private picked(offered: Resources): Resources {
    const picked: [string, NonNullable<ReturnType<Resources["get"]>>][] = [];
    for (const name of this.names) {
      const resource = offered.get(name);
      if (resource) picked.push([name, resource]);
    }
    return picked.length === offered.size ? offered : new Map(picked);
  }

  /** Names of what is to be sent: other content than the client has. */
  changed(wanted: Resources): readonly string[] {
    const { changed } = difference(this.base, wanted);
    if (this.others.size === 0) return changed;
    const own = [...this.others].filter(([name, version]) => wanted.has(name) && wanted.get(name)!.version !== version).map(([name]) => name);
    return [...changed.filter((name) => !this.others.has(name)), ...own];
  }

  /** Names of what the client has and should not, or asked for in vain and does not know. */
  gone(wanted: Resources): readonly string[] {
    const { gone } = difference(this.base, wanted);
    if (this.others.size + this.asked.size === 0) return gone;
    const own = [...this.others].filter(([name, version]) => (version ?? NONE) !== NONE && !wanted.has(name)).map(([name]) => name);
    return [...gone.filter((name) => !this.others.has(name)), ...own, ...[...this.asked].filter((name) => !wanted.has(name) && this.versionOf(name) === undefined)];
  }

  /** A response goes out, after which the client has all of `wanted`. */
  sends(wanted: Resources, changed: readonly string[], gone: readonly string[], nonce: string, version: string): void {
    this.take(wanted);
    for (const name of gone) if (this.names.has(name)) this.others.set(name, NONE);
    this.asked.clear();
    Object.assign(this, { nonce, version, awaiting: true, told: true, latest: changed });
  }

  /** The client does not want these any more: what it had of them it has forgotten. */
  leave(names: Iterable<string>): void {
    for (const name of names) {
      this.last = undefined;
      if (this.names.delete(name)) this.length -= name.length;
      this.asked.delete(name);
      if (this.base.has(name)) this.others.set(name, undefined);
      else this.others.delete(name);
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
    this.refusal = { reason, resources: named.length > 0 ? named : [...this.latest], at: Date.now() };
  }
}
