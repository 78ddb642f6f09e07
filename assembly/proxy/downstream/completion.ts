import { Failure, TIMED_OUT } from "../../codec/failure";
import { snapshotOf } from "../config/snapshot";
import { Cause, causeOf } from "../exchange/cause";
import { Exchange, giveExchange } from "../exchange/exchange";
import { now } from "../runtime/clock";
import { laneOf } from "../upstream/lane";
import { Upstream } from "../upstream/upstream";
import { ConnectionBase } from "./connectionBase";
import { FrameCursor } from "./frameCursor";
import { Holding } from "./holding";
import { ResponseWriter } from "./responseWriter";
import { Retries } from "./retries";
import { Router } from "./router";

/**
 * Every way in which an exchange ends, and who is told of it.
 *
 * | cause | codec | filters | another attempt | client |
 * |---|---|---|---|---|
 * | its whole answer was written (`ResponseWriter`) | | onEnd | | the answer |
 * | `failOn`: it failed on its lane | refused, if no byte was sent | onEnd | if its route has one | an error |
 * | `fail` | | onEnd | no | an error; if it has some of the answer, its connection closes |
 * | `giveUp`: its answer may still come | cancel | onEnd | if its route has one | as `fail`; the answer is discarded |
 * | `forget` | | onEnd | no | nothing |
 */
@final
export class Completion {
  constructor(
    private connection: ConnectionBase, private writer: ResponseWriter, private upstream: Upstream, private retries: Retries, private holding: Holding,
    private router: Router, private cursor: FrameCursor,
  ) {}

  /** A request was given up before any byte of it went to a server. */
  refused(x: Exchange, failure: Failure): void { this.connection.service.codec.refused(this.connection.wire, x, failure); }

  /** An exchange is over, and goes back to the pool next. */
  over(x: Exchange): void {
    this.lift(x);
    if (x.seen) snapshotOf(x).filters.onEnd(x);
    this.retries.drop(x);
    this.retries.leave(x);
  }

  /** An answer of this exchange has come, or none will. */
  lift(x: Exchange): void {
    if (this.connection.fence !== x) return;
    this.connection.fence = null;
    this.connection.wake();
  }

  /** An exchange has failed on its lane; `sent`: a server may have got some of it. False: the connection must close. */
  failOn(x: Exchange, failure: Failure, sent: bool): bool {
    if (x.sent && this.retry(x, causeOf(failure, sent))) return true;
    if (!sent && !x.mute) this.refused(x, failure);
    return this.fail(x, failure);
  }

  /** True: the request will be sent again. */
  retry(x: Exchange, cause: Cause): bool {
    return cause != 0 && !this.connection.isClosing && this.retries.offer(x, cause);
  }

  /** Ends an exchange with an error. False: some of its answer is with the client already, the connection must close. */
  fail(x: Exchange, failure: Failure): bool {
    if (x.mute) {
      this.forget(x);
      return true;
    }
    if (x.carried) return this.writer.deliver(x);
    if (x.opens) this.connection.pins.refuse(x.pin, x.key);
    this.connection.service.stats.error(failure.reason);
    if (x.begun) {
      this.connection.service.stats.cutAnswers.add();
      this.connection.correlation.unbind(x);
      return false;
    }
    // Or it would be sent once more while its error waits for its turn.
    this.retries.leave(x);
    x.failure = failure;
    const before = this.writer.waiting;
    const good = this.writer.fail(x);
    this.connection.localBytes += this.writer.waiting - before;
    if (this.writer.waiting) this.connection.wake();
    return good;
  }

  /** Ends an exchange whose reply may still come, which then is discarded. False: the connection must close. */
  giveUp(x: Exchange, failure: Failure): bool {
    const lane = laneOf(x);
    // Also of a message of the server's own, which is on no list of its lane.
    const isAll = lane !== null && lane.abandon(x);
    if (lane && x.bound) {
      if (x.strict && x.laneNewer) this.retries.drop(x);
      if (isAll) {
        this.connection.correlation.unbind(x);
      } else {
        this.connection.correlation.orphan(x);
        lane.cancel(x);
      }
    }
    return this.failOn(x, failure, true);
  }

  /** An exchange ends without an answer to the client. */
  forget(x: Exchange): void {
    this.over(x);
    this.connection.correlation.unbind(x);
    this.connection.correlation.remove(x);
    giveExchange(x);
  }

  /** Gives up what no answer came for in time. False: the connection must close. */
  expire(): bool {
    if (!this.connection.service.hasTimeouts) return true;
    const all = this.connection.correlation;
    for (let x = all.first(); x; x = all.next()) {
      if (x.deadline == 0 || now() < x.deadline || x.done) continue;
      const lane = laneOf(x);
      if (!x.mute) {
        if (!this.timeOut(x)) return false;
      } else if (lane && !this.upstream.breakLane(lane, TIMED_OUT)) {
        return false;
      }
    }
    return true;
  }

  /** False: the connection must close. */
  private timeOut(x: Exchange): bool {
    const lane = laneOf(x);
    if (lane && x.bound) lane.report(false);
    if (!this.connection.service.inline || lane === null || x.begun) return this.giveUp(x, TIMED_OUT);
    // Inline nothing can be said before the server speaks: where answers have their turn, that is this one.
    if (x.ordered || this.connection.hasPushedEnd) {
      this.connection.service.stats.error(TIMED_OUT.reason);
      return false;
    }
    if (!(this.cursor.isWhole && !this.holding.isParked)) return true;
    if (!lane.abandon(x)) return this.router.ask(x, lane, TIMED_OUT);
    this.connection.correlation.unbind(x);
    return this.fail(x, TIMED_OUT);
  }

  /** Ends requests that are on no lane: held by filters, or about to be sent again. False: the connection must close. */
  failWaiting(failure: Failure): bool {
    const all = this.connection.correlation;
    this.holding.forgetAll();
    for (let x = all.first(); x; x = all.next()) if (!x.bound && !x.done && !x.mute && !this.fail(x, failure)) return false;
    return true;
  }
}
