import { RootContext } from "../../context/context";
import { Action, Buffer, Peer } from "../../env/enums";
import { readBuffer } from "../../host/buffer";
import { closeDownstream, drainDownstream, selectContext } from "../../host/stream";
import { ResponseWriter } from "./responseWriter";
import { Order } from "../../codec/enums";
import { SESSION } from "../../codec/frame";
import { Drain, DrainWatcher } from "./drain";
import { Router } from "./router";
import { Exchange } from "../exchange/exchange";
import { AttributeValues, ConnectionAttributes } from "../filter/connectionAttributes";
import { Failure, LISTENER_GONE, UPSTREAM_RESET } from "../../codec/failure";
import { RequestReader } from "./requestReader";
import { Hoard, isFull, shedVm } from "./overload";
import { ConnectionBase } from "./connectionBase";
import { Completion } from "./completion";
import { ConnectionLoad } from "./connectionLoad";
import { FrameCursor } from "./frameCursor";
import { Inbox } from "./inbox";
import { Holding } from "./holding";
import { Retries } from "./retries";
import { Cause } from "../exchange/cause";
import { clientOut, upstreamIn } from "../runtime/callbackBuffers";
import { now, refreshNow } from "../runtime/clock";
import { Listener } from "../config/listener";
import { Loss } from "../runtime/stats";
import { Inline } from "../upstream/inline";
import { Lane } from "../upstream/lane";
import { LaneClient, LaneStream } from "../upstream/laneStream";
import { Lanes } from "../upstream/lanes";
import { Upstream } from "../upstream/upstream";

/** Bytes of the filter's own answers that a client may cause each second, beside what it may at once. */
const LOCAL_PER_SECOND: i32 = 1 << 20;

/** One client connection: takes what Envoy brings, hands on what came of it, and keeps to its bounds. */
@final
export class Connection extends ConnectionBase implements LaneClient, Hoard {
  writer: ResponseWriter;
  upstream: Upstream;
  retries: Retries;
  cursor: FrameCursor = new FrameCursor();
  private holding: Holding;
  router: Router;
  reader: RequestReader;
  private known: AttributeValues | null = null;
  private knownOf: ConnectionAttributes | null = null;
  private localSince: u64 = now();
  private inbox: Inbox = new Inbox();
  private load: ConnectionLoad;
  private completion: Completion;
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
  private drainState: Drain = new Drain();
  /** Inline: the client has ended its side. Envoy hands that on with the next push, which must then be the last. */
  private ended: bool = false;
  private endPushed: bool = false;

  constructor(id: u32, root: RootContext, service: Listener, private watcher: DrainWatcher) {
    super(id, root, service);
    this.writer = changetype<ResponseWriter>(0);
    this.upstream = changetype<Upstream>(0);
    this.retries = changetype<Retries>(0);
    this.holding = changetype<Holding>(0);
    this.router = changetype<Router>(0);
    this.reader = changetype<RequestReader>(0);
    this.load = changetype<ConnectionLoad>(0);
    this.completion = changetype<Completion>(0);
    // The language lets nobody see `this` before all fields are set; each part is given those that were made before it.
    const writer = new ResponseWriter(this), session = this.session, wire = this.wire, correlation = this.correlation;
    const upstream: Upstream = service.inline ? new Inline(this, service, session, wire, correlation, writer) : new Lanes(this, service, session, wire, correlation, writer);
    const retries = new Retries(this, upstream), holding = new Holding(this), router = new Router(this, writer, upstream, retries, holding, this.cursor);
    this.writer = writer;
    this.upstream = upstream;
    this.retries = retries;
    this.holding = holding;
    this.router = router;
    this.reader = new RequestReader(this, writer, upstream, router, holding, this.cursor);
    this.load = new ConnectionLoad(this, writer, upstream, retries, holding, this.inbox);
    this.completion = new Completion(this, writer, upstream, retries, holding, router, this.cursor);
    service.stats.connections.add();
  }

  /** Inline: tcp_proxy picks its cluster when the connection comes to it, so it must not come before the first request. */
  onNewConnection(): Action { return this.service.inline && this.service.isRouted ? Action.Pause : Action.Continue; }

  onDownstreamData(size: i32, end: bool): Action {
    this.ended = end && this.service.inline;
    // Envoy gives its buffer to no later callback once it was told to go on: only an end may do that.
    if (size == 0 && !this.ended) return end ? Action.Continue : Action.Pause;
    if (this.service.timed) refreshNow();
    this.drainState.heard();
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
    if (size > 0) this.drainState.said();
    const length = size > 0 ? readBuffer(Buffer.Upstream, upstreamIn) : 0;
    this.writing = true;
    this.writer.begin();
    if (!this.closed && !this.upstream.feed(upstreamIn.base, length)) this.abort();
    if (end && !this.closed && !this.upstream.feedEnd()) this.abort();
    if (!this.closed) this.endIfAnswered();
    if (!this.writer.end()) this.abort();
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
    if (!this.upstream.tick() || !this.completion.expire()) this.abort();
    if (this.crowded || this.writer.waiting) this.wake();
    if (this.isUnused) this.abort();
    if (this.upstream.goingAwaySince && !this.drainState.hasBegun) this.watcher.watch(this);
  }

  /** The client has gone, perhaps right behind its last request. */
  onDownstreamClose(peer: Peer): void {
    if (peer != Peer.Remote || this.closed || this.closing) return;
    const stats = this.service.stats, held = this.holding.held;
    this.upstream.leaveBehind();
    if (held > 0) stats.lose(Loss.Held, held);
    if (this.inbox.length > 0 && this.inbox.length >= this.wire.need && this.isHeld && !this.holding.isHolding) stats.lose(Loss.Unread, 1);
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
    if (this.writer.waiting == 0) this.abort();
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
    const failure = this.lastWords, mute = this.service.inline && !this.writer.writable;
    this.closing = true;
    this.lastWords = null;
    if (this.lost && mute) return this.abort();
    if (failure && this.service.codec.reply(this.wire, null, failure, this.writer.local())) return;
    if (this.lost && this.writer.waiting == 0) this.abort();
  }

  /** What metadata tells of the connection itself; read once for each version of the rules. In its own callbacks. */
  facts(asked: ConnectionAttributes): AttributeValues {
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
    if (this.writer.owner !== null || this.correlation.oldestOrdered !== null) return false;
    return this.service.codec.traits.order != Order.Free || this.correlation.awaited == 0;
  }

  failOn(x: Exchange, failure: Failure, sent: bool): bool { return this.completion.failOn(x, failure, sent); }
  fail(x: Exchange, failure: Failure): bool { return this.completion.fail(x, failure); }
  failWaiting(failure: Failure): bool { return this.completion.failWaiting(failure); }
  giveUp(x: Exchange, failure: Failure): bool { return this.completion.giveUp(x, failure); }
  forget(x: Exchange): void { this.completion.forget(x); }
  over(x: Exchange): void { this.completion.over(x); }
  lift(x: Exchange): void { this.completion.lift(x); }
  retry(x: Exchange, cause: Cause): bool { return this.completion.retry(x, cause); }

  /** Nothing once it is about to go. */
  weight(): i32 { return this.closed ? 0 : this.load.weight; }

  shed(): void {
    if (this.load.shed()) return;
    this.abort();
    this.free();
  }

  get isClosing(): bool { return this.closed || this.closing; }
  get hasPushedEnd(): bool { return this.endPushed; }

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
    if (this.reader.isBlocked && this.correlation.awaited > 0) return true;
    return this.fence !== null || this.service.isWaiting || this.upstream.isHeld() || this.holding.isHolding || this.retries.holding > 0 || this.ending || this.isDeaf || (this.load.isCrowded && !this.ended);
  }

  inputHasEnded(): bool { return this.ended; }
  withholds(): bool { return this.ended && this.holding.hasHeld; }
  isAnswered(x: Exchange): void { this.retries.drop(x); }
  pin(pin: u64, lane: LaneStream): void { this.pins.pin(pin, changetype<Lane>(lane)); }
  movePins(from: LaneStream, to: LaneStream): void { this.pins.move(changetype<Lane>(from), changetype<Lane>(to)); }
  isSendingTo(lane: LaneStream): bool { return this.cursor.isSendingTo(lane); }
  isCutFor(lane: LaneStream): bool { return this.cursor.isCutFor(lane); }
  redirect(from: LaneStream, to: LaneStream): void { this.cursor.redirect(from, changetype<Lane>(to)); }

  /** The client's bytes are of no use any more. */
  private get isDeaf(): bool {
    return this.closing || this.closed || this.lost || this.endPushed || (this.drainState.isDeaf && this.reader.isBetween);
  }

  /** Nothing has been under way for as long as limits allow. */
  private get isUnused(): bool {
    const idleMs = this.service.limits.idleMs;
    return idleMs > 0 && this.pins.held == 0 && this.isIdle && this.drainState.silence >= <u64>idleMs;
  }

  /** Nobody waits for an answer, and nothing is half done. */
  private get isIdle(): bool {
    if (this.correlation.awaited > 0 || this.writer.waiting > 0 || this.upstream.stored > 0 || !this.reader.isBetween) return false;
    return this.drainState.isDeaf || (this.inbox.length == 0 && this.pins.held == 0);
  }

  /** Takes what the client has sent, as far as it may go on, and hands on what came of it. */
  private pump(): void {
    this.endIfAnswered();
    if (this.closing && !this.closed && this.writer.waiting == 0) this.abort();
    let taken = this.isDeaf;
    if (taken) {
      drainDownstream();
      this.inbox.drop();
    }
    if (this.closed) return;
    this.upstream.begin();
    if (!this.isHeld) {
      this.inbox.read(this.reader);
      if (this.isDeaf) this.inbox.drop();
      taken = true;
    }
    if (this.holding.hasReady && !this.closing && !this.upstream.isHeld()) this.router.replay();
    if (this.retries.hasDue && this.cursor.isWhole && !this.closing && !this.upstream.isHeld()) this.retries.send();
    const output = this.upstream.finish(this.writer.waiting > 0 && this.writer.owner === null);
    if (this.ended && this.upstream.bound() === null && this.service.isRouted && !this.withholds()) this.abort();
    if (this.closed) return;
    if (output.length > 0 || (this.ended && !this.endPushed && !this.withholds())) {
      if (!taken) this.inbox.absorb();
      output.finish();
      this.resume();
      this.endPushed = this.ended;
    } else if (taken) {
      drainDownstream();
    }
    this.crowded = this.load.isCrowded;
    if (!taken && !this.isHeld) this.wake();
    this.shedIfFull();
  }

  private afterWrite(): void {
    if (this.closed) return;
    if ((this.closing || (this.ending && this.hasAnsweredAll)) && this.writer.waiting == 0) this.wake();
    if (this.writer.waiting && this.writer.owner === null) this.wake();
    if (this.reader.isBlocked && this.correlation.awaited == 0) this.wake();
    if (this.crowded && this.correlation.open < (this.service.limits.maxOpen >> 2) * 3 && !this.load.isCrowded) {
      this.crowded = false;
      this.wake();
    }
    this.shedIfFull();
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
    const further = this.drainState.advance(tenths);
    if (this.drainState.mayPart && this.correlation.awaited == 0) this.part();
    if (this.drainState.isMoment(further || !this.isIdle)) this.abort();
  }

  /** Tells the client to go elsewhere, where the protocol has words for that: once, while it waits for nothing. */
  private part(): void {
    if (this.writer.owner !== null) return;
    const before = this.writer.waiting;
    this.drainState.hasParted = true;
    this.service.codec.goodbye(this.wire, this.writer.local());
    if (this.writer.waiting > before) this.wake();
  }

  private shedIfFull(): void {
    const limits = this.service.limits;
    if (this.writer.stored + this.upstream.stored > limits.connectionBytes) {
      while (!this.closed && this.load.stored > (limits.connectionBytes >> 3) * 7) this.shed();
    }
    if (isFull(limits.vmBytes)) shedVm(this.id, limits.vmBytes);
  }

  private free(): void {
    this.upstream.free();
    this.holding.forgetAll();
    this.writer.free();
    this.inbox.drop();
  }
}
