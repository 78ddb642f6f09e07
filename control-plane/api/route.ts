import type { Fault } from "./fault.ts";
import type { Field, Fields } from "./field.ts";
import type { Metadata } from "./metadata.ts";
import type { Located, Place } from "./problem.ts";
import type { RateLimits } from "./rateLimit.ts";
import type { Retries } from "./retries.ts";
import type { Matcher } from "../ir/matcher.ts";

/** What all three spellings of routes say. */
export interface RouteResource extends Metadata, RateLimits {
  hosts: Located<string>[];
  /** Where its rules hold: Gateways, `NAMESPACE/NAME` or `NAME`, and `mesh` for requests of services themselves; absent: there only. */
  gateways?: Located<string>[];
  /** The protocol that its author thinks the hosts speak. */
  protocol?: Located<string>;
  defaultRoute: boolean;
  rules: RouteRule[];
  /** For requests of any rule: those that one of the matchers holds for, all if there is none. */
  faults?: { match: Located<Matcher>[]; fault: Fault }[];
}

/** What a rule does beside routing and changing. */
export interface RouteActions {
  /** Until the last reply, in milliseconds; absent: as long as it takes. */
  timeoutMs?: number;
  fault?: Fault;
  retries?: Retries;
  mirrors: Mirror[];
}

/** Copies of a share of the requests, in millionths. */
export interface Mirror { destination: Destination; share: number }

export interface RouteRule extends RouteActions {
  name: string;
  at: Place;
  /** Any of them; empty: matches all. */
  alternatives: Alternative[];
  destinations: Destination[];
  request: Mutation;
  response: Mutation;
  /** Redis: what its keys begin with, and where it is written that servers get them without it. */
  keyPrefix?: { text: string; removed?: Place };
}

/** All of its matchers, on the port and at the gateways named (absent: any). */
export interface Alternative { at: Place; port?: number; gateways?: Located<string>[]; matchers: Located<Matcher>[] }

export interface Destination {
  host: Located<string>;
  subset?: Located<string>;
  port?: Located<number>;
  weight: number;
}

export interface Mutation {
  set: Located<[key: string, value: string]>[];
  append: Located<[key: string, value: string]>[];
  remove: Located<string>[];
}

/** What the filter takes. */
const MAX_WEIGHT = 1 << 20;

export const noMutation = (): Mutation => ({ set: [], append: [], remove: [] });

/** Names of Gateways, and `mesh`. */
export function readGateways(field: Field): { gateways?: Located<string>[] } { return field.missing ? {} : { gateways: field.strings() }; }

/** `{host, subset, port{number}}` with the weight that stands beside it. */
export function readDestination(field: Field, weight: number): Destination | undefined {
  const record = field.record();
  const host = record.required("host").located();
  const subset = record.field("subset").located();
  const port = readPortSelector(record.field("port"));
  record.end();
  return host && { host, weight, ...(subset ? { subset } : {}), ...(port ? { port } : {}) };
}

function readPortSelector(field: Field): Located<number> | undefined {
  if (field.missing) return undefined;
  const record = field.record();
  const number = record.required("number").integer(0, 65535);
  record.end();
  return number === undefined ? undefined : { value: number, at: field.at };
}

/** `[{destination, weight}]`. One alone has all; with several, a missing weight is 0 (Istio's rule). */
export function readWeighted(field: Field, extra?: (item: Fields) => void): Destination[] {
  const items = field.list();
  const destinations: Destination[] = [];
  for (const item of items) {
    const record = item.record();
    const weight = record.field("weight").integer(0, MAX_WEIGHT) ?? (items.length === 1 ? 100 : 0);
    const destination = readDestination(record.required("destination"), weight);
    extra?.(record);
    record.end();
    if (destination) destinations.push(destination);
  }
  if (field.isList && items.length === 0) field.error("must have at least one destination");
  const sum = destinations.reduce((total, d) => total + d.weight, 0);
  if (destinations.length > 0 && destinations.length === items.length && sum === 0) field.error("weights must sum to more than 0");
  return destinations;
}

/** `{request{set,add,remove}, response{...}}`, of a rule or of a destination. */
export function readHeaders(field: Field): { request: Mutation; response: Mutation } {
  if (field.missing) return { request: noMutation(), response: noMutation() };
  const record = field.record();
  const [request, response] = [readOperations(record.field("request")), readOperations(record.field("response"))];
  record.end();
  return { request, response };
}

function readOperations(field: Field): Mutation {
  if (field.missing) return noMutation();
  const record = field.record();
  const mutation = {
    set: readPairs(record.field("set")),
    append: readPairs(record.field("add")),
    remove: record.field("remove").strings(),
  };
  record.end();
  return mutation;
}

function readPairs(field: Field): Mutation["set"] {
  const texts = field.stringMap();
  return field.missing ? [] : field.entries().filter(({ key }) => key in texts)
    .map(({ key, value }) => ({ value: [key, texts[key]!], at: value.at }));
}
