import { giveBuffer, takeBuffer } from "../../bytes/buffers";
import { Writer } from "../../bytes/writer";
import { ClusterLanes } from "./clusterLanes";
import { Endpoint } from "../cluster/endpoint";
import { LaneOwner, LaneState, LaneStream } from "./laneStream";
import { Verdict } from "../../codec/enums";
import { Exchange } from "../exchange/exchange";
import { Failure } from "../../codec/failure";
import { encoded, greetings } from "../runtime/callbackBuffers";
import { now } from "../runtime/clock";
import { ConfigVersion } from "../exchange/rulesVersion";
import { ResponseReader } from "./responseReader";

/** Bytes that may wait for a lane to open before the client must wait as well. */
const MAX_UNSENT: i32 = 1 << 20;

/** Bytes of answers to a server's heartbeats that wait for a request to end; further ones are dropped. */
const MAX_CONTROL: i32 = 64 << 10;

/** Window of a lane that has none of its own: the next filter stops the client by itself. */
export const NO_WINDOW: i32 = i32.MAX_VALUE;

/** The lane that an exchange is on, or was; null: none yet. Every queue of exchanges is a lane. */
export function laneOf(x: Exchange): Lane | null { return changetype<Lane | null>(x.lane); }

/** A byte pipe to one endpoint of one cluster, and the replies that come through it. */
@final
export class Lane extends LaneStream {
  /** One-way requests on it while it is unused. */
  unsent: i32 = 0;
  /** Pins that hold it. */
  pins: i32 = 0;
  /** Index in the connection's list of lanes. */
  place: i32 = 0;
  openedAt: u64 = now();
  lastSent: u64 = now();
  /** Lanes that failed to open before this one for the same requests. */
  tries: i32 = 0;
  /** Requests of Kind.Setup among the bytes that wait for it to open. */
  setups: i32 = 0;
  /** Why it could not be opened: while its requests look for another. */
  failure: Failure | null = null;
  /** When the last of its requests that ask the server to wait will have waited. */
  waitsUntil: u64 = 0;
  /** It carries copies of requests, whose answers are nobody's. */
  isMirror: bool = false;
  /** Requests that were given to it before it was open, for its cluster's count. */
  private pending: i32 = 0;
  /** Its bytes pass as they are, both ways: they cannot be read. */
  isRaw: bool = false;
  /** Heartbeats sent since its server has last sent anything. */
  beats: i32 = 0;
  /** Since when its endpoint is in no configuration any more; 0: it is. */
  strandedAt: u64 = 0;
  /** When it was last given a request. */
  usedAt: u64 = now();
  /** When it is to be replaced; 0: never. */
  expiresAt: u64 = 0;
  /** What is bound to it keeps to the routes of this version of the rules; null: nothing is bound, or to no route. */
  rules: ConfigVersion | null = null;

  /** Sent and not given back by the connection manager. */
  private out: i32 = 0;
  /** Bytes that found no window, or wait for the lane to open: until then they can go to another endpoint. */
  private backlog: Writer | null = null;
  /** The codec's handshake, kept until the first request is sent: a client that goes before leaves requests behind it. */
  private greeting: Writer | null = null;
  /** Bytes of it that were not sent. */
  private unsaid: i32 = 0;
  /** A byte of a request was sent. */
  private isUsed: bool = false;
  /** Where the newest request begins in what waits. */
  private newestAt: i32 = 0;
  /** What the codec said of the handshake so far. */
  private greeted: Verdict = Verdict.Head;
  /** Answers to the server's heartbeats. */
  private control: Writer | null = null;
  /** Received and not given back. */
  private owed: i32 = 0;
  private replies: ResponseReader;

  /** `stream`: its name for the next filter. `window`: bytes that may be on their way to the server. */
  constructor(
    stream: u32, endpoint: Endpoint, public home: ClusterLanes, private owner: LaneOwner, private window: i32,
  ) {
    super(stream, endpoint, home.cluster, owner.listener.codec.wire(owner.session, true));
    // The language lets nobody see `this` before all fields are set.
    this.replies = changetype<ResponseReader>(0);
    this.replies = new ResponseReader(this, owner);
    this.wire.finder = this;
    this.wire.cluster = home.cluster.name;
  }

  /** Place of its endpoint; -1: the cluster has it no more. */
  get slot(): i32 { return this.endpoint.slot; }
  /** The client must wait until the server has taken some bytes. */
  get full(): bool {
    const backlog = this.backlog;
    if (this.keepsAll) return backlog !== null && backlog.length >= MAX_UNSENT;
    return this.out >= this.limit || backlog !== null;
  }
  /** Until the first request is sent: what a client that goes meanwhile has left can be run without it. */
  private get keepsAll(): bool { return this.state < LaneState.Open || !this.isUsed; }
  /** From here on it is full: at least half the window, or nothing would come back. */
  private get limit(): i32 { return (this.window >> 3) * 5; }
  /** Bytes that wait for it. */
  get waiting(): i32 {
    const backlog = this.backlog;
    return backlog ? backlog.length : 0;
  }
  get hasControl(): bool { return this.control !== null; }
  /** Requests of the client that it has not answered, and one-way ones that were not sent. */
  get requests(): i32 {
    let count = this.unsent, x = this.oldest;
    while (x) {
      if (!x.mute) count++;
      x = x.laneNewer;
    }
    return count;
  }
  /** Nothing was asked of it yet. */
  get isFresh(): bool { return this.state == LaneState.Opening && this.oldest === null && this.backlog === null; }

  /** From now on it has something that keeps to the routes of this version. */
  keepTo(rules: ConfigVersion | null): void {
    const before = this.rules;
    if (before === rules) return;
    if (before) before.users--;
    if (rules) rules.users++;
    this.rules = rules;
  }

  /** Something of it keeps to the routes of now, and to this lane. */
  pin(rules: ConfigVersion | null): void {
    if (this.pins == 0 && !this.isInline) this.keepTo(rules);
  }

  unpin(): void {
    if (--this.pins == 0 && !this.isInline) this.keepTo(null);
  }

  private get isInline(): bool { return this.window == NO_WINDOW; }

  /** Its cluster, or its endpoint there, is in no configuration any more. */
  get isStranded(): bool { return this.cluster.isGone || this.endpoint.slot < 0; }

  /** A request more, or less, that its cluster is busy with. */
  counts(change: i32): void {
    const cluster = this.cluster;
    cluster.open += change;
    if (change < 0) return;
    this.usedAt = now();
    if (this.state >= LaneState.Open) return;
    this.pending++;
    cluster.pending++;
  }

  private settlePending(): void {
    this.cluster.pending -= this.pending;
    this.pending = 0;
  }

  /** How a request fared, for its cluster's outlier policy. */
  report(good: bool): void {
    if (this.cluster.report(this.endpoint, good)) this.owner.listener.stats.ejections.add();
  }

  /** Tells the server that an exchange was given up, where the protocol has words for that. */
  cancel(x: Exchange): void {
    if (this.state != LaneState.Open) return;
    encoded.reset();
    if (this.owner.listener.codec.cancel(this.wire, x, encoded)) this.queueControl();
  }

  /** Bytes that it takes without holding the client up. */
  get room(): i32 { return this.keepsAll ? MAX_UNSENT - 1 - this.waiting : this.backlog ? 0 : this.limit - 1 - this.out; }

  find(key: u64): Exchange | null { return this.owner.correlation.find(this, key); }

  /** Words of the filter's own must not come between the pieces of a request. */
  queueControl(): void {
    let control = this.control;
    if (control === null) this.control = control = takeBuffer();
    if (control.length < MAX_CONTROL) control.bytes(encoded.base, encoded.length);
    this.owner.attend();
  }

  /** The codec's handshake, as the session is when the lane is asked for: it leaves with the first bytes. */
  greet(): void {
    greetings.reset();
    this.takeVerdict(this.owner.listener.codec.greet(this.wire, null, greetings));
  }

  /** There is a connection. False: the codec gives the lane up. */
  connected(): bool {
    this.state = LaneState.Greeting;
    return this.goOn();
  }

  /** What the codec says of the handshake, and the bytes of it to send. */
  takeVerdict(verdict: Verdict): void {
    this.greeted = verdict;
    if (greetings.length == 0) return;
    let greeting = this.greeting;
    if (greeting === null) this.greeting = greeting = takeBuffer();
    greeting.bytes(greetings.base, greetings.length);
    this.unsaid += greetings.length;
  }

  /** The handshake goes on, or has ended. False: the codec gives the lane up. */
  goOn(): bool {
    const verdict = this.greeted;
    if (verdict == Verdict.Head) {
      this.state = LaneState.Open;
      this.settlePending();
      this.setups = 0;
    }
    this.owner.attend();
    return verdict == Verdict.Head || verdict == Verdict.Need;
  }

  /** Bytes of requests are sent. */
  private use(bytes: i32): void {
    this.out += bytes;
    if (this.isUsed) return;
    this.isUsed = true;
    this.unsent = 0;
    giveBuffer(this.greeting);
    this.greeting = null;
  }

  /** No byte of any request was sent. */
  get isUnused(): bool { return !this.isUsed; }

  /** A request begins with what is sent next. */
  mark(): void { this.newestAt = this.waiting; }

  /** The client has gone while it was unused: what its server should have got; `isCut`: but for the newest request. */
  leaveBehind(out: Writer, isCut: bool): void {
    const greeting = this.greeting, backlog = this.backlog;
    if (greeting) out.bytes(greeting.base, greeting.length);
    if (backlog) out.bytes(backlog.base, isCut ? min(this.newestAt, backlog.length) : backlog.length);
  }

  /** Sends protocol bytes as far as the window goes, once the lane is open; the rest follows with `flush`. */
  send(at: usize, length: i32): void {
    this.lastSent = now();
    let part = 0;
    if (this.backlog === null && this.unsaid == 0 && this.state == LaneState.Open) {
      part = min(length, this.window - this.out);
      this.use(part);
      this.owner.write(this, at, part);
    }
    if (part < length) this.queue(at + part, length - part);
  }

  /** Keeps bytes for the next `flush`. */
  queue(at: usize, length: i32): void {
    let backlog = this.backlog;
    if (backlog === null) this.backlog = backlog = takeBuffer();
    backlog.bytes(at, length);
    this.owner.stored += length;
  }

  /** Sends what waits, as far as the window goes. */
  flush(): void {
    const upstream = this.owner, greeting = this.greeting;
    if (greeting && this.unsaid > 0 && this.state > LaneState.Opening) {
      upstream.write(this, greeting.base + greeting.length - this.unsaid, this.unsaid);
      this.out += this.unsaid;
      this.unsaid = 0;
    }
    const control = this.control;
    if (control && this.state == LaneState.Open && !this.owner.client.isSendingTo(this)) {
      this.queue(control.base, control.length);
      giveBuffer(control);
      this.control = null;
    }
    const backlog = this.backlog;
    if (backlog === null || this.state != LaneState.Open) return;
    const part = min(backlog.length, this.window - this.out);
    upstream.write(this, backlog.base, part);
    upstream.stored -= part;
    this.use(part);
    backlog.shift(part);
    if (backlog.length > 0) return;
    giveBuffer(backlog);
    this.backlog = null;
  }

  /** Its endpoint could not be reached: gives its requests, of which no byte was sent, to another lane of the cluster. */
  handOver(to: Lane): void {
    const correlation = this.owner.correlation, backlog = this.backlog;
    to.tries = max(to.tries, this.tries + 1);
    if (to.isFresh) this.handGreetingOver(to);
    if (to.state < LaneState.Open) {
      to.unsent += this.unsent;
      to.setups += this.setups;
    }
    let x = this.oldest;
    while (x) {
      correlation.unbind(x);
      correlation.bind(x, to);
      x = this.oldest;
    }
    this.owner.client.movePins(this, to);
    if (backlog) this.owner.send(to, backlog.base, backlog.length);
    this.end();
  }

  /** The session may have changed with what waits here: the new lane must begin where this one did. */
  private handGreetingOver(to: Lane): void {
    giveBuffer(to.greeting);
    to.greeting = this.greeting;
    to.unsaid = this.unsaid;
    this.greeting = null;
    to.greeted = this.greeted;
    to.wire = this.wire;
    to.wire.finder = to;
  }

  /** The connection manager has taken bytes; true if the lane was full and is so no more, or can send what waits. */
  giveBack(bytes: i32): bool {
    const full = this.full;
    this.out = max(0, this.out - bytes);
    return full && (this.out < this.limit);
  }

  /** Queued reply bytes have left, or are not wanted any more: their server may go on. */
  release(bytes: i32): void {
    this.queued -= bytes;
    if (this.state != LaneState.Ended) this.owner.released(this);
  }

  /** Bytes of replies that may be given back to the server now. */
  get due(): i32 { return this.owed - this.queued; }
  settle(bytes: i32): void { this.owed -= bytes; }

  /** Bytes from the server. False: the connection must close. */
  receive(at: usize, length: i32): bool {
    this.owed += length;
    this.beats = 0;
    if (this.isRaw) this.owner.sink.pass(at, length);
    else if (!this.isDeaf) return this.replies.receive(at, length);
    return true;
  }

  /** An exchange is given up: what is still to come of its reply is swallowed. True: that is all that was to come. */
  abandon(x: Exchange): bool { return this.replies.abandon(x); }

  /** True if no reply has come in part that anybody waits for. */
  get isBetween(): bool { return this.replies.isBetween; }

  /** Gives all memory back; no byte will come any more. */
  end(): void {
    this.state = LaneState.Ended;
    this.keepTo(null);
    this.settlePending();
    this.failure = null;
    this.owner.stored -= this.waiting;
    giveBuffer(this.backlog);
    giveBuffer(this.greeting);
    giveBuffer(this.control);
    this.greeting = null;
    this.control = null;
    this.backlog = null;
    this.replies.free();
  }
}
