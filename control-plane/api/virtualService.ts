import { readActions } from "./actions.ts";
import type { Field, Fields } from "./field.ts";
import { each, readDefaultRoute, type Metadata } from "./metadata.ts";
import type { Located } from "./problem.ts";
import { noMutation, readGateways, readHeaders, readWeighted, type Alternative, type Mutation, type RouteResource, type RouteRule } from "./route.ts";
import { readStringMatch } from "./stringMatch.ts";
import type { Matcher } from "../ir/matcher.ts";

/** Fields of a match that are StringMatches of the metadata key of the same name. */
const KEYS_BY_FIELD = ["uri", "scheme", "method", "authority"];

/** networking.istio.io VirtualService; its section `http` is for any protocol. */
export function readVirtualService(root: Fields, metadata: Metadata): RouteResource {
  const spec = root.required("spec").record();
  const hosts = spec.required("hosts").strings();
  const gateways = readGateways(spec.field("gateways"));
  const defaultRoute = readDefaultRoute(root, spec);
  spec.unsupported("tcp", "tls");
  const rules = each(spec.required("http").list(), (field) => readRule(field, metadata.name));
  spec.ignored("exportTo");
  spec.end();
  return { ...metadata, hosts, ...gateways, defaultRoute, rules };
}

function readRule(field: Field, owner: string): RouteRule | undefined {
  const rule = field.record();
  const name = rule.field("name").string() ?? `${owner}${field.path.slice(field.path.lastIndexOf("["))}`;
  const alternatives = each(rule.field("match").list(), readMatch);
  const whole = readHeaders(rule.field("headers"));
  const own: { request: Mutation; response: Mutation }[] = [];
  const destinations = readWeighted(rule.required("route"), (item) => own.push(readDestinationHeaders(item)));
  const actions = readActions(rule);
  rule.unsupported("rewrite", "redirect", "directResponse", "delegate", "corsPolicy");
  rule.end();
  const single = own.length === 1 ? own[0]! : { request: noMutation(), response: noMutation() };
  if (own.length > 1 && own.some((o) => isMutation(o.request) || isMutation(o.response))) {
    rule.field("route").error("headers of one of several destinations are not supported yet: put them into the rule's headers");
  }
  return {
    name, at: field.at, alternatives, destinations,
    request: join(whole.request, single.request), response: join(whole.response, single.response),
    ...actions,
  };
}

function readDestinationHeaders(item: Fields): { request: Mutation; response: Mutation } { return readHeaders(item.field("headers")); }

function isMutation(m: Mutation): boolean { return m.set.length + m.append.length + m.remove.length > 0; }

function join(a: Mutation, b: Mutation): Mutation {
  return { set: [...a.set, ...b.set], append: [...a.append, ...b.append], remove: [...a.remove, ...b.remove] };
}

function readMatch(field: Field): Alternative {
  const match = field.record();
  const matchers: Located<Matcher>[] = [];
  const add = (key: string, at: Field, matcher = readStringMatch(key, at)) => { if (matcher) matchers.push({ value: matcher, at: at.at }); };
  for (const { key, value } of match.field("headers").entries()) add(key, value);
  for (const { key, value } of match.field("withoutHeaders").entries()) add(key, value, inverted(readStringMatch(key, value)));
  for (const name of KEYS_BY_FIELD) if (!match.field(name).missing) add(name, match.field(name));
  const port = match.field("port").integer(0, 65535);
  match.silent("name", "statPrefix");
  match.unsupported("queryParams", "sourceLabels", "sourceNamespace");
  const gateways = readGateways(match.field("gateways"));
  if (match.field("ignoreUriCase").boolean() === true) match.field("ignoreUriCase").error("not supported yet", ["false"]);
  match.end();
  return { at: field.at, matchers, ...gateways, ...(port === undefined ? {} : { port }) };
}

function inverted(matcher: Matcher | undefined): Matcher | undefined {
  if (matcher === undefined) return undefined;
  const { invert, ...rest } = matcher;
  return invert ? rest : { ...rest, invert: true };
}
