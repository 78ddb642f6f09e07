import { Random } from "../../bytes/random";
import { nowNanoseconds } from "../../host/clock";
import { takeNumber } from "../../host/sharedData";
import { nowNs } from "../../proxy/runtime/clock";
import { WHOLE } from "../../proxy/runtime/fraction";

/**
 * Ids of traces and spans. Proxy-wasm has no source of randomness: the start is the time in nanoseconds and the number of
 * the generator among those of all VMs, and each trace adds the time of its request.
 */
@final
export class Ids {
  private random: Random;

  /** At configure time. */
  constructor() {
    this.random = new Random(nowNanoseconds());
    this.random.stir(takeNumber("meltemi.tracing.generators"));
  }

  /** Before the ids of a trace. */
  stir(): void { this.random.stir(nowNs()); }

  /** Never 0, which is no id. */
  next(): u64 {
    const id = this.random.next();
    return id ? id : 1;
  }

  /** True for so many millionths of all calls. */
  dice(share: i32): bool { return share > 0 && <i32>this.random.below(WHOLE) < share; }
}
