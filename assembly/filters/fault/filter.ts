import { Json } from "../../bytes/json";
import { Problems } from "../../bytes/problems";
import { Filter } from "../../proxy/filter/filter";
import { Held, hold, HOLD } from "../../proxy/filter/heldRequest";
import { KeyResolver } from "../../proxy/match/keyResolver";
import { Frame } from "../../codec/frame";
import { Exchange } from "../../proxy/exchange/exchange";
import { Failure, Reason } from "../../codec/failure";
import { Mutation } from "../../codec/mutation";
import { hits, readFraction } from "../../proxy/runtime/fraction";
import { after, Timer } from "../../proxy/runtime/timers";

const MAX_DELAY_MS: i64 = 3_600_000;

/** The end of a delay. */
@final
class Delay extends Timer {
  constructor(private held: Held, private failure: Failure | null) { super(); }

  fire(): void { this.held.resume(this.failure); }
}

/** Injects faults: delays requests, aborts them with the protocol's own error, or both, a share of them each. */
@final
export class FaultFilter extends Filter {
  private delayMs: i32 = 0;
  private delayShare: i32 = 0;
  private abort: Failure | null = null;
  private abortShare: i32 = 0;

  configure(config: Json, keys: KeyResolver, problems: Problems): void {
    problems.unknownFields(config, ["delay", "abort"]);
    const delay = problems.object(config, "delay"), abort = problems.object(config, "abort");
    if (!delay && !abort) problems.report(config.path(), "missing, allowed: delay, abort, or both");
    if (delay) {
      problems.unknownFields(delay, ["ms", "share"]);
      this.delayMs = <i32>problems.needInt(delay, "ms", 1, MAX_DELAY_MS);
      this.delayShare = readFraction(delay, "share", problems);
    }
    if (abort) this.readAbort(abort, keys, problems);
  }

  private readAbort(abort: Json, keys: KeyResolver, problems: Problems): void {
    problems.unknownFields(abort, ["code", "text", "share"]);
    const text = problems.needText(abort, "code");
    if (!problems.ok) return;
    const code = keys.codec.code(text);
    if (code < 0) problems.report(abort.path() + ".code", 'found "' + text + '", which is not an error of this protocol');
    this.abort = new Failure(Reason.FaultAbort, problems.text(abort, "text", "fault injected"), code);
    this.abortShare = readFraction(abort, "share", problems);
  }

  onRequest(x: Exchange, f: Frame, mutation: Mutation): Failure | null {
    const failure = hits(this.abortShare) ? this.abort : null;
    if (!hits(this.delayShare)) return failure;
    after(this.delayMs, new Delay(hold(), failure));
    return HOLD;
  }
}
