import { allIfUnnamed, type Piece, Stream, type XdsRequest } from "./stream.ts";
import { type Resources, type Type } from "./types.ts";
import { versionOf } from "./snapshot.ts";
import type { Watch } from "./watch.ts";

/** `DiscoveryRequest`. */
export interface DiscoveryRequest extends XdsRequest { versionInfo: string; resourceNames: string[] }

/** State of the world: a request names all that the client wants. */
export class SotwStream extends Stream<DiscoveryRequest> {
  readonly mode = "sotw";

  protected override subscribe(watch: Watch, request: DiscoveryRequest, first: boolean, offered: Resources | undefined): void {
    // it speaks of a reply that another has followed: what it wants, it will say in its answer to that
    if (!first && request.responseNonce !== watch.nonce) return;
    const names = new Set(request.resourceNames);
    if (names.delete("*")) watch.wildcard = true;
    else if (names.size > 0) watch.wildcard = false;
    else if (first) watch.wildcard = allIfUnnamed(watch.type);
    watch.leave([...watch.names].filter((name) => !names.has(name)));
    for (const name of names) watch.names.add(name);
    if (first && offered) this.resume(watch, request.versionInfo, offered);
  }

  /** A client that comes back with the version that it would get has all of it. Endpoints it may still wait for. */
  private resume(watch: Watch, version: string, offered: Resources): void {
    const wanted = watch.wanted(offered);
    if (version === "" || watch.type === "endpoints" || version !== versionOf(wanted)) return;
    for (const each of wanted.values()) watch.sent.set(each.name, each.version);
    watch.told = true;
    watch.accepted = version;
  }

  protected override whole(type: Type): boolean { return allIfUnnamed(type); }

  protected override version(wanted: Resources): string { return versionOf(wanted); }

  protected override reply(resources: Piece[], _gone: string[], versionInfo: string): Record<string, unknown> {
    return { versionInfo, resources: resources.map(({ any }) => any) };
  }
}
