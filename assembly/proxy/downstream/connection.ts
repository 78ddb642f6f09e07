import { BUFFER_BYTES, giveBuffer, takeBuffer } from "../../bytes/buffers";
import { Writer } from "../../bytes/writer";
import { NetworkContext, RootContext } from "../../context/context";
import { Action, Buffer, Peer } from "../../env/enums";
import { readBuffer } from "../../host/buffer";
import { closeDownstream, drainDownstream, selectContext } from "../../host/stream";
import { Client } from "./responseWriter";
import { Expect, Order } from "../../codec/enums";
import { Session, Wire } from "../../codec/wire";
import { SESSION } from "../../codec/frame";
import { Correlation } from "../exchange/correlation";
import { Departure, DrainWatcher } from "./drain";
import { Dispatch } from "./router";
import { Exchange, EXCHANGE_BYTES, giveExchange } from "../exchange/exchange";
import { ConnectionFacts, Facts } from "../filter/connectionAttributes";
import { Failure, LISTENER_GONE, SHED, TIMED_OUT, UPSTREAM_RESET } from "../../codec/failure";
import { Intake } from "./requestReader";
import { Hoard, isFull, isTight, shedVm } from "./overload";
import { ConnectionBase } from "./connectionBase";
import { FrameCursor } from "./frameCursor";
import { PIN_BYTES, Pins } from "../upstream/affinity";
import { Retries } from "./retries";
import { Cause, causeOf } from "../exchange/cause";
import { clientIn, clientOut, upstreamIn } from "../runtime/callbackBuffers";
import { now, refreshNow } from "../runtime/clock";
import { Service } from "../config/listener";
import { Loss } from "../runtime/stats";
import { Inline } from "../upstream/inline";
import { Lane, laneOf } from "../upstream/lane";
import { LaneClient, LaneStream } from "../upstream/laneStream";
import { Lanes } from "../upstream/lanes";
import { Upstream } from "../upstream/upstream";
import { rulesOf } from "../config/snapshot";

/** Bytes of the filter's own answers that may wait for a bell. */
const MAX_WAITING: i32 = 1 << 20;
/** And those that a client may cause at once, and then each second: Envoy's back-pressure does not hold them. */
const MAX_LOCAL: i32 = 8 << 20;
const LOCAL_PER_SECOND: i32 = 1 << 20;

/** Beside its bytes, a request that is held by itself. */
const WAITING_BYTES: i32 = 512;

/** A connection that keeps no more than this is not the one that fills the VM. */
const SMALL: i32 = 64 << 10;

/** One client connection: takes what Envoy brings, hands on what came of it, and keeps to its bounds. */
@final
export class Connection extends ConnectionBase implements LaneClient, Hoard {
  client: Client;
  upstream: Upstream;
  retries: Retries;
  cursor: FrameCursor = new FrameCursor();
  dispatch: Dispatch;
  intake: Intake;
  private known: ConnectionFacts | null = null;
  private knownOf: Facts | null = null;
  private localSince: u64 = now();
  /** Client bytes that were taken and not yet used: a part of a head, or what a full lane holds up. */
  private inbox: Writer | null = null;
  /** The last words are on their way, then the connection closes. */
  private closing: bool = false;
  /** Once all answers have left, it closes. */
  private ending: bool = false;
  /** What the client gets behind them; null: nothing. */
  private lastWords: Failure | null = null;
  /** Nobody knows where the client's next request begins. */
  private lost: bool = false;
  private closed: bool = false;
  /** Inside of a write callback. */
  private writing: bool = false;
  /** The client waits because of its own bounds. */
  private crowded: bool = false;
  private departure: Departure = new Departure();
  /** Inline: the client has ended its side. Envoy hands that on with the next push, which must then be the last. */
  private ended: bool = false;
  private endPushed: bool = false;

  constructor(id: u32, root: RootContext, service: Service, private watcher: DrainWatcher) {
    super(id, root, service);
    this.client = changetype<Client>(0);
    this.upstream = changetype<Upstream>(0);
    this.retries = changetype<Retries>(0);
    this.dispatch = changetype<Dispatch>(0);
    this.intake = changetype<Intake>(0);
    // The language lets nobody see `this` before all fields are set; each part is given those that were made before it.
    const client = new Client(this), session = this.session, wire = this.wire, correlation = this.correlation;
    const upstream: Upstream = service.inline ? new Inline(this, service, session, wire, correlation, client) : new Lanes(this, service, session, wire, correlation, client);
    const retries = new Retries(this, upstream), dispatch = new Dispatch(this, client, upstream, retries, this.cursor);
    this.client = client;
    this.upstream = upstream;
    this.retries = retries;
    this.dispatch = dispatch;
    this.intake = new Intake(this, client, upstream, dispatch, this.cursor);
    service.stats.connections.add();
  }

  /** Inline: tcp_proxy picks its cluster when the connection comes to it, so it must not come before the first request. */
  onNewConnection(): Action { return this.service.inline && this.service.isRouted ? Action.Pause : Action.Continue; }

  onDownstreamData(size: i32, end: bool): Action {
    this.ended = end && this.service.inline;
    // Envoy gives its buffer to no later callback once it was told to go on: only an end may do that.
    if (size == 0 && !this.ended) return end ? Action.Continue : Action.Pause;
    if (this.service.timed) refreshNow();
    this.departure.heard();
    this.pump();
    return Action.Pause;
  }

  /** The compiler looks for the methods of an interface in the class itself. */
  wake(): void { super.wake(); }

  onWake(): void {
    if (this.closed) closeDownstream();
    else this.pump();
  }

  onUpstreamData(size: i32, end: bool): Action {
    if (size == 0 && !end) return Action.Continue;
    if (this.service.timed) refreshNow();
    clientOut.reset();
    if (size > 0) this.departure.said();
    const length = size > 0 ? readBuffer(Buffer.Upstream, upstreamIn) : 0;
    this.writing = true;
    this.client.begin();
    if (!this.closed && !this.upstream.feed(upstreamIn.base, length)) this.abort();
    if (end && !this.closed && !this.upstream.feedEnd()) this.abort();
    if (!this.closed) this.endIfAnswered();
    if (!this.client.end()) this.abort();
    this.writing = false;
    clientOut.finish();
    this.afterWrite();
    return Action.Continue;
  }

  /** Coarse timeouts. */
  tick(): void {
    if (this.closed) return;
    const seconds = <i32>min<u64>((now() - this.localSince) / 1000, 8);
    if (seconds > 0) {
      this.localBytes = max(0, this.localBytes - seconds * LOCAL_PER_SECOND);
      this.localSince = now();
    }
    if (!this.upstream.tick() || !this.expire()) this.abort();
    if (this.crowded || this.client.waiting) this.wake();
    if (this.isUnused) this.abort();
    if (this.upstream.goingAwaySince && !this.departure.hasBegun) this.watcher.watch(this);
  }

  /** The client has gone, perhaps right behind its last request. */
  onDownstreamClose(peer: Peer): void {
    if (peer != Peer.Remote || this.closed || this.closing) return;
    const stats = this.service.stats, held = this.dispatch.held;
    this.upstream.leaveBehind();
    if (held > 0) stats.lose(Loss.Held, held);
    const inbox = this.inbox, whole = inbox !== null && inbox.length >= this.wire.need;
    if (whole && this.isHeld && !this.dispatch.isHolding) stats.lose(Loss.Unread, 1);
  }

  onDelete(): void {
    this.closed = true;
    this.watcher.forget(this);
    this.free();
  }

  /** Ends the connection: at once, or behind the bytes that this callback writes, which Envoy would drop. */
  abort(): void {
    if (this.closed) return;
    this.closed = true;
    if (this.writing && clientOut.length > 0) return this.wake();
    // In a tick the root is selected, not this connection.
    if (selectContext(this.id)) closeDownstream();
  }

  /** Closes once the last words have left. */
  close(): void {
    if (this.client.waiting == 0) this.abort();
    else this.closing = true;
  }

  /** Closes after this callback, whose bytes still reach the client. */
  endSoon(): void {
    this.closing = true;
    this.wake();
  }

  /** Takes nothing more, and closes once the client has all answers that it still waits for. */
  endBehind(): void {
    this.ending = true;
    this.wake();
  }

  /**
   * Of what the client sends from here on nothing can be read: it gets the answers that it still waits for, then an error to the
   * connection as a whole (null: that is among them), then it closes.
   */
  lose(failure: Failure | null): void {
    this.lost = true;
    this.lastWords = failure;
    this.endBehind();
    this.endIfAnswered();
  }

  /** Inline nothing can be said before the server speaks. */
  private endIfAnswered(): void {
    if (!this.ending || this.closing || !this.hasAnsweredAll) return;
    const failure = this.lastWords, mute = this.service.inline && !this.client.writable;
    this.closing = true;
    this.lastWords = null;
    if (this.lost && mute) return this.abort();
    if (failure && this.service.codec.reply(this.wire, null, failure, this.client.local())) return;
    if (this.lost && this.client.waiting == 0) this.abort();
  }

  /** What metadata tells of the connection itself; read once for each version of the rules. In its own callbacks. */
  facts(asked: Facts): ConnectionFacts {
    let known = this.known;
    if (known === null || this.knownOf !== asked) this.known = known = asked.read();
    this.knownOf = asked;
    return known;
  }

  /** Another configuration is in force; `waited`: the first one. */
  follow(waited: bool): void {
    if (this.closed) return;
    this.upstream.follow();
    if (waited) this.wake();
  }

  private get hasAnsweredAll(): bool {
    if (this.client.owner !== null || this.correlation.oldestOrdered !== null) return false;
    return this.service.codec.traits.order != Order.Free || this.correlation.awaited == 0;
  }

  /** A request was given up before any byte of it went to a server. */
  refused(x: Exchange, failure: Failure): void { this.service.codec.refused(this.wire, x, failure); }

  /** An exchange is over, and goes back to the pool next. */
  over(x: Exchange): void {
    this.lift(x);
    if (x.seen) rulesOf(x).filters.onEnd(x);
    this.retries.drop(x);
    this.retries.leave(x);
  }

  /** An answer of this exchange has come, or none will. */
  lift(x: Exchange): void {
    if (this.fence !== x) return;
    this.fence = null;
    this.wake();
  }

  /** An exchange has failed on its lane; `sent`: a server may have got some of it. False: the connection must close. */
  failOn(x: Exchange, failure: Failure, sent: bool): bool {
    if (x.sent && this.retry(x, causeOf(failure, sent))) return true;
    if (!sent && !x.mute) this.refused(x, failure);
    return this.fail(x, failure);
  }

  /** True: the request will be sent again. */
  retry(x: Exchange, cause: Cause): bool {
    return cause != 0 && !this.closed && !this.closing && this.retries.offer(x, cause);
  }

  /** Ends an exchange with an error. False: some of its answer is with the client already, the connection must close. */
  fail(x: Exchange, failure: Failure): bool {
    if (x.mute) {
      this.forget(x);
      return true;
    }
    if (x.carried) return this.client.deliver(x);
    if (x.opens) this.pins.refuse(x.pin, x.key);
    this.service.stats.error(failure.reason);
    if (x.begun) {
      this.service.stats.cutAnswers.add();
      this.correlation.unbind(x);
      return false;
    }
    // Or it would be sent once more while its error waits for its turn.
    this.retries.leave(x);
    x.failure = failure;
    const before = this.client.waiting;
    const good = this.client.fail(x);
    this.localBytes += this.client.waiting - before;
    if (this.client.waiting) this.wake();
    return good;
  }

  /** Ends an exchange whose reply may still come, which then finds its tombstone. False: the connection must close. */
  giveUp(x: Exchange, failure: Failure): bool {
    const lane = laneOf(x);
    // Also of a message of the server's own, which is on no list of its lane.
    const isAll = lane !== null && lane.abandon(x);
    if (lane && x.bound) {
      if (x.strict && x.laneNewer) this.retries.drop(x);
      if (isAll) {
        this.correlation.unbind(x);
      } else {
        this.correlation.bury(x);
        lane.cancel(x);
      }
    }
    return this.failOn(x, failure, true);
  }

  /** An exchange ends without a word to the client. */
  forget(x: Exchange): void {
    this.over(x);
    this.correlation.unbind(x);
    this.correlation.remove(x);
    giveExchange(x);
  }

  /** A copy of a request of Kind.Setup is on this lane: it has an exchange of its own. */
  bindMute(x: Exchange, lane: LaneStream): void {
    x.mute = true;
    this.correlation.add(x);
    this.correlation.bind(x, lane);
  }

  unpin(pin: u64): void {
    if (pin == SESSION) {
      this.pins.clear();
      this.upstream.attend();
      return;
    }
    const lane = this.pins.unpin(pin);
    if (lane) this.upstream.settled(lane);
  }

  /** A lane with pins has gone. */
  losePins(lane: LaneStream): void {
    if (!this.pins.lose(changetype<Lane>(lane))) return;
    this.service.stats.error(UPSTREAM_RESET.reason);
    this.endSoon();
  }

  /** The client's bytes stay where they are. After its end there are few more, and what waits goes on only with the last. */
  get isHeld(): bool {
    if (this.intake.isBlocked && this.correlation.awaited > 0) return true;
    return this.fence !== null || this.service.isWaiting || this.upstream.isHeld() || this.dispatch.isHolding || this.retries.holding > 0 || this.ending || this.isDeaf || (this.isCrowded && !this.ended);
  }

  inputHasEnded(): bool { return this.ended; }
  withholds(): bool { return this.ended && this.dispatch.hasHeld; }
  isAnswered(x: Exchange): void { this.retries.drop(x); }
  pin(pin: u64, lane: LaneStream): void { this.pins.pin(pin, changetype<Lane>(lane)); }
  movePins(from: LaneStream, to: LaneStream): void { this.pins.move(changetype<Lane>(from), changetype<Lane>(to)); }
  isSendingTo(lane: LaneStream): bool { return this.cursor.isSendingTo(lane); }
  isCutFor(lane: LaneStream): bool { return this.cursor.isCutFor(lane); }
  redirect(from: LaneStream, to: LaneStream): void { this.cursor.redirect(from, changetype<Lane>(to)); }

  /** The client's bytes are of no use any more. */
  private get isDeaf(): bool {
    return this.closing || this.closed || this.lost || this.endPushed || (this.departure.isDeaf && this.intake.isBetween);
  }

  /** Nothing has been under way for as long as limits allow. */
  private get isUnused(): bool {
    const idleMs = this.service.limits.idleMs;
    return idleMs > 0 && this.pins.held == 0 && this.isIdle && this.departure.silence >= <u64>idleMs;
  }

  /** Nobody waits for an answer, and nothing is half done. */
  private get isIdle(): bool {
    if (this.correlation.awaited > 0 || this.client.waiting > 0 || this.upstream.stored > 0 || !this.intake.isBetween) return false;
    return this.departure.isDeaf || (this.inbox === null && this.pins.held == 0);
  }

  /** Bytes of messages that are kept for this connection. */
  private get stored(): i32 {
    const inbox = this.inbox;
    return this.waitingBytes + this.client.waiting + (inbox ? inbox.length : 0);
  }

  /** Bytes of requests and answers that wait for others. */
  private get waitingBytes(): i32 { return this.client.stored + this.upstream.stored + this.dispatch.stored + this.keptBytes; }

  /** Bytes of what is known of them, about. */
  private get objectBytes(): i32 {
    return this.correlation.open * EXCHANGE_BYTES + this.client.answers * BUFFER_BYTES + this.dispatch.benched * WAITING_BYTES + this.pins.size * PIN_BYTES;
  }

  /** All that the VM keeps for this connection, in bytes, about; nothing once it is about to go. */
  weight(): i32 { return this.closed ? 0 : this.stored + this.objectBytes + this.session.keptBytes; }

  private get isCrowded(): bool {
    const limits = this.service.limits;
    if (this.client.waiting > MAX_WAITING || this.localBytes >= MAX_LOCAL || this.correlation.open >= limits.maxOpen) return true;
    const stored = this.waitingBytes;
    if (stored > limits.connectionBytes >> 1 || stored + this.objectBytes > limits.connectionBytes) return true;
    return isTight(limits.vmBytes) && (stored > SMALL || this.correlation.open > 0);
  }

  /** Takes what the client has sent, as far as it may go on, and hands on what came of it. */
  private pump(): void {
    this.endIfAnswered();
    if (this.closing && !this.closed && this.client.waiting == 0) this.abort();
    let taken = this.isDeaf;
    if (taken) {
      drainDownstream();
      this.dropInbox();
    }
    if (this.closed) return;
    this.upstream.begin();
    if (!this.isHeld) {
      this.read();
      taken = true;
    }
    if (this.dispatch.hasReady && !this.closing && !this.upstream.isHeld()) this.dispatch.replay();
    if (this.retries.hasDue && this.cursor.isWhole && !this.closing && !this.upstream.isHeld()) this.retries.send();
    const output = this.upstream.finish(this.client.waiting > 0 && this.client.owner === null);
    if (this.ended && this.upstream.bound() === null && this.service.isRouted && !this.withholds()) this.abort();
    if (this.closed) return;
    if (output.length > 0 || (this.ended && !this.endPushed && !this.withholds())) {
      if (!taken) this.absorb();
      output.finish();
      this.resume();
      this.endPushed = this.ended;
    } else if (taken) {
      drainDownstream();
    }
    this.crowded = this.isCrowded;
    if (!taken && !this.isHeld) this.wake();
    this.shedIfFull();
  }

  private read(): void {
    const inbox = this.inbox;
    if (inbox === null) {
      const length = readBuffer(Buffer.Downstream, clientIn);
      const used = this.intake.consume(clientIn.base, length);
      if (used < length && !this.isDeaf) this.keep(clientIn.base + used, length - used);
      return;
    }
    readBuffer(Buffer.Downstream, inbox);
    inbox.shift(this.intake.consume(inbox.base, inbox.length));
    if (inbox.length == 0 || this.isDeaf) this.dropInbox();
  }

  private dropInbox(): void {
    giveBuffer(this.inbox);
    this.inbox = null;
  }

  /** Takes held bytes out of Envoy's buffer, because a push would hand them on as they are. */
  private absorb(): void {
    clientIn.reset();
    const length = readBuffer(Buffer.Downstream, clientIn);
    if (length > 0) this.keep(clientIn.base, length);
  }

  private keep(at: usize, length: i32): void {
    let inbox = this.inbox;
    if (inbox === null) this.inbox = inbox = takeBuffer();
    inbox.bytes(at, length);
  }

  private afterWrite(): void {
    if (this.closed) return;
    if ((this.closing || (this.ending && this.hasAnsweredAll)) && this.client.waiting == 0) this.wake();
    if (this.client.waiting && this.client.owner === null) this.wake();
    if (this.intake.isBlocked && this.correlation.awaited == 0) this.wake();
    if (this.crowded && this.correlation.open < (this.service.limits.maxOpen >> 2) * 3 && !this.isCrowded) {
      this.crowded = false;
      this.wake();
    }
    this.shedIfFull();
  }

  /** Gives up what no answer came for in time. False: the connection must close. */
  private expire(): bool {
    if (!this.service.hasTimeouts) return true;
    const all = this.correlation;
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
    if (!this.service.inline || lane === null || x.begun) return this.giveUp(x, TIMED_OUT);
    // Inline nothing can be said before the server speaks: where answers have their turn, that is this one.
    if (x.ordered || this.endPushed) {
      this.service.stats.error(TIMED_OUT.reason);
      return false;
    }
    if (!this.intake.isBetween) return true;
    if (!lane.abandon(x)) return this.dispatch.ask(x, lane, TIMED_OUT);
    this.correlation.unbind(x);
    return this.fail(x, TIMED_OUT);
  }

  /** The next filter is about to close: so does the connection, before that and at a moment when nobody waits for an answer. */
  leave(): void {
    if (this.closed || this.closing) return;
    const tenths = (now() - this.upstream.goingAwaySince) * 10 / <u64>this.service.limits.drainMs;
    if (tenths >= 9) {
      // The next filter would reset all lanes, and give the errors no time.
      if (this.upstream.breakAll(LISTENER_GONE) && this.failWaiting(LISTENER_GONE)) this.close();
      else this.abort();
      return;
    }
    const further = this.departure.advance(tenths);
    if (this.departure.mayPart && this.correlation.awaited == 0) this.part();
    if (this.departure.isMoment(further || !this.isIdle)) this.abort();
  }

  /** Tells the client to go elsewhere, where the protocol has words for that: once, while it waits for nothing. */
  private part(): void {
    if (this.client.owner !== null) return;
    const before = this.client.waiting;
    this.departure.hasParted = true;
    this.service.codec.goodbye(this.wire, this.client.local());
    if (this.client.waiting > before) this.wake();
  }

  /** Ends requests that are on no lane: held by filters, or about to be sent again. False: the connection must close. */
  failWaiting(failure: Failure): bool {
    const all = this.correlation;
    this.dispatch.forgetHeld();
    for (let x = all.first(); x; x = all.next()) if (!x.bound && !x.done && !x.mute && !this.fail(x, failure)) return false;
    return true;
  }

  private shedIfFull(): void {
    const limits = this.service.limits;
    if (this.client.stored + this.upstream.stored > limits.connectionBytes) {
      while (!this.closed && this.stored > (limits.connectionBytes >> 3) * 7) this.shed();
    }
    if (isFull(limits.vmBytes)) shedVm(this.id, limits.vmBytes);
  }

  /** Gives up the largest thing that is kept: copies that a retry may need at once, all else with an error in the protocol's words. */
  shed(): void {
    this.service.stats.shed.add();
    if (this.forgetCopies()) return;
    const x = this.correlation.largestAnswer(), answer = x ? x.answer : null, answered = answer ? answer.length : 0;
    const lane = this.upstream.fullest(), waiting = lane ? lane.waiting : 0;
    let good = false;
    if (this.objectBytes > max(answered, waiting)) good = this.shedMany();
    else if (lane && waiting > answered) good = this.upstream.breakLane(lane, SHED);
    else if (x) good = this.giveUp(x, SHED);
    if (good) return;
    this.abort();
    this.free();
  }

  /** It is not their size, but their number: those that are held, and otherwise the lane that the oldest waits for. False: close. */
  private shedMany(): bool {
    let held = this.dispatch.takeLargest();
    if (held === null) {
      const lane = changetype<Lane | null>(this.correlation.oldestLane);
      return lane !== null && this.upstream.breakLane(lane, SHED);
    }
    for (let left = this.dispatch.benched >> 3; held; left--) {
      if (!this.fail(held, SHED)) return false;
      held = left > 0 ? this.dispatch.takeNewest() : null;
    }
    return true;
  }

  /** False: no copy was there, or all are of requests that wait to be sent again. */
  private forgetCopies(): bool {
    const before = this.keptBytes;
    if (before == 0) return false;
    let x = this.correlation.oldest;
    while (x) {
      if (!x.waits) this.retries.drop(x);
      x = x.newer;
    }
    return this.keptBytes < before;
  }

  private free(): void {
    this.upstream.free();
    this.dispatch.forgetHeld();
    this.client.free();
    this.dropInbox();
  }
}
