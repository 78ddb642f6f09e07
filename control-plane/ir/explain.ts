import type { Ir, Listener, Mutation, Route, WeightedCluster } from "./ir.ts";
import { holds, type Matcher } from "./matcher.ts";

/** A request as its codec would describe it: null is a key that is there but cannot be read. */
export type Request = Record<string, string | string[] | null>;

export interface Explanation {
  outcome: "route" | "default" | "RouteNotFound";
  /** Name of the route taken. */
  route?: string;
  /** Where it goes, in shares of the weights' sum. */
  clusters: WeightedCluster[];
  hash: string[];
  request: Mutation;
  response: Mutation;
}

/**
 * Answers "where does this request go?" from the intermediate form alone, as the filter would.
 * `listener` is a listener's name or its service's host. Throws if there is no such listener.
 */
export function explain(ir: Ir, question: { listener: string; metadata?: Request }): Explanation {
  const listener = ir.listeners.find((l) => l.name === question.listener) ?? ir.listeners.find((l) => l.service === question.listener);
  if (listener === undefined) {
    throw new Error(`no listener "${question.listener}"; there are: ${ir.listeners.map((l) => l.name).join(", ")}`);
  }
  const route = (listener.routes ?? []).find((r) => matches(r, question.metadata ?? {}));
  return route ? taken(route) : unmatched(listener);
}

function taken(route: Route): Explanation {
  const { name, destinations, hash, request, response } = route;
  return { outcome: "route", route: name, clusters: destinations, hash, request, response };
}

function unmatched(listener: Listener): Explanation {
  const none = { hash: [], request: {}, response: {} };
  if (listener.defaultCluster === undefined) return { outcome: "RouteNotFound", clusters: [], ...none };
  return { outcome: "default", clusters: [{ cluster: listener.defaultCluster, weight: 100 }], ...none };
}

function matches(route: Route, metadata: Request): boolean {
  return route.match.length === 0 || route.match.some((all) => all.every((m) => holds(m, valuesOf(m, metadata))));
}

function valuesOf(matcher: Matcher, metadata: Request): string[] | null {
  const key = matcher.key.toLowerCase();
  const found = Object.entries(metadata).filter(([name]) => name.toLowerCase() === key).map(([, value]) => value);
  return found.includes(null) ? null : (found as (string | string[])[]).flat();
}
