import { readTimeout } from "./duration.ts";
import { readFault } from "./fault.ts";
import type { Field, Fields } from "./field.ts";
import { readRetries } from "./retries.ts";
import { readDestination, type Mirror, type RouteActions } from "./route.ts";
import { readShare } from "./share.ts";

/** What a rule does to its requests beside routing and changing them, in Istio's words. */
export function readActions(rule: Fields): RouteActions {
  const timeoutMs = readTimeout(rule.field("timeout"));
  const fault = readFault(rule.field("fault"));
  const retries = readRetries(rule.field("retries"));
  return {
    mirrors: readMirrors(rule),
    ...(timeoutMs === undefined ? {} : { timeoutMs }),
    ...(fault ? { fault } : {}),
    ...(retries ? { retries } : {}),
  };
}

/** `mirror` with `mirrorPercentage`, or a list `mirrors`. */
export function readMirrors(rule: Fields): Mirror[] {
  const [one, several] = [rule.field("mirror"), rule.field("mirrors")];
  const share = readShare(rule, ["mirrorPercent", "mirror_percent"], "mirrorPercentage");
  if (one.missing) return several.list().map(readMirror).filter((mirror) => mirror !== undefined);
  if (!several.missing) several.error("cannot be combined with mirror: put all into mirrors");
  const destination = readDestination(one, share);
  return destination ? [{ destination, share }] : [];
}

function readMirror(field: Field): Mirror | undefined {
  const record = field.record();
  const share = readShare(record, []);
  const destination = readDestination(record.required("destination"), share);
  record.end();
  return destination && { destination, share };
}
