import { readDuration } from "./duration.ts";
import type { Field, Fields } from "./field.ts";
import { each } from "./metadata.ts";
import type { Located, Place } from "./problem.ts";
import { readStringMatch } from "./stringMatch.ts";
import type { Matcher } from "../ir/matcher.ts";

/** As docs/filters/local-rate-limit.md has it. */
export interface Bucket { max: number; tokensPerFill: number; fillMs: number }

/** MetaRouter's localRateLimit: a bucket for the service, and one for each condition. */
export interface LocalRateLimit {
  at: Place;
  bucket?: Bucket;
  conditions: { matchers: Located<Matcher>[]; bucket: Bucket }[];
}

/** MetaRouter's globalRateLimit. */
export interface GlobalRateLimit {
  at: Place;
  matchers: Located<Matcher>[];
  domain: string;
  /** Name of the limit service's cluster, as Istio names them. */
  service: Located<string>;
  timeoutMs?: number;
  denyOnFail: boolean;
  descriptors: { property: Located<string>; descriptorKey: string }[];
}

/** Limits of all requests to the hosts of a route resource. */
export interface RateLimits { localRateLimit?: LocalRateLimit; globalRateLimit?: GlobalRateLimit }

/** What the filters take. */
const MAX_TOKENS = 1 << 24, MAX_TIMEOUT_MS = 60_000;

export function readLimits(spec: Fields): RateLimits {
  const localRateLimit = readLocalRateLimit(spec.field("localRateLimit"));
  const globalRateLimit = readGlobalRateLimit(spec.field("globalRateLimit"));
  return { ...(localRateLimit ? { localRateLimit } : {}), ...(globalRateLimit ? { globalRateLimit } : {}) };
}

function readLocalRateLimit(field: Field): LocalRateLimit | undefined {
  if (field.missing) return undefined;
  const limit = field.record();
  const bucket = readBucket(limit.field("tokenBucket"));
  const conditions = each(limit.field("conditions").list(), readCondition);
  if (field.isRecord && limit.field("tokenBucket").missing && conditions.length === 0) field.error("must have a tokenBucket, conditions, or both");
  limit.end();
  return { at: field.at, conditions, ...(bucket ? { bucket } : {}) };
}

function readCondition(field: Field): LocalRateLimit["conditions"][number] | undefined {
  const condition = field.record();
  const matchers = readAttributes(condition.required("match"));
  const bucket = readBucket(condition.required("tokenBucket"));
  condition.end();
  return bucket && { matchers, bucket };
}

function readBucket(field: Field): Bucket | undefined {
  if (field.missing) return undefined;
  const record = field.record();
  const max = record.required("maxTokens").integer(1, MAX_TOKENS);
  const tokensPerFill = record.required("tokensPerFill").integer(1, MAX_TOKENS);
  const fillMs = readDuration(record.required("fillInterval"));
  record.end();
  return max === undefined || tokensPerFill === undefined || fillMs === undefined ? undefined : { max, tokensPerFill, fillMs };
}

function readGlobalRateLimit(field: Field): GlobalRateLimit | undefined {
  if (field.missing) return undefined;
  const limit = field.record();
  const matchers = readAttributes(limit.field("match"));
  const domain = limit.required("domain").string();
  const service = limit.required("rateLimitService").located();
  const timeoutMs = readDuration(limit.field("requestTimeout"));
  if (timeoutMs !== undefined && timeoutMs > MAX_TIMEOUT_MS) limit.field("requestTimeout").error("must be at most 1m");
  const denyOnFail = limit.field("denyOnFail").boolean() ?? false;
  const descriptors = each(limit.required("descriptors").list(), readDescriptor);
  if (limit.field("descriptors").isList && descriptors.length === 0) limit.field("descriptors").error("must have at least one descriptor");
  limit.end();
  return domain === undefined || service === undefined ? undefined
    : { at: field.at, matchers, domain, service, denyOnFail, descriptors, ...(timeoutMs === undefined ? {} : { timeoutMs }) };
}

function readDescriptor(field: Field): GlobalRateLimit["descriptors"][number] | undefined {
  const descriptor = field.record();
  const property = descriptor.required("property").located();
  const descriptorKey = descriptor.required("descriptorKey").string();
  descriptor.end();
  return property === undefined || descriptorKey === undefined ? undefined : { property, descriptorKey };
}

/** `{attributes: {key: StringMatch}}`, all of them; absent: all requests. */
export function readAttributes(field: Field): Located<Matcher>[] {
  if (field.missing) return [];
  const match = field.record();
  const matchers = each(match.field("attributes").entries(), ({ key, value }) => {
    const matcher = readStringMatch(key, value);
    return matcher && { value: matcher, at: value.at };
  });
  match.end();
  return matchers;
}
