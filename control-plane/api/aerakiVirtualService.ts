import { readActions } from "./actions.ts";
import type { Field, Fields } from "./field.ts";
import { each, readDefaultRoute, type Metadata } from "./metadata.ts";
import type { Located } from "./problem.ts";
import { readLimits } from "./rateLimit.ts";
import { readDestination, readGateways, readHeaders, readWeighted, type Alternative, type Destination, type RouteResource, type RouteRule } from "./route.ts";
import { readStringMatch } from "./stringMatch.ts";
import type { Matcher } from "../ir/matcher.ts";

const HOSTS = ["host", "hosts"];
const ROUTES = ["Route", "route", "routes"];

/**
 * networking.aeraki.io/v1alpha1 VirtualService, with the spellings it was shown in: `host` is a list, the routes stand
 * under `Route`, and `key` and `value` stand under `property` or beside it.
 */
export function readAerakiVirtualService(root: Fields, metadata: Metadata): RouteResource {
  const spec = root.required("spec").record();
  const hosts = oneSpelling(spec, HOSTS).strings(true);
  const gateways = readGateways(spec.field("gateways"));
  const protocol = spec.field("protocol").located();
  const defaultRoute = readDefaultRoute(root, spec);
  const rules = each(oneSpelling(spec, ROUTES).list(), (field) => readRule(field, metadata.name));
  const limits = readLimits(spec);
  spec.ignored("exportTo");
  spec.end();
  return { ...metadata, hosts, ...gateways, defaultRoute, rules, ...limits, ...(protocol ? { protocol } : {}) };
}

/** The one of several names for a field that was used; one of them is required. */
function oneSpelling(record: Fields, names: string[]): Field {
  const used = names.filter((name) => record.has(name));
  record.silent(...names);
  for (const name of used.slice(1)) record.field(name).error(`is another name of ${used[0]}: remove one of them`);
  return record.required(used[0] ?? names[0]!);
}

function readRule(field: Field, owner: string): RouteRule {
  const rule = field.record();
  const name = rule.field("name").string() ?? `${owner}${field.path.slice(field.path.lastIndexOf("["))}`;
  const alternatives = each(rule.field("match").list(), readMatch);
  const headers = readHeaders(rule.field("headers"));
  const destinations = readDestinations(rule);
  const actions = readActions(rule);
  rule.end();
  return { name, at: field.at, alternatives, destinations, ...headers, ...actions };
}

function readDestinations(rule: Fields): Destination[] {
  const weighted = rule.field("route");
  if (weighted.missing) return each([rule.required("destination")], (field) => field.missing ? undefined : readDestination(field, 100));
  if (rule.has("destination")) rule.field("destination").error("cannot be combined with route: remove one of them");
  return readWeighted(weighted);
}

function readMatch(field: Field): Alternative | undefined {
  const match = field.record();
  const beside = match.has("key") || match.has("value");
  const property = beside ? match.field("property") : match.required("property");
  const matchers: Located<Matcher>[] = [];
  if (beside) {
    if (!property.missing) property.error("key and value must stand under property or beside it, not both");
    add(matchers, match, field);
  } else if (property.isList) {
    for (const item of property.list()) readProperty(item, matchers);
  } else if (!property.missing) {
    readProperty(property, matchers);
  }
  match.end();
  return { at: field.at, matchers };
}

function readProperty(field: Field, matchers: Located<Matcher>[]): void {
  const property = field.record();
  add(matchers, property, field);
  property.end();
}

function add(matchers: Located<Matcher>[], owner: Fields, field: Field): void {
  const key = owner.required("key").string();
  const matcher = readStringMatch(key ?? "", owner.required("value"));
  if (key !== undefined && matcher) matchers.push({ value: matcher, at: field.at });
}
