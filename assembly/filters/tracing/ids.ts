import { Random } from "../../bytes/random";
import { Writer } from "../../bytes/writer";
import { Status } from "../../env/enums";
import { nowNanoseconds } from "../../host/clock";
import { readSharedData, setSharedData, sharedDataVersion } from "../../host/sharedData";
import { nowNs } from "../../meta/scratch";

const COUNT = "meltemi.tracing.generators";
const TRIES: i32 = 64;
const bytes: Writer = new Writer(8);

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
    this.random.stir(countGenerators());
  }

  /** Before the ids of a trace. */
  stir(): void { this.random.stir(nowNs()); }

  /** Never 0, which is no id. */
  next(): u64 {
    const id = this.random.next();
    return id ? id : 1;
  }

  /** True for so many millionths of all calls. */
  dice(share: i32): bool { return share > 0 && <i32>this.random.below(1_000_000) < share; }
}

/** How many generators all VMs have made; 0 if that cannot be found out. */
function countGenerators(): u64 {
  for (let i = 0; i < TRIES; i++) {
    bytes.reset();
    const count: u64 = readSharedData(COUNT, bytes) && bytes.length == 8 ? load<u64>(bytes.base) + 1 : 1, version = sharedDataVersion();
    bytes.reset();
    bytes.u64le(count);
    const status = setSharedData(COUNT, bytes.base, 8, version);
    if (status == Status.Ok) return count;
    if (status != Status.CasMismatch) return 0;
  }
  return 0;
}
