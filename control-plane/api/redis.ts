import type { Matcher } from "../ir/matcher.ts";
import { readAuth, type Auth } from "./credentials.ts";
import { readTcp, type Connections } from "./destinationRule.ts";
import { readDuration, readTimeout } from "./duration.ts";
import type { Field, Fields } from "./field.ts";
import { each, readDefaultRoute, type Metadata } from "./metadata.ts";
import { order, type Located } from "./problem.ts";
import { noMutation, type Destination, type Mirror, type RouteResource, type RouteRule } from "./route.ts";
import { readShare } from "./share.ts";

/** Who may speak to a service, and where its keys lead: routes of the protocol redis. */
export interface RedisService extends RouteResource { auth?: Auth }

/** How the servers of a host are spoken to. */
export interface RedisDestination extends Metadata {
  host: Located<string>;
  connections?: Connections;
  auth?: Auth;
}

const PROTOCOL = "redis";
const KEY = "key";
const COMMAND = "command";
/** As Envoy's redis_proxy puts it. */
const INJECTED = { code: "ERR", text: "Fault Injected: Error" };
const MAX_PORT = 65535;
/** Numbers of bytes and connections that tune Envoy's redis_proxy, and change no answer. */
const TUNING = ["enableCommandStats", "maxBufferSizeBeforeFlush", "bufferFlushTimeout", "maxUpstreamUnknownConnections"];

/**
 * redis.aeraki.io RedisService. As in Aeraki the longest prefix wins, wherever it stands; a route without a match has
 * all other keys and what has no key, and without any route the service's own servers have everything.
 */
export function readRedisService(root: Fields, metadata: Metadata): RedisService {
  const spec = root.required("spec").record();
  const hosts = spec.required("host").strings(true);
  const settings = readSettings(spec.field("settings"));
  const written = each(spec.field("redis").list(), (field) => readRoute(field, metadata.name, settings));
  const defaultRoute = readDefaultRoute(root, spec) || written.length === 0;
  const faults = each(spec.field("faults").list(), readFault);
  spec.end();
  const rules = byPrefix(written, settings.ignoreCase);
  const { auth } = settings;
  return { ...metadata, hosts, protocol: { value: PROTOCOL, at: metadata.at }, defaultRoute, rules, ...(faults.length > 0 ? { faults } : {}), ...(auth ? { auth } : {}) };
}

interface Settings { auth?: Auth; timeoutMs?: number; ignoreCase: boolean }

function readSettings(field: Field): Settings {
  if (field.missing) return { ignoreCase: false };
  const settings = field.record();
  const auth = readAuth(settings.field("auth"));
  const timeoutMs = readTimeout(settings.field("opTimeout"));
  const ignoreCase = settings.field("caseInsensitive").boolean() ?? false;
  for (const name of ["enableHashtagging", "enableRedirection"]) {
    const switched = settings.field(name);
    if (switched.boolean() === true) switched.error("not supported yet", ["false"]);
  }
  const policy = settings.field("readPolicy");
  const policies = ["MASTER", "PREFER_MASTER", "REPLICA", "PREFER_REPLICA", "ANY"];
  if ((policy.oneOf(policies) ?? "MASTER") !== "MASTER") policy.error("not supported yet: all commands go to the same servers", ["MASTER"]);
  settings.ignored(...TUNING);
  settings.end();
  return { ignoreCase, ...(auth ? { auth } : {}), ...(timeoutMs === undefined ? {} : { timeoutMs }) };
}

interface PrefixRule { field: Field; prefix: Located<string>; rule: RouteRule }

function readRoute(field: Field, owner: string, { timeoutMs, ignoreCase }: Settings): PrefixRule {
  const route = field.record();
  const prefix = readPrefix(route.field("match")) ?? { value: "", at: field.at };
  const destinations = each([route.required("route")], readTarget);
  const mirrors = each(route.field("mirror").list(), readMirror);
  route.end();
  const name = `${owner}${field.path.slice(field.path.lastIndexOf("["))}`;
  const matcher = prefixMatcher(prefix.value, ignoreCase);
  const alternatives = prefix.value === "" ? [] : [{ at: field.at, matchers: [{ value: matcher, at: prefix.at }] }];
  const rule = { name, at: field.at, alternatives, destinations, request: noMutation(), response: noMutation(), mirrors };
  return { field, prefix, rule: { ...rule, ...(timeoutMs === undefined ? {} : { timeoutMs }) } };
}

/** RE2 reads everything between \Q and \E as it is. */
function prefixMatcher(prefix: string, ignoreCase: boolean): Matcher {
  if (!ignoreCase) return { key: KEY, prefix };
  return { key: KEY, regex: `(?is)\\Q${prefix.replaceAll("\\E", "\\E\\\\E\\Q")}\\E.*` };
}

function readPrefix(field: Field): Located<string> | undefined {
  if (field.missing) return undefined;
  const match = field.record();
  const key = match.field("key");
  match.end();
  if (key.missing) return undefined;
  const fields = key.record();
  const prefix = fields.field("prefix").located();
  const remove = fields.field("removePrefix");
  if (remove.boolean() === true) remove.error("not supported yet: keys reach their server as the client wrote them", ["false"]);
  fields.end();
  return prefix;
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

/** `{route: {host, port}, percentage}`. */
function readMirror(field: Field): Mirror | undefined {
  const mirror = field.record();
  const destination = readTarget(mirror.required("route"));
  const share = readShare(mirror, []);
  const reads = mirror.field("excludeReadCommands");
  if (reads.boolean() === true) reads.error("not supported yet: all commands of the route are copied", ["false"]);
  mirror.end();
  return destination && { destination, share };
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
function byPrefix(rules: PrefixRule[], ignoreCase: boolean): RouteRule[] {
  const seen = new Map<string, RouteRule>();
  for (const { field, prefix, rule } of rules) {
    const text = ignoreCase ? prefix.value.toLowerCase() : prefix.value;
    const before = seen.get(text);
    if (before) field.error(`has the same prefix as route "${before.name}": take one of them out`);
    seen.set(text, before ?? rule);
  }
  const sorted = [...rules].sort((a, b) => b.prefix.value.length - a.prefix.value.length || order(a.prefix.value, b.prefix.value));
  return sorted.map(({ rule }) => rule);
}

/** redis.aeraki.io RedisDestination. */
export function readRedisDestination(root: Fields, metadata: Metadata): RedisDestination | undefined {
  const spec = root.required("spec").record();
  const host = spec.required("host").located();
  const policy = spec.field("trafficPolicy").record();
  const read = readPool(policy.field("connectionPool"));
  policy.end();
  spec.end();
  return host && { ...metadata, host, ...read };
}

function readPool(field: Field): { connections?: Connections; auth?: Auth } {
  if (field.missing) return {};
  const pool = field.record();
  const tcp = pool.field("tcp");
  const connections = tcp.missing ? undefined : readTcp(tcp);
  const auth = readServers(pool.field("redis"));
  pool.end();
  return { ...(connections ? { connections } : {}), ...(auth ? { auth } : {}) };
}

function readServers(field: Field): Auth | undefined {
  if (field.missing) return undefined;
  const redis = field.record();
  const mode = redis.field("mode");
  if (mode.oneOf(["PROXY", "CLUSTER"]) === "CLUSTER") mode.error("not supported yet: the slots of a cluster are not known here", ["PROXY"]);
  const auth = readAuth(redis.field("auth"));
  redis.ignored("discoveryEndpoints");
  redis.end();
  return auth;
}
