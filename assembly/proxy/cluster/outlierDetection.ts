import { Json } from "../../bytes/json";
import { Problems } from "../../bytes/problems";
import { Cluster, Endpoint } from "./cluster";
import { now } from "../runtime/clock";

const MAX_MS: i64 = 86_400_000;

/** When an endpoint is left alone for a while: after so many failures one after the other. */
@final
export class OutlierPolicy {
  errors: i32 = 5;
  /** Failures are forgotten, and a longer time is one step shorter, after each such time without an ejection. */
  intervalMs: i32 = 10_000;
  /** The first ejection, each further one longer by as much, up to `maxMs`. */
  baseMs: i32 = 30_000;
  maxMs: i32 = 300_000;
  /** Share of a cluster's endpoints that may be out at a time; one may always. */
  maxPercent: i32 = 10;
}

/** How one endpoint fares, for its cluster's policy. */
@final
export class Health {
  private failures: i32 = 0;
  private failedAt: u64 = 0;
  private ejections: i32 = 0;
  /** Left alone until then; 0: never was. */
  ejectedUntil: u64 = 0;

  get isOut(): bool { return this.ejectedUntil > now(); }

  succeed(): void { this.failures = 0; }

  /** True: it is out from now on. */
  fail(policy: OutlierPolicy, cluster: Cluster): bool {
    if (this.isOut) return false;
    if (now() - this.failedAt > <u64>policy.intervalMs) this.failures = 0;
    this.failedAt = now();
    if (++this.failures < policy.errors || !mayLose(policy, cluster.endpoints)) return false;
    const rested = this.ejectedUntil ? <i32>min<u64>((now() - this.ejectedUntil) / <u64>policy.intervalMs, 1024) : 1024;
    this.ejections = max(0, this.ejections - rested) + 1;
    this.ejectedUntil = now() + min<u64>(<u64>policy.baseMs * this.ejections, policy.maxMs);
    this.failures = 0;
    return true;
  }
}

/** True if one more endpoint may be out. */
function mayLose(policy: OutlierPolicy, endpoints: Endpoint[]): bool {
  let out = 0;
  for (let i = 0; i < endpoints.length; i++) if (endpoints[i].health.isOut) out++;
  return endpoints.length > 1 && out + 1 <= max(1, endpoints.length * policy.maxPercent / 100);
}

/** Reads `limits` and `outlier` of a cluster. */
export function readBreaker(item: Json, cluster: Cluster, problems: Problems): void {
  const limits = problems.object(item, "limits"), json = problems.object(item, "outlier");
  if (limits) {
    problems.unknownFields(limits, ["maxRequests", "maxPending"]);
    cluster.maxRequests = <i32>problems.int(limits, "maxRequests", 0, 0, i32.MAX_VALUE);
    cluster.maxPending = <i32>problems.int(limits, "maxPending", 0, 0, i32.MAX_VALUE);
  }
  if (!json) return;
  problems.unknownFields(json, ["errors", "intervalMs", "baseMs", "maxMs", "maxPercent"]);
  const policy = new OutlierPolicy();
  policy.errors = <i32>problems.int(json, "errors", 5, 1, 1 << 20);
  policy.intervalMs = <i32>problems.int(json, "intervalMs", 10_000, 1, MAX_MS);
  policy.baseMs = <i32>problems.int(json, "baseMs", 30_000, 1, MAX_MS);
  policy.maxMs = <i32>problems.int(json, "maxMs", max<i64>(300_000, policy.baseMs), policy.baseMs, MAX_MS);
  policy.maxPercent = <i32>problems.int(json, "maxPercent", 10, 0, 100);
  cluster.outlier = policy;
}
