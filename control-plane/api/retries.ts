import { readDuration, readTimeout } from "./duration.ts";
import type { Field } from "./field.ts";

/** As docs/config.md, `routes[].retries`; what is absent is the filter's default. */
export interface Retries {
  attempts: number;
  on?: string[];
  perTryTimeoutMs?: number;
  backoffMs?: number;
  maxBackoffMs?: number;
  budgetPercent?: number;
  /** Its requests may be run twice. */
  safe?: boolean;
}

/** What the filter takes. */
const MAX_ATTEMPTS = 100, MAX_BACKOFF_MS = 60_000;
const BACKOFF_MS = 25;
const OWN = ["connect", "reset", "server", "timeout"];
/** Envoy's words for what requests are retried on, and ours for the same. */
const WORDS: Record<string, string[]> = {
  "connect-failure": ["connect"],
  "refused-stream": ["reset"],
  "reset": ["reset"],
  "reset-before-request": ["reset"],
  "unavailable": ["server"],
  "gateway-error": ["connect", "reset", "timeout"],
  "5xx": OWN,
  ...Object.fromEntries(OWN.map((word) => [word, [word]])),
};

/** `retries` of a VirtualService; `safe`, `maxBackoff` and `budgetPercent` are ours. `attempts: 0` is none. */
export function readRetries(field: Field): Retries | undefined {
  if (field.missing) return undefined;
  const record = field.record();
  const attempts = record.required("attempts").integer(0, MAX_ATTEMPTS);
  const on = readOn(record.field("retryOn"));
  const read = {
    perTryTimeoutMs: readTimeout(record.field("perTryTimeout")),
    backoffMs: readDuration(record.field("backoff")),
    maxBackoffMs: readDuration(record.field("maxBackoff")),
    budgetPercent: record.field("budgetPercent").integer(0, 100),
    safe: record.field("safe").boolean(),
  };
  if ((read.backoffMs ?? 0) > MAX_BACKOFF_MS) record.field("backoff").error("must be at most 1m");
  if ((read.maxBackoffMs ?? MAX_BACKOFF_MS) > MAX_BACKOFF_MS) record.field("maxBackoff").error("must be at most 1m");
  else if (read.maxBackoffMs !== undefined && read.maxBackoffMs < (read.backoffMs ?? BACKOFF_MS)) record.field("maxBackoff").error("must not be below backoff, 25ms if absent");
  record.ignored("retryRemoteLocalities", "retryIgnorePreviousHosts");
  record.end();
  if (!attempts) return undefined;
  return { attempts, ...(on ? { on } : {}), ...Object.fromEntries(Object.entries(read).filter(([, value]) => value !== undefined)) };
}

/** Words with commas between them. */
function readOn(field: Field): string[] | undefined {
  const text = field.string();
  if (text === undefined) return undefined;
  const words = text.split(",").map((word) => word.trim()).filter((word) => word !== "");
  for (const word of words) if (!Object.hasOwn(WORDS, word)) field.error(`"${word}" does not apply to this protocol`, Object.keys(WORDS));
  if (words.length === 0) field.error("must name at least one", Object.keys(WORDS));
  return OWN.filter((own) => words.some((word) => Object.hasOwn(WORDS, word) && WORDS[word]!.includes(own)));
}
