import { MAX_DEMANDED, MAX_NAME, tooMuch } from "./bounds.ts";
import { allIfUnnamed, type Piece, Stream, type XdsRequest } from "./stream.ts";
import { HEALTH_URL, type Resources, type Type } from "./types.ts";
import { versionOf } from "./snapshot.ts";
import type { Watch } from "./watch.ts";

/** `DiscoveryRequest`. */
export interface DiscoveryRequest extends XdsRequest { versionInfo: string; resourceNames: string[] }

/** `<listener>?<service>`: a service on demand. */
const DEMAND = "?";
/** Endpoints that one filter may tell of: none tells of more. */
const MAX_OUT = 256;

/** State of the world: a request names all that the client wants. */
export class SotwStream extends Stream<DiscoveryRequest> {
  readonly mode = "sotw";
  /** Versions that a client has come with, until there is something to compare them to. */
  private readonly claimed = new Map<Type, string>();

  protected override subscribe(watch: Watch, request: DiscoveryRequest, first: boolean): void {
    // it speaks of a reply that another has followed: what it wants, it will say in its answer to that
    if (!first && request.responseNonce !== watch.nonce) return;
    const names = new Set(request.resourceNames.filter((name) => !name.includes(DEMAND)));
    if (watch.type === "tables") this.demand(request.resourceNames.filter((name) => name.includes(DEMAND)));
    if (names.delete("*")) watch.wildcard = true;
    else if (names.size > 0) watch.wildcard = false;
    else if (first) watch.wildcard = allIfUnnamed(watch.type);
    watch.leave([...watch.names].filter((name) => !names.has(name)));
    for (const name of names) if (!watch.names.has(name)) watch.want(this.known(watch.type, name));
    if (first) this.claimed.set(watch.type, request.versionInfo);
  }

  /** A client that comes back with the version that it would get has all of it. Endpoints it may still wait for. */
  protected override meet(watch: Watch, offered: Resources): void {
    const version = this.claimed.get(watch.type) ?? "";
    this.claimed.delete(watch.type);
    const wanted = watch.wanted(offered);
    if (version === "" || watch.type === "endpoints" || version !== versionOf(wanted)) return;
    watch.take(wanted);
    watch.told = true;
    watch.accepted = version;
  }

  protected override tell({ typeUrl, resourceNames }: DiscoveryRequest): void {
    if (typeUrl !== HEALTH_URL) return;
    const now = Date.now();
    this.out = new Map(resourceNames.slice(0, MAX_OUT).filter((name) => name.length <= MAX_NAME).map((name) => [name, this.out.get(name) ?? now]));
  }

  private demand(all: readonly string[]): void {
    if (all.length > MAX_DEMANDED) throw tooMuch(`${all.length} services on demand, ${MAX_DEMANDED} are allowed`);
    const long = all.find((name) => name.length > MAX_NAME);
    if (long !== undefined) throw tooMuch(`the name of a service with ${long.length} characters, ${MAX_NAME} are allowed`);
    const demanded = new Map<string, Set<string>>();
    for (const name of all) {
      const at = name.indexOf(DEMAND), listener = name.slice(0, at), names = demanded.get(listener) ?? new Set();
      demanded.set(listener, names.add(name.slice(at + 1)));
    }
    this.demands(demanded);
  }

  protected override whole(type: Type): boolean { return allIfUnnamed(type); }

  protected override version(wanted: Resources): string { return versionOf(wanted); }

  protected override reply(resources: Piece[], _gone: readonly string[], versionInfo: string): Record<string, unknown> {
    return { versionInfo, resources: resources.map(({ any }) => any) };
  }
}
