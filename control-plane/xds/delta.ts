import { versionOf } from "./snapshot.ts";
import { allIfUnnamed, type Piece, Stream, type XdsRequest } from "./stream.ts";
import type { Resources } from "./types.ts";
import type { Watch } from "./watch.ts";

/** `DeltaDiscoveryRequest`. */
export interface DeltaDiscoveryRequest extends XdsRequest {
  resourceNamesSubscribe: string[];
  resourceNamesUnsubscribe: string[];
  initialResourceVersions: Record<string, string>;
}

/** Delta: requests and replies tell of changes only. */
export class DeltaStream extends Stream<DeltaDiscoveryRequest> {
  readonly mode = "delta";

  protected override subscribe(watch: Watch, request: DeltaDiscoveryRequest, first: boolean): void {
    const { resourceNamesSubscribe: more, resourceNamesUnsubscribe: less, initialResourceVersions: versions } = request;
    if (first && more.length === 0) watch.wildcard = allIfUnnamed(watch.type);
    for (const name of more) {
      if (name === "*") watch.wildcard = true;
      else watch.want(this.known(watch.type, name));
      // who asks again wants it again
      watch.forget(name);
    }
    if (less.includes("*")) watch.wildcard = false;
    watch.leave(less);
    if (!first) return;
    for (const [name, version] of Object.entries(versions)) watch.claim(name, version);
    watch.told = watch.size > 0;
  }

  protected override whole(): boolean { return false; }

  protected override version(_wanted: Resources, offered: Resources): string { return versionOf(offered); }

  protected override reply(resources: Piece[], removedResources: readonly string[], systemVersionInfo: string): Record<string, unknown> {
    return { systemVersionInfo, removedResources, resources: resources.map(({ name, version, any }) => ({ name, version, resource: any })) };
  }
}
