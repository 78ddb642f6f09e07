import { BUFFER_BYTES } from "../../bytes/buffers";
import { SHED } from "../../codec/failure";
import { EXCHANGE_BYTES } from "../exchange/exchange";
import { PIN_BYTES } from "../upstream/affinity";
import { Lane } from "../upstream/lane";
import { Upstream } from "../upstream/upstream";
import { ConnectionBase } from "./connectionBase";
import { Holding } from "./holding";
import { Inbox } from "./inbox";
import { isTight } from "./overload";
import { ResponseWriter } from "./responseWriter";
import { Retries } from "./retries";

/** Bytes of the filter's own answers that may wait for a chance to write. */
const MAX_WAITING: i32 = 1 << 20;
/** And those that a client may cause at once: Envoy's back-pressure does not hold them. */
const MAX_LOCAL: i32 = 8 << 20;
/** Beside its bytes, a request that is held by itself. */
const WAITING_BYTES: i32 = 512;
/** A connection that keeps no more than this is not the one that fills the VM. */
const SMALL: i32 = 64 << 10;

/** What a connection keeps, whether that is too much, and what it gives up first. */
@final
export class ConnectionLoad {
  constructor(
    private connection: ConnectionBase, private writer: ResponseWriter, private upstream: Upstream, private retries: Retries, private holding: Holding,
    private inbox: Inbox,
  ) {}

  /** Bytes of messages that are kept for this connection. */
  get stored(): i32 { return this.waitingBytes + this.writer.waiting + this.inbox.length; }

  /** Bytes of requests and answers that wait for others. */
  private get waitingBytes(): i32 { return this.writer.stored + this.upstream.stored + this.holding.stored + this.connection.keptBytes; }

  /** Bytes of what is known of them, about. */
  private get objectBytes(): i32 {
    return this.connection.correlation.open * EXCHANGE_BYTES + this.writer.answers * BUFFER_BYTES + this.holding.benched * WAITING_BYTES + this.connection.pins.size * PIN_BYTES;
  }

  /** All that the VM keeps for this connection, in bytes, about. */
  get weight(): i32 { return this.stored + this.objectBytes + this.connection.session.keptBytes; }

  get isCrowded(): bool {
    const limits = this.connection.service.limits;
    if (this.writer.waiting > MAX_WAITING || this.connection.localBytes >= MAX_LOCAL || this.connection.correlation.open >= limits.maxOpen) return true;
    const stored = this.waitingBytes;
    if (stored > limits.connectionBytes >> 1 || stored + this.objectBytes > limits.connectionBytes) return true;
    return isTight(limits.vmBytes) && (stored > SMALL || this.connection.correlation.open > 0);
  }

  /** Gives up the largest thing that is kept: copies that a retry may need at once, all else with an error in the protocol's words. False: the connection must close. */
  shed(): bool {
    this.connection.service.stats.shed.add();
    if (this.forgetCopies()) return true;
    const x = this.connection.correlation.largestAnswer(), answer = x ? x.answer : null, answered = answer ? answer.length : 0;
    const lane = this.upstream.fullest(), waiting = lane ? lane.waiting : 0;
    if (this.objectBytes > max(answered, waiting)) return this.shedMany();
    if (lane && waiting > answered) return this.upstream.breakLane(lane, SHED);
    return x !== null && this.connection.giveUp(x, SHED);
  }

  /** It is not their size, but their number: those that are held, and otherwise the lane that the oldest waits for. False: close. */
  private shedMany(): bool {
    let held = this.holding.takeLargest();
    if (held === null) {
      const lane = changetype<Lane | null>(this.connection.correlation.oldestLane);
      return lane !== null && this.upstream.breakLane(lane, SHED);
    }
    for (let left = this.holding.benched >> 3; held; left--) {
      if (!this.connection.fail(held, SHED)) return false;
      held = left > 0 ? this.holding.takeNewest() : null;
    }
    return true;
  }

  /** False: no copy was there, or all are of requests that wait to be sent again. */
  private forgetCopies(): bool {
    const before = this.connection.keptBytes;
    if (before == 0) return false;
    let x = this.connection.correlation.oldest;
    while (x) {
      if (!x.waits) this.retries.drop(x);
      x = x.newer;
    }
    return this.connection.keptBytes < before;
  }
}
