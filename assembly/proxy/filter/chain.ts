import { Json } from "../../bytes/json";
import { sameJson } from "../../bytes/sameJson";
import { Problems } from "../../bytes/problems";
import { KeyUse } from "./keyUse";
import { Filter } from "./filter";
import { Frame } from "../../codec/frame";
import { Exchange } from "../exchange/exchange";
import { Failure } from "../../codec/failure";
import { Metadata } from "../../codec/metadata";
import { Mutation } from "../../codec/mutation";
import { Condition } from "../match/condition";
import { RouteEntry } from "../exchange/routeEntry";

/** An exchange remembers by a bit each which filters have seen it. */
export const MAX_FILTERS: i32 = 64;

/** A filter as a configuration asks for it. Versions that ask for the same share it, and all that it has learned. */
@final
export class FilterInstance {
  /** Versions that have it. */
  users: i32 = 0;

  constructor(public filter: Filter, private name: string, private config: Json, public asked: KeyUse) {}

  isFor(name: string, config: Json): bool { return this.name == name && sameJson(this.config, config); }
}

/** A filter and the requests that it sees. */
@final
class FilterEntry {
  /** Null: all routes, and requests without one. */
  private routes: RouteEntry[] | null = null;

  constructor(public installed: FilterInstance, private condition: Condition, private names: Json[]) {}

  get filter(): Filter { return this.installed.filter; }

  /** Finds the routes that it is attached to. */
  attach(all: RouteEntry[], problems: Problems): void {
    if (this.names.length == 0) return;
    const routes: RouteEntry[] = [];
    for (let i = 0; i < this.names.length; i++) {
      const route = routeNamed(all, this.names[i].text);
      if (route === null) return problems.wrong(this.names[i], "the name of a route");
      route.hasFilters = true;
      routes.push(route);
    }
    this.routes = routes;
  }

  sees(route: RouteEntry | null, metadata: Metadata): bool {
    const routes = this.routes;
    if (routes !== null && (route === null || !routes.includes(route))) return false;
    if (this.condition.alternatives.length == 0) return true;
    return this.filter.guards ? this.condition.mayHold(metadata) : this.condition.holds(metadata);
  }
}

/** The filter chain of one version of the rules. */
@final
export class FilterChain {
  private links: FilterEntry[] = [];
  /** Words that an exchange needs: one behind the last place. */
  words: i32 = 0;
  /** The filter that the last `onRequest` ended with. */
  last: i32 = 0;

  get length(): i32 { return this.links.length; }
  at(i: i32): FilterInstance { return this.links[i].installed; }
  /** Some filter restricts access. */
  get guards(): bool {
    for (let i = 0; i < this.links.length; i++) if (this.links[i].filter.guards) return true;
    return false;
  }

  add(installed: FilterInstance, condition: Condition, routes: Json[]): void {
    this.links.push(new FilterEntry(installed, condition, routes));
    this.words = max(this.words, installed.filter.place + 1);
  }

  /** One that this version has and another does not have yet; null: there is none. */
  find(name: string, config: Json, other: FilterChain): FilterInstance | null {
    for (let i = 0; i < this.links.length; i++) {
      const installed = this.links[i].installed;
      if (installed.isFor(name, config) && !other.has(installed)) return installed;
    }
    return null;
  }

  has(installed: FilterInstance): bool {
    for (let i = 0; i < this.links.length; i++) if (this.links[i].installed === installed) return true;
    return false;
  }

  hasPlace(place: i32): bool {
    for (let i = 0; i < this.links.length; i++) if (this.links[i].filter.place == place) return true;
    return false;
  }

  attach(routes: RouteEntry[], problems: Problems): void {
    for (let i = 0; i < this.links.length; i++) this.links[i].attach(routes, problems);
  }

  /** The request side, from one filter on, until one refuses, holds, or tells something (`last`); null: go on behind that. */
  onRequest(from: i32, x: Exchange, f: Frame, mutation: Mutation): Failure | null {
    const told = x.toldLength;
    for (let i = from; i < this.links.length; i++) {
      const link = unchecked(this.links[i]);
      if (!link.sees(x.route, f.metadata)) continue;
      x.seen |= <u64>1 << i;
      const failure = link.filter.onRequest(x, f, mutation);
      if (!failure && x.toldLength == told) continue;
      this.last = i;
      return failure;
    }
    this.last = this.links.length;
    return null;
  }

  /** The reply side, last filter first. */
  onReply(x: Exchange, f: Frame, mutation: Mutation): void {
    for (let i = this.links.length - 1; i >= 0; i--) if (x.seen >> i & 1) unchecked(this.links[i]).filter.onReply(x, f, mutation);
  }

  onEnd(x: Exchange): void {
    for (let i = this.links.length - 1; i >= 0; i--) if (x.seen >> i & 1) unchecked(this.links[i]).filter.onEnd(x);
    x.seen = 0;
  }
}

function routeNamed(all: RouteEntry[], name: string): RouteEntry | null {
  for (let i = 0; i < all.length; i++) if (all[i].name == name) return all[i];
  return null;
}
