import { HeaderMutation } from "../filter/headerMutation";
import { Cluster } from "../cluster/cluster";
import { HASH_START, hashBytes, mix } from "../cluster/hash";
import { CANNOT_CHANGE, Failure } from "../../codec/failure";
import { Metadata, View } from "../../codec/metadata";
import { randomBelow } from "../runtime/random";
import { Exchange } from "../exchange/exchange";
import { RouteEntry } from "../exchange/routeEntry";
import { Condition } from "../match/condition";
import { Match, mixedSlot } from "../match/matcher";
import { Mirror } from "./mirror";
import { RetryPolicy } from "./retryPolicy";
import { RuleRun, runsOf } from "./exactIndex";

const value: View = new View();

/** The route of a request; null: none. Every route entry is a route. */
export function routeOf(x: Exchange): Route | null { return changetype<Route | null>(x.route); }

/** What happens to the requests of one rule. */
@final
export class Route extends RouteEntry {
  condition: Condition = new Condition();
  /** Shares of `clusters`, as sums: the last is the whole. */
  shares: u32[] = [];
  /** Keys whose values pick the endpoint. */
  hashSlots: i32[] = [];
  /** Milliseconds that an answer may take; 0: for ever. */
  timeoutMs: i32 = 0;
  /** Null: no request is sent twice. */
  retries: RetryPolicy | null = null;
  mirrors: Mirror[] = [];
  /** Changes to requests and replies; null: none. */
  request: HeaderMutation | null = null;
  response: HeaderMutation | null = null;
  /** For requests that cannot carry its changes. */
  cannotChange: Failure = CANNOT_CHANGE;

  constructor(name: string) { super(name); }

  match(metadata: Metadata): Match { return this.condition.match(metadata); }

  /** Whole requests are needed: they may be sent twice. */
  get keepsRequests(): bool { return this.retries !== null || this.mirrors.length > 0; }

  /** True if requests fare the same on both. */
  leadsAs(other: Route): bool {
    if (this === other) return true;
    const plain = this.clusters.length == 1 && other.clusters.length == 1 && this.clusters[0] === other.clusters[0];
    if (this.hasFilters || other.hasFilters || this.keepsRequests || other.keepsRequests || this.timeoutMs != other.timeoutMs) return false;
    return plain && !this.request && !this.response && !other.request && !other.response;
  }

  /** The cluster for one request, by share. */
  pickCluster(): Cluster {
    const count = this.clusters.length;
    if (count == 1) return unchecked(this.clusters[0]);
    const ticket = randomBelow(unchecked(this.shares[count - 1]));
    let i = 0;
    while (ticket >= unchecked(this.shares[i])) i++;
    return unchecked(this.clusters[i]);
  }

  /** Hash of the first values of the rule's keys, in order; what is absent or hidden counts as empty. */
  hash(metadata: Metadata): u64 {
    let hash = HASH_START;
    for (let i = 0; i < this.hashSlots.length; i++) {
      const place = metadata.first(this.hashSlots[i]);
      if (place >= 0) {
        metadata.view(place, value);
        hash = hashBytes(hash, value.at, value.length);
      }
      hash = mix(hash);
    }
    return hash;
  }

  /** True if all values of a hashed key pick the same endpoint: of each cluster, or of one the endpoint that is given. */
  picksOne(metadata: Metadata, only: Cluster | null, endpoint: i32): bool {
    if (this.hashSlots.length == 0) return true;
    let slot = this.hashSlots[0];
    for (let i = 0; i < this.hashSlots.length; i++) {
      const first = metadata.first(this.hashSlots[i]);
      if (first >= 0 && metadata.next(first) >= 0) slot = this.hashSlots[i];
    }
    for (let i = 0; i < this.clusters.length; i++) {
      const cluster = unchecked(this.clusters[i]);
      if (!cluster.isHashed || (only !== null && only !== cluster)) continue;
      let place = metadata.first(slot), picked = only ? endpoint : place >= 0 ? cluster.pickByHash(this.hash(metadata)) : 0;
      while (place >= 0) {
        place = metadata.focus(slot, place);
        if (cluster.pickByHash(this.hash(metadata)) == picked) continue;
        metadata.unfocus();
        return false;
      }
      metadata.unfocus();
    }
    return true;
  }
}

/** Ordered rules; the first that matches decides. */
@final
export class RouteTable {
  routes: Route[] = [];
  private runs: RuleRun[] = [];
  private match: Match = Match.No;
  /** For requests that no rule matches; null: they find no route. */
  fallback: Route | null = null;
  /** The last `find` found none because the values of a key lead to different routes. */
  mixed: bool = false;

  /** The route of a name; null: there is none. */
  named(name: string): Route | null {
    for (let i = 0; i < this.routes.length; i++) if (this.routes[i].name == name) return this.routes[i];
    const fallback = this.fallback;
    return fallback && fallback.name == name ? fallback : null;
  }

  /** All routes, the one for requests that no rule matches included. */
  entries(): RouteEntry[] {
    const all: RouteEntry[] = [], fallback = this.fallback;
    for (let i = 0; i < this.routes.length; i++) all.push(this.routes[i]);
    if (fallback) all.push(fallback);
    return all;
  }

  /** All rules are there, and read. */
  seal(): void {
    const conditions: Condition[] = [];
    for (let i = 0; i < this.routes.length; i++) conditions.push(this.routes[i].condition);
    this.runs = runsOf(conditions);
  }

  /** The route of a request, null if it has none. Several values of a key must all lead the same way. */
  find(metadata: Metadata): Route | null {
    const route = this.first(metadata);
    this.mixed = false;
    return this.match == Match.Mixed ? this.findForEach(metadata, mixedSlot()) : route;
  }

  /** The route on which all values of a key agree. */
  private findForEach(metadata: Metadata, slot: i32): Route | null {
    let agreed: Route | null = null, place = metadata.first(slot);
    this.mixed = true;
    while (place >= 0) {
      place = metadata.focus(slot, place);
      const route = this.first(metadata);
      if (route === null || this.match == Match.Mixed || (agreed && !route.leadsAs(agreed))) {
        metadata.unfocus();
        return null;
      }
      agreed = route;
    }
    metadata.unfocus();
    this.mixed = false;
    return agreed;
  }

  /** The first rule that does not say no, and in `match` what it says; the fallback if all do. */
  private first(metadata: Metadata): Route | null {
    for (let i = 0; i < this.runs.length; i++) {
      const run = unchecked(this.runs[i]);
      for (let rule = run.begin(metadata); rule >= 0; rule = run.next(rule)) {
        const route = unchecked(this.routes[rule]);
        this.match = route.match(metadata);
        if (this.match != Match.No) return route;
      }
    }
    this.match = Match.No;
    return this.fallback;
  }
}
