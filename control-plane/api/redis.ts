import type { Matcher } from "../ir/matcher.ts";
import { readDuration } from "./duration.ts";
import type { Field, Fields } from "./field.ts";
import { each, readDefaultRoute, type Metadata } from "./metadata.ts";
import { order, type Located, type Place } from "./problem.ts";
import { REDIS_READS } from "./redisReads.ts";
import { readRedisSettings, type RedisSettings } from "./redisSettings.ts";
import { noMutation, type Destination, type Mirror, type RouteResource, type RouteRule } from "./route.ts";
import { readShare } from "./share.ts";

/** Who may speak to a service, and where its keys lead: routes of the protocol redis. */
export interface RedisService extends RouteResource { settings: RedisSettings }

const PROTOCOL = "redis";
const KEY = "key";
const COMMAND = "command";
/** As Envoy's redis_proxy puts it. */
const INJECTED = { code: "ERR", text: "Fault Injected: Error" };
const MAX_PORT = 65535;

/**
 * redis.aeraki.io RedisService. As in Aeraki the longest prefix wins, wherever it stands; a route without a match has
 * all other keys and what has no key, and without any route the service's own servers have everything.
 */
export function readRedisService(root: Fields, metadata: Metadata): RedisService {
  const spec = root.required("spec").record();
  const hosts = spec.required("host").strings(true);
  const settings = readRedisSettings(spec.field("settings"));
  const written = each(spec.field("redis").list(), (field) => readRoute(field, metadata.name, settings));
  const defaultRoute = readDefaultRoute(root, spec) || written.length === 0;
  const faults = each(spec.field("faults").list(), readFault);
  spec.end();
  const rules = byPrefix(written, settings.ignoreCase);
  return { ...metadata, hosts, protocol: { value: PROTOCOL, at: metadata.at }, defaultRoute, rules, settings, ...(faults.length > 0 ? { faults } : {}) };
}

interface PrefixRule { field: Field; prefix: Located<string>; rules: RouteRule[] }

function readRoute(field: Field, owner: string, { timeoutMs, ignoreCase }: RedisSettings): PrefixRule {
  const route = field.record();
  const { prefix, removed } = readPrefix(route.field("match"), field);
  const destinations = each([route.required("route")], readTarget);
  const mirrors = each(route.field("mirror").list(), readMirror), spared = mirrors.filter(({ reads }) => reads).map(({ mirror }) => mirror);
  route.end();
  const name = `${owner}${field.path.slice(field.path.lastIndexOf("["))}`;
  const matcher = prefixMatcher(prefix.value, ignoreCase);
  const alternatives = prefix.value === "" ? [] : [{ at: field.at, matchers: [{ value: matcher, at: prefix.at }] }];
  const rule = {
    name, at: field.at, alternatives, destinations, request: noMutation(), response: noMutation(), mirrors: mirrors.map(({ mirror }) => mirror),
    keyPrefix: { text: prefix.value, ...(removed ? { removed } : {}) }, ...(timeoutMs === undefined ? {} : { timeoutMs }),
  };
  return { field, prefix, rules: mirrors.length > spared.length ? writesAndReads(rule, spared) : [rule] };
}

/** Two routes, since a route's mirrors get all that it takes. */
function writesAndReads(rule: RouteRule, mirrors: Mirror[]): RouteRule[] {
  const writes: Located<Matcher> = { value: { key: COMMAND, regex: REDIS_READS.join("|"), invert: true }, at: rule.at };
  const [all] = rule.alternatives, matchers = [...all?.matchers ?? [], writes];
  return [{ ...rule, alternatives: [{ at: rule.at, matchers }] }, { ...rule, name: `${rule.name}.reads`, mirrors }];
}

/** RE2 reads everything between \Q and \E as it is. */
function prefixMatcher(prefix: string, ignoreCase: boolean): Matcher {
  if (!ignoreCase) return { key: KEY, prefix };
  return { key: KEY, regex: `(?is)\\Q${prefix.replaceAll("\\E", "\\E\\\\E\\Q")}\\E.*` };
}

/** `{key: {prefix, removePrefix}}`; without it, the prefix of every key. */
function readPrefix(field: Field, route: Field): { prefix: Located<string>; removed?: Place } {
  const every = { prefix: { value: "", at: route.at } };
  if (field.missing) return every;
  const match = field.record();
  const key = match.field("key");
  match.end();
  if (key.missing) return every;
  const fields = key.record();
  const prefix = fields.field("prefix").located();
  const remove = fields.field("removePrefix"), removed = remove.boolean() === true ? { removed: remove.at } : {};
  fields.end();
  return prefix ? { prefix, ...removed } : every;
}

/** `{host, port}`; the port is a number, or `{number}` as elsewhere. */
function readTarget(field: Field): Destination | undefined {
  if (field.missing) return undefined;
  const target = field.record();
  const host = target.required("host").located();
  const port = target.field("port");
  const number = port.isRecord ? portNumber(port.record()) : port.integer(0, MAX_PORT);
  target.end();
  return host && { host, weight: 100, ...(number ? { port: { value: number, at: port.at } } : {}) };
}

function portNumber(fields: Fields): number | undefined {
  const number = fields.required("number").integer(0, MAX_PORT);
  fields.end();
  return number;
}

/** `{route: {host, port}, percentage, excludeReadCommands}`; `reads`: it gets commands that only read, too. */
function readMirror(field: Field): { mirror: Mirror; reads: boolean } | undefined {
  const record = field.record();
  const destination = readTarget(record.required("route"));
  const share = readShare(record, []);
  const reads = record.field("excludeReadCommands").boolean() !== true;
  record.end();
  return destination && { mirror: { destination, share }, reads };
}

/** `{type, percentage, delay, commands}`: of all commands, or of some. */
function readFault(field: Field): NonNullable<RouteResource["faults"]>[number] | undefined {
  const record = field.record();
  const type = record.required("type").oneOf(["DELAY", "ERROR"]);
  const share = readShare(record, []);
  const ms = readDuration(type === "DELAY" ? record.required("delay") : record.field("delay"));
  const commands = record.field("commands").strings();
  record.end();
  const match = commands.map(({ value, at }) => ({ value: { key: COMMAND, exact: value.toLowerCase() }, at }));
  const abort = { code: { value: INJECTED.code, at: field.at }, text: INJECTED.text, share };
  if (type === undefined || (type === "DELAY" && ms === undefined)) return undefined;
  return { match, fault: { ...(ms === undefined ? {} : { delay: { ms, share } }), ...(type === "ERROR" ? { abort } : {}) } };
}

/** The longest first: what is longer is told apart before what it begins with. */
function byPrefix(routes: PrefixRule[], ignoreCase: boolean): RouteRule[] {
  const seen = new Map<string, RouteRule>();
  for (const { field, prefix, rules: [rule] } of routes) {
    const text = ignoreCase ? prefix.value.toLowerCase() : prefix.value;
    const before = seen.get(text);
    if (before) field.error(`has the same prefix as route "${before.name}": remove one of them`);
    seen.set(text, before ?? rule!);
  }
  const sorted = [...routes].sort((a, b) => b.prefix.value.length - a.prefix.value.length || order(a.prefix.value, b.prefix.value));
  return sorted.flatMap(({ rules }) => rules);
}
