import { readActions } from "./actions.ts";
import type { Field, Fields } from "./field.ts";
import { each, readDefaultRoute, type Metadata } from "./metadata.ts";
import { readAttributes, readLimits } from "./rateLimit.ts";
import { noMutation, readGateways, readWeighted, type Mutation, type RouteResource, type RouteRule } from "./route.ts";

/** metaprotocol.aeraki.io/v1alpha1 MetaRouter. */
export function readMetaRouter(root: Fields, metadata: Metadata): RouteResource {
  const spec = root.required("spec").record();
  const hosts = spec.required("hosts").strings();
  const gateways = readGateways(spec.field("gateways"));
  const defaultRoute = readDefaultRoute(root, spec);
  const limits = readLimits(spec);
  const isLimited = Object.keys(limits).length > 0;
  const rules = each((isLimited ? spec.field("routes") : spec.required("routes")).list(), (field) => readRule(field, metadata.name));
  spec.ignored("exportTo");
  spec.end();
  // Limits alone leave all requests where they go without it.
  return { ...metadata, hosts, ...gateways, defaultRoute: defaultRoute || (isLimited && rules.length === 0), rules, ...limits };
}

function readRule(field: Field, owner: string): RouteRule {
  const rule = field.record();
  const name = rule.field("name").string() ?? `${owner}${field.path.slice(field.path.lastIndexOf("["))}`;
  const match = rule.field("match");
  const alternatives = match.missing ? [] : [{ at: match.at, matchers: readAttributes(match) }];
  const destinations = readWeighted(rule.required("route"));
  const request = readMutation(rule.field("requestMutation"));
  const response = readMutation(rule.field("responseMutation"));
  const actions = readActions(rule);
  rule.end();
  return { name, at: field.at, alternatives, destinations, request, response, ...actions };
}

/** `[{key, value}]`: each replaces what was there. */
function readMutation(field: Field): Mutation {
  const mutation = noMutation();
  for (const item of field.list()) {
    const pair = item.record();
    const [key, value] = [pair.required("key").string(), pair.required("value").string()];
    pair.end();
    if (key !== undefined && value !== undefined) mutation.set.push({ value: [key, value], at: item.at });
  }
  return mutation;
}
