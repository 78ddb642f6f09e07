import type { Field, Fields } from "./field.ts";
import { each, readDefaultRoute, type Metadata } from "./metadata.ts";
import { noMutation, readWeighted, type Alternative, type Mutation, type RouteResource, type RouteRule } from "./route.ts";
import { readStringMatch } from "./stringMatch.ts";

/** metaprotocol.aeraki.io/v1alpha1 MetaRouter. */
export function readMetaRouter(root: Fields, metadata: Metadata): RouteResource {
  const spec = root.required("spec").record();
  const hosts = spec.required("hosts").strings();
  const gateways = spec.field("gateways");
  if (!gateways.missing && !gateways.strings().some((g) => g.value === "mesh")) gateways.error("gateways are not supported yet", ["mesh"]);
  const defaultRoute = readDefaultRoute(root, spec);
  const rules = each(spec.required("routes").list(), (field) => readRule(field, metadata.name));
  spec.unsupported("localRateLimit", "globalRateLimit");
  spec.ignored("exportTo");
  spec.end();
  return { ...metadata, hosts, defaultRoute, rules };
}

function readRule(field: Field, owner: string): RouteRule {
  const rule = field.record();
  const name = rule.field("name").string() ?? `${owner}${field.path.slice(field.path.lastIndexOf("["))}`;
  const match = rule.field("match");
  const alternatives = match.missing ? [] : [readMatch(match)];
  const destinations = readWeighted(rule.required("route"));
  const request = readMutation(rule.field("requestMutation"));
  const response = readMutation(rule.field("responseMutation"));
  rule.unsupported("mirror", "mirrorPercentage");
  rule.end();
  return { name, at: field.at, alternatives, destinations, request, response };
}

function readMatch(field: Field): Alternative {
  const match = field.record();
  const matchers = each(match.field("attributes").entries(), ({ key, value }) => {
    const matcher = readStringMatch(key, value);
    return matcher && { value: matcher, at: value.at };
  });
  match.end();
  return { at: field.at, matchers };
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
