import type { Field } from "./field.ts";

const UNIT_MS: Record<string, number> = { h: 3_600_000, m: 60_000, s: 1000, ms: 1, us: 0.001, µs: 0.001, ns: 0.000001 };

/** What the filter takes. */
const MAX_MS = 24 * UNIT_MS.h!;

/** Milliseconds of a duration as Go and Istio write it: `1.5s`, `250ms`, `1h30m`. One millisecond to 24 hours. */
export function readDuration(field: Field): number | undefined {
  const text = field.string();
  if (text === undefined) return undefined;
  const parts = [...text.matchAll(/(\d+(?:\.\d+)?)(ms|us|µs|ns|h|m|s)/g)];
  const ms = parts.reduce((sum, [, count, unit]) => sum + Number(count) * UNIT_MS[unit!]!, 0);
  if (parts.map((p) => p[0]).join("") === text && ms >= 1 && ms <= MAX_MS) return Math.round(ms);
  field.error("must be a duration from 1ms to 24h, such as 5s, 250ms or 1m30s");
  return undefined;
}

/** As `readDuration`, for the time that a request may take: `0s` is none, and undefined. */
export function readTimeout(field: Field): number | undefined {
  return field.found() === '"0s"' ? undefined : readDuration(field);
}
