import { Writer } from "../../bytes/writer";
import { now } from "../runtime/clock";
import { Health, OutlierPolicy } from "./outlierDetection";

const DOWN_MS: u64 = 1000;
const MAX_DOWN_MS: u64 = 30000;
const LEAVING_MS: u64 = 15000;

let changes: u32 = 0;
/** Another number once some endpoint has gone down or come up. */
export function healthChanges(): u32 { return changes; }

/** One server of a cluster, as all connections of this VM see it. */
@final
export class Endpoint {
  /** No lane is opened to it before this time, unless all others are down too. */
  downUntil: u64 = 0;
  private backoff: u64 = DOWN_MS;
  /** Header block of a lane to it. */
  headers: Writer = new Writer(64);
  hash: u64 = 0;
  /** Its place in its cluster; -1: it is there no more. */
  slot: i32 = -1;
  health: Health = new Health();

  /** priority: 0 is asked first. */
  constructor(public address: string, public weight: i32, public priority: i32 = 0) {}

  isAs(other: Endpoint): bool { return this.address == other.address && this.weight == other.weight && this.priority == other.priority; }

  /** Takes on what another configuration says of it. */
  take(other: Endpoint): void {
    this.weight = other.weight;
    this.priority = other.priority;
  }

  /** It is left alone for as long as its outlier policy says. */
  eject(policy: OutlierPolicy): void {
    this.health.eject(policy);
    this.leave(max(this.downUntil, this.health.ejectedUntil));
  }

  /** It refused: leave it alone for a while, longer each time. */
  setDown(): void {
    this.leave(now() + this.backoff);
    this.backoff = min(this.backoff * 2, MAX_DOWN_MS);
  }

  /** It said that it will go: long enough for it to be gone. */
  setLeaving(): void { this.leave(now() + LEAVING_MS); }

  /** Others say that it is away. */
  setAway(ms: u64): void { this.leave(max(this.downUntil, now() + ms)); }

  setUp(): void {
    this.leave(this.health.ejectedUntil);
    this.backoff = DOWN_MS;
  }

  /** It is left alone, or has refused and nobody has got through to it since. Of what Envoy chooses only Envoy knows. */
  get isOut(): bool { return this.address.length > 0 && (this.downUntil > now() || this.backoff > DOWN_MS); }

  private leave(until: u64): void {
    if (this.downUntil == until) return;
    this.downUntil = until;
    changes++;
  }
}
