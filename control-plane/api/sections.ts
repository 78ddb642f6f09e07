import { anything, flag, format, hidden, int, key, list, map, match, object, oneOf, secret, server, text, type Found, type Shape } from "./shape.ts";
import { WHOLE } from "./share.ts";
import type { Moment } from "../ir/format.ts";

const DAY_MS = 86_400_000;
const MAX_TOKENS = 1 << 24;
const ms = int(1, DAY_MS);
const share = int(0, WHOLE);

const setsKey = (side: "request" | "response") => (name: string, at: Found["keys"][number]["at"], found: Found): void =>
  void found.keys.push({ value: name, at, use: "set", side });

/** Keys that a filter supplies to all that come behind it. */
const owns = (filter: string, prefix: string, names: (value: unknown) => string[], shape: Shape): Shape => (field, found) => {
  const value = shape(field, found);
  found.ownKeys.push(...names(value).map((name) => ({ key: prefix + name, filter })));
  return value;
};

const bucket = object({ max: int(1, MAX_TOKENS), tokensPerFill: int(1, MAX_TOKENS), fillMs: ms }, { required: ["max", "tokensPerFill", "fillMs"] });

const credential = { key: key("read"), prefix: text, remove: flag };

const changes = (side: "request" | "response", moment: Moment): Shape => object({
  set: map(format(moment), setsKey(side)), append: map(format(moment), setsKey(side)), remove: list(key("set", side)),
}, { some: ["set", "append", "remove"] });

const otlp = object({
  service: server(), path: text, authority: text, headers: hidden(map(secret)), timeoutMs: int(1, 60_000), intervalMs: int(10, 60_000),
  batchBytes: int(1 << 10, 4 << 20), queueBytes: int(1 << 10, 64 << 20), resource: map(text),
}, { required: ["service"], renamed: { service: "cluster" } });

/** The keys in which requests carry their place in a trace. */
const TRACE_KEYS: Record<string, string[]> = {
  w3c: ["traceparent", "tracestate"], b3: ["b3"],
  b3multi: ["x-b3-traceid", "x-b3-spanid", "x-b3-sampled", "x-b3-parentspanid", "x-b3-flags"],
};

/** Without a list, W3C's; with an empty one, none. */
const tracing: Shape = (field, found) => {
  const value = object({
    otlp, share, propagation: list(oneOf(...Object.keys(TRACE_KEYS))), convention: oneOf("rpc", "database", "messaging"), system: text,
    attributes: map(key("read")),
  }, { required: ["otlp"] })(field, found) as { propagation?: string[] } | undefined;
  if (value === undefined) return undefined;
  const carried = (value.propagation ?? ["w3c"]).flatMap((name) => TRACE_KEYS[name] ?? []);
  found.keys.push(...carried.slice(0, 1).map((name) => ({ value: name, at: field.at, use: "set", side: "request" }) as const));
  return value;
};

/** By filter: its configuration, docs/filters/<name>.md. */
export const SECTIONS: Record<string, Shape> = {
  tracing,
  accessLog: object({ format: format("end"), json: map(format("end")), share, errorShare: share, log: flag, otlp }),
  metrics: object({ labels: map(key("read")), maxSeries: int(1, 10_000), reporter: oneOf("source", "destination") }),
  jwt: object({
    ...credential, issuer: text, audiences: list(text),
    keys: hidden(list(object({ id: text, pem: text }, { required: ["pem"] }))), jwks: hidden(anything),
    fetch: object({ service: server(), path: text, host: text, timeoutMs: ms, refreshMs: int(1000, DAY_MS) }, { required: ["service"], renamed: { service: "cluster" } }),
    claims: owns("jwt", "jwt.claims.", (claims) => (claims as string[] | undefined) ?? [], list(text)),
    leewayMs: int(0, 3_600_000), optional: flag, cache: int(1, 65_536),
  }, { required: ["key", "issuer"], one: [["keys", "jwks", "fetch"]] }),
  token: object({ ...credential, tokens: hidden(list(secret)) }, { required: ["key", "tokens"] }),
  auth: object({
    rules: list(object({ name: text, action: oneOf("allow", "deny"), match, dryRun: flag }, { required: ["name", "action"] })),
    default: oneOf("allow", "deny"),
  }, { required: ["default"] }),
  extAuth: object({
    service: server(), host: text, path: text, timeoutMs: int(1, 60_000), maxOpen: int(1, 65_536), onFailure: oneOf("deny", "allow"),
    headers: map(key("read")), set: map(text, setsKey("request")),
    facts: owns("extAuth", "extAuth.", (facts) => Object.keys((facts as object | undefined) ?? {}), map(text)),
  }, { required: ["service"], renamed: { service: "cluster" } }),
  localRateLimit: object({
    bucket,
    rules: list(object({ name: text, match, bucket }, { required: ["name", "match", "bucket"] })),
    keys: list(object({ key: key("read"), bucket, maxValues: int(1, 65_536) }, { required: ["key", "bucket"] })),
    dryRun: flag,
  }, { some: ["bucket", "rules", "keys"] }),
  globalRateLimit: object({
    domain: text, service: server(true), timeoutMs: int(1, 60_000), denyOnFail: flag, maxCalls: int(1, 65_536),
    descriptors: list(list(object(
      { descriptorKey: text, property: key("read"), value: text, from: oneOf("route", "service") },
      { required: ["descriptorKey"], one: [["property", "value", "from"]] },
    ))),
  }, { required: ["domain", "service", "descriptors"], renamed: { service: "rateLimitService" } }),
  fault: object({
    delay: object({ ms, share }, { required: ["ms"] }), abort: object({ code: text, text, share }, { required: ["code"] }),
  }, { some: ["delay", "abort"] }),
  mutation: object({ request: changes("request", "request"), response: changes("response", "reply") }, { some: ["request", "response"] }),
};
