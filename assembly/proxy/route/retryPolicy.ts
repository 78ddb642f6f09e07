import { Json } from "../../bytes/json";
import { Problems } from "../../bytes/problems";
import { Cause } from "../exchange/cause";
import { randomBelow } from "../runtime/random";

const CAUSES = ["connect", "reset", "server", "timeout"];
/** Retries of one cluster that are allowed whatever the budget says. */
const FEW: i32 = 3;

/** When and how often the requests of a route are sent once more. */
@final
export class RetryPolicy {
  attempts: i32 = 1;
  /** Bits of Cause. */
  causes: i32 = 0;
  /** Milliseconds for each attempt; 0: as long as the request has. */
  perTryMs: i32 = 0;
  backoffMs: i32 = 25;
  maxBackoffMs: i32 = 250;
  budgetPercent: i32 = 20;
  /** The rule says that its requests may be run twice. */
  safe: bool = false;

  /** Milliseconds to wait before the next attempt, after so many: exponential, with full jitter. */
  backoff(attempts: i32): i32 { return <i32>randomBelow(<u32>min(this.maxBackoffMs, this.backoffMs << min(attempts - 1, 16)) + 1); }

  /** `retrying` of `open` requests to a cluster are retries already. */
  allows(retrying: i32, open: i32): bool { return retrying < max(FEW, <i32>(<i64>open * this.budgetPercent / 100)); }
}

export function readRetries(route: Json, problems: Problems): RetryPolicy | null {
  const json = problems.object(route, "retries");
  if (!json) return null;
  problems.unknownFields(json, ["attempts", "on", "perTryTimeoutMs", "backoffMs", "maxBackoffMs", "budgetPercent", "safe"]);
  const policy = new RetryPolicy(), on = problems.list(json, "on");
  policy.attempts = <i32>problems.int(json, "attempts", 1, 0, 100);
  for (let i = 0; i < on.length && problems.isText(on[i]); i++) {
    const cause = CAUSES.indexOf(on[i].text);
    if (cause < 0) problems.wrong(on[i], CAUSES.join(", "));
    else policy.causes |= 1 << cause;
  }
  if (!json.has("on")) policy.causes = Cause.Connect | Cause.Reset;
  policy.perTryMs = <i32>problems.int(json, "perTryTimeoutMs", 0, 0, 86_400_000);
  policy.backoffMs = <i32>problems.int(json, "backoffMs", 25, 1, 60_000);
  policy.maxBackoffMs = <i32>problems.int(json, "maxBackoffMs", <i64>policy.backoffMs * 10, policy.backoffMs, 600_000);
  policy.budgetPercent = <i32>problems.int(json, "budgetPercent", 20, 0, 100);
  policy.safe = problems.bool(json, "safe");
  return policy.attempts > 0 ? policy : null;
}
