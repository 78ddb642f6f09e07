import { now } from "../runtime/clock";

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

  /** True: it has failed so often that it should be ejected. */
  fail(policy: OutlierPolicy): bool {
    if (this.isOut) return false;
    if (now() - this.failedAt > <u64>policy.intervalMs) this.failures = 0;
    this.failedAt = now();
    return ++this.failures >= policy.errors;
  }

  /** It is out from now on, longer each time. */
  eject(policy: OutlierPolicy): void {
    const rested = this.ejectedUntil ? <i32>min<u64>((now() - this.ejectedUntil) / <u64>policy.intervalMs, 1024) : 1024;
    this.ejections = max(0, this.ejections - rested) + 1;
    this.ejectedUntil = now() + min<u64>(<u64>policy.baseMs * this.ejections, policy.maxMs);
    this.failures = 0;
  }
}
