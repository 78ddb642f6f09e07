import { giveBuffer, takeBuffer } from "../../bytes/buffers";
import { Writer } from "../../bytes/writer";
import { ClusterLanes, Endpoint } from "../cluster";
import { BROKEN, Expect, ExchangeFinder, Frame, Kind, Verdict, Wire } from "../codec";
import { Connection } from "../connection";
import { Exchange, takeExchange } from "../exchange";
import { BAD_REPLY, Failure, UPSTREAM_RESET } from "../failure";
import { encoded, greetings, now } from "../scratch";

/** Bytes that may wait for a lane to open before the client must wait as well. */
const MAX_UNSENT: i32 = 1 << 20;

/** Bytes of answers to a server's signs of life that wait for a request to end; further ones are dropped. */
const MAX_ASIDE: i32 = 64 << 10;

/** Window of a lane that has none of its own: the next filter stops the client by itself. */
export const NO_WINDOW: i32 = i32.MAX_VALUE;

/** Opening: no connection yet. Greeting: the codec's handshake is under way. Only an open lane takes requests. */
export enum LaneState { Opening, Greeting, Open, Ended }

/** A byte pipe to one endpoint of one cluster, and the replies that come through it. */
@final
export class Lane extends ExchangeFinder {
  state: LaneState = LaneState.Opening;
  /** It takes no new requests and ends when the open ones have ended. */
  draining: bool = false;
  oldest: Exchange | null = null;
  newest: Exchange | null = null;
  /** One-way requests that wait for it to open. */
  unsent: i32 = 0;
  /** Pins that hold it. */
  pins: i32 = 0;
  /** Exchanges that still expect something of it. */
  open: i32 = 0;
  wire: Wire;
  /** Reply bytes that wait in exchanges: given back to the server only when they have left. */
  queued: i32 = 0;
  /** The reply in progress is too large to be kept. */
  large: bool = false;
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
  /** When it is to be replaced; 0: never. */
  expiresAt: u64 = 0;

  /** Sent and not given back by the connection manager. */
  private out: i32 = 0;
  /** Bytes that found no window, or wait for the lane to open: until then they can go to another endpoint. */
  private backlog: Writer | null = null;
  /** The codec's handshake, on its way to the server. */
  private greeting: Writer | null = null;
  /** What the codec said of the handshake so far. */
  private greeted: Verdict = Verdict.Head;
  /** Answers to the server's signs of life. */
  private aside: Writer | null = null;
  /** Received and not given back. */
  private owed: i32 = 0;
  /** A reply head of which not all has come. */
  private inbox: Writer | null = null;
  /** Bytes of the current reply frame still to come; -1: the codec finds its end. */
  private rest: i32 = 0;
  /** Whose frame that is; null: nobody's, it is swallowed. */
  private target: Exchange | null = null;
  private targetLast: bool = false;

  /** `stream`: its name for the next filter. `window`: bytes that may be on their way to the server. */
  constructor(
    public stream: u32, public slot: i32, public home: ClusterLanes, private connection: Connection, private window: i32,
  ) {
    super();
    const wire = connection.service.codec.wire(connection.session, true);
    this.wire = wire;
    wire.finder = this;
    wire.cluster = home.cluster.name;
  }

  get endpoint(): Endpoint { return this.home.cluster.endpoints[this.slot]; }
  /** The client must wait until the server has taken some bytes. */
  get full(): bool {
    const backlog = this.backlog;
    if (this.state < LaneState.Open) return backlog !== null && backlog.length >= MAX_UNSENT;
    return this.out >= this.limit || backlog !== null;
  }
  /** From here on it is full: at least half the window, or nothing would come back. */
  private get limit(): i32 { return (this.window >> 3) * 5; }
  /** Bytes that wait for it. */
  get waiting(): i32 {
    const backlog = this.backlog;
    return backlog ? backlog.length : 0;
  }
  get hasAside(): bool { return this.aside !== null; }
  /** Nothing was asked of it yet. */
  get isFresh(): bool { return this.state == LaneState.Opening && this.oldest === null && this.backlog === null; }

  find(key: u64): Exchange | null { return this.connection.correlation.find(this, key); }

  /** The codec's handshake, as the session is when the lane is asked for: it leaves with the first bytes. */
  greet(): void {
    greetings.reset();
    this.takeVerdict(this.connection.service.codec.greet(this.wire, null, greetings));
  }

  /** There is a connection. False: the codec gives the lane up. */
  connected(): bool {
    this.state = LaneState.Greeting;
    return this.goOn();
  }

  private takeVerdict(verdict: Verdict): void {
    this.greeted = verdict;
    if (greetings.length == 0) return;
    let greeting = this.greeting;
    if (greeting === null) this.greeting = greeting = takeBuffer();
    greeting.bytes(greetings.base, greetings.length);
  }

  /** The handshake goes on, or has ended. False: the codec gives the lane up. */
  private goOn(): bool {
    const verdict = this.greeted;
    if (verdict == Verdict.Head) {
      this.state = LaneState.Open;
      this.unsent = 0;
      this.setups = 0;
    }
    this.connection.upstream.attend();
    return verdict == Verdict.Head || verdict == Verdict.Need;
  }

  /** Sends protocol bytes as far as the window goes, once the lane is open; the rest follows with `flush`. */
  send(at: usize, length: i32): void {
    this.lastSent = now();
    let part = 0;
    if (this.backlog === null && this.greeting === null && this.state == LaneState.Open) {
      part = min(length, this.window - this.out);
      this.out += part;
      this.connection.upstream.write(this, at, part);
    }
    if (part < length) this.queue(at + part, length - part);
  }

  /** Keeps bytes for the next `flush`. */
  queue(at: usize, length: i32): void {
    let backlog = this.backlog;
    if (backlog === null) this.backlog = backlog = takeBuffer();
    backlog.bytes(at, length);
    this.connection.upstream.stored += length;
  }

  /** Sends what waits, as far as the window goes. */
  flush(): void {
    const upstream = this.connection.upstream, greeting = this.greeting;
    if (greeting && this.state > LaneState.Opening) {
      upstream.write(this, greeting.base, greeting.length);
      this.out += greeting.length;
      giveBuffer(greeting);
      this.greeting = null;
    }
    const aside = this.aside;
    if (aside && this.state == LaneState.Open && !this.connection.intake.isSendingTo(this)) {
      this.queue(aside.base, aside.length);
      giveBuffer(aside);
      this.aside = null;
    }
    const backlog = this.backlog;
    if (backlog === null || this.state != LaneState.Open) return;
    const part = min(backlog.length, this.window - this.out);
    upstream.write(this, backlog.base, part);
    upstream.stored -= part;
    this.out += part;
    backlog.shift(part);
    if (backlog.length > 0) return;
    giveBuffer(backlog);
    this.backlog = null;
  }

  /** Its endpoint could not be reached: gives its requests, of which no byte was sent, to another lane of the cluster. */
  handOver(to: Lane): void {
    const correlation = this.connection.correlation, backlog = this.backlog;
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
    this.connection.pins.move(this, to);
    if (backlog) this.connection.upstream.send(to, backlog.base, backlog.length);
    this.end();
  }

  /** The session may have changed with what waits here: the new lane must begin where this one did. */
  private handGreetingOver(to: Lane): void {
    giveBuffer(to.greeting);
    to.greeting = this.greeting;
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

  /** What comes is not of the protocol, or nobody wants it. */
  private get isDeaf(): bool { return this.state == LaneState.Opening || this.state == LaneState.Ended; }

  /** Queued reply bytes have left, or are not wanted any more: their server may go on. */
  release(bytes: i32): void {
    this.queued -= bytes;
    if (this.state != LaneState.Ended) this.connection.upstream.released(this);
  }

  /** Bytes of replies that may be given back to the server now. */
  get due(): i32 { return this.owed - this.queued; }
  settle(bytes: i32): void { this.owed -= bytes; }

  /** Bytes from the server. False: the connection must close. */
  receive(at: usize, length: i32): bool {
    this.owed += length;
    if (this.isDeaf) return true;
    const inbox = this.inbox;
    if (inbox === null) {
      const used = this.process(at, length);
      if (used < 0) return false;
      if (used < length && !this.isDeaf) {
        const kept = takeBuffer();
        kept.bytes(at + used, length - used);
        this.inbox = kept;
      }
      return true;
    }
    inbox.bytes(at, length);
    if (this.rest == 0 && inbox.length < this.wire.need) return true;
    const used = this.process(inbox.base, inbox.length);
    if (used < 0) return false;
    if (this.inbox === null) return true;
    inbox.shift(used);
    if (inbox.length > 0) return true;
    giveBuffer(inbox);
    this.inbox = null;
    return true;
  }

  /** An exchange is given up: what is still to come of its reply is swallowed. True: that is all that was to come. */
  abandon(x: Exchange): bool {
    if (this.target !== x) return false;
    this.target = null;
    return this.targetLast;
  }

  /** Gives all memory back; no byte will come any more. */
  end(): void {
    this.state = LaneState.Ended;
    this.failure = null;
    this.connection.upstream.stored -= this.waiting;
    giveBuffer(this.inbox);
    giveBuffer(this.backlog);
    giveBuffer(this.greeting);
    giveBuffer(this.aside);
    this.greeting = null;
    this.aside = null;
    this.inbox = null;
    this.backlog = null;
    this.target = null;
  }

  /** Passes replies on; returns how many bytes are done with, -1: the connection must close. */
  private process(base: usize, size: i32): i32 {
    let at = 0;
    while (at < size && !this.isDeaf) {
      const left = size - at;
      if (this.rest == 0) {
        if (left < this.wire.need) break;
        const used = this.takeHead(base + at, left);
        if (used < 0) return -1;
        if (used == 0) break;
        at += used;
      } else {
        const used = this.passRest(base + at, left);
        if (used < 0) return -1;
        at += used;
      }
    }
    return at;
  }

  private passRest(at: usize, left: i32): i32 {
    let part = left, ends = false;
    if (this.rest < 0) {
      const frame = this.connection.service.responseFrame;
      this.wire.reader.reset(at, left);
      const tail = this.connection.service.codec.tail(this.wire, frame);
      if (tail == BROKEN) return this.breakOff(left);
      ends = tail >= 0;
      if (ends) part = min(tail, left);
    } else {
      part = min(this.rest, left);
      this.rest -= part;
      ends = this.rest == 0;
    }
    const target = this.target;
    if (target && part) this.connection.client.write(target, at, part);
    if (!ends) return part;
    this.rest = 0;
    return this.endFrame() ? part : -1;
  }

  /** The end of a reply will never be found: it is lost, and the lane. */
  private breakOff(left: i32): i32 {
    this.connection.service.stats.badReplies.add();
    return this.connection.upstream.breakLane(this, BAD_REPLY) ? left : -1;
  }

  private endFrame(): bool {
    const target = this.target;
    this.target = null;
    if (target === null) return true;
    const good = this.connection.client.endFrame(target, this.targetLast);
    this.connection.upstream.settled(this);
    return good;
  }

  /** Reads the head of a reply; returns the bytes of it that are done with, 0: more are needed, -1: close. */
  private takeHead(base: usize, left: i32): i32 {
    const service = this.connection.service, w = this.wire, f = service.responseFrame;
    f.reset();
    f.metadata.base = base;
    w.reader.reset(base, left);
    w.need = 0;
    const verdict = service.codec.response(w, f);
    if (w.draining && !this.draining) this.connection.upstream.drain(this, true);
    if (verdict == Verdict.Need) return this.needMore(max(w.need, left + 1));
    if (verdict != Verdict.Head) return this.bad(f, left);
    if (f.head > left) return this.needMore(f.head);
    if (this.state == LaneState.Greeting) return this.takeGreeting(f, left);
    switch (f.kind) {
      case Kind.Drop:
        if (f.exchange) return this.swallow(f, left);
      case Kind.Ping:
      case Kind.Local: return this.takeSign(f, base, left);
      case Kind.Push: return this.pass(this.openPush(), f, base, left);
      default: {
        const x = this.exchangeOf(f);
        if (x && x.ordered) this.endUnanswered(x);
        if (x) return x.mute ? this.passOver(x, f, left) : x.carried ? this.passCarrier(x, f, left) : this.pass(x, f, base, left);
        service.stats.unknownReplies.add();
        return this.swallow(f, left);
      }
    }
  }

  /** Servers answer in order: for a request of Expect.Maybe that came right before an answered one, no answer will come. */
  private endUnanswered(x: Exchange): void {
    let older = x.laneOlder;
    while (older && older.expect == Expect.Maybe) {
      this.connection.forget(older);
      older = x.laneOlder;
    }
  }

  private exchangeOf(f: Frame): Exchange | null {
    const found = f.exchange;
    return found ? found : this.find(f.key);
  }

  /** A sign of life, or an answer to one: between this server and the filter, or inline the client's own affair. */
  private takeSign(f: Frame, base: usize, left: i32): i32 {
    const connection = this.connection;
    if (connection.upstream.isInline()) {
      f.kind = Kind.Push;
      return this.pass(this.openPush(), f, base, left);
    }
    if (f.kind == Kind.Ping) {
      encoded.reset();
      connection.service.codec.answer(this.wire, f, encoded);
      this.putAside();
    }
    return this.swallow(f, left);
  }

  /** Words of the filter's own must not come between the pieces of a request. */
  private putAside(): void {
    let aside = this.aside;
    if (aside === null) this.aside = aside = takeBuffer();
    if (aside.length < MAX_ASIDE) aside.bytes(encoded.base, encoded.length);
    this.connection.upstream.attend();
  }

  /** The answer to a carrier: in its place the client gets what the filter has to say. */
  private passCarrier(x: Exchange, f: Frame, left: i32): i32 {
    const used = this.swallow(f, left);
    return !f.last || this.connection.client.deliver(x) ? used : -1;
  }

  /** An answer to the codec's handshake. */
  private takeGreeting(f: Frame, left: i32): i32 {
    greetings.reset();
    this.takeVerdict(this.connection.service.codec.greet(this.wire, f, greetings));
    if (this.goOn()) return this.swallow(f, left);
    return this.connection.upstream.failToGreet(this) ? 0 : -1;
  }

  /** The answer to a copy of a Kind.Setup request. */
  private passOver(x: Exchange, f: Frame, left: i32): i32 {
    if (f.last) this.connection.forget(x);
    return this.swallow(f, left);
  }

  private needMore(bytes: i32): i32 {
    if (bytes > this.connection.service.maxHead) return this.connection.upstream.breakLane(this, UPSTREAM_RESET) ? 0 : -1;
    this.wire.need = bytes;
    return 0;
  }

  /** Bytes that are not of the protocol: one reply is lost if its length is known, otherwise the lane. */
  private bad(f: Frame, left: i32): i32 {
    const connection = this.connection;
    connection.service.stats.badReplies.add();
    if (f.size <= 0) return connection.upstream.breakLane(this, UPSTREAM_RESET) ? 0 : -1;
    const x = this.exchangeOf(f);
    if (x && !connection.fail(x, BAD_REPLY)) return -1;
    return this.swallow(f, left);
  }

  private swallow(f: Frame, left: i32): i32 {
    this.target = null;
    const here = f.size < 0 ? min(f.head, left) : min(f.size, left);
    this.rest = f.size < 0 ? -1 : f.size - here;
    return here;
  }

  /** A message of the server's own: an exchange that has nothing but this answer. */
  private openPush(): Exchange {
    const x = takeExchange();
    x.lane = this;
    this.connection.correlation.add(x);
    return x;
  }

  /** Passes a frame on to the client, with the changes that its route and filters ask for. */
  private pass(x: Exchange, f: Frame, base: usize, left: i32): i32 {
    const connection = this.connection, service = connection.service, client = connection.client;
    const mutation = service.mutation;
    mutation.clear();
    x.outcome = f.outcome;
    x.code = f.code;
    service.onReply(x, f, mutation);
    let replaced = 0;
    encoded.reset();
    if (mutation.length || f.edited) {
      replaced = service.codec.encode(this.wire, f, mutation, encoded);
      if (replaced == 0 && left < f.size && f.size <= service.maxHead) return this.needMore(f.size);
      if (replaced <= 0 || replaced > left) {
        encoded.reset();
        replaced = 0;
        service.stats.unchangedReplies.add();
      }
    }
    const here = f.size < 0 ? min(max(f.head, 1), left) : min(f.size, left);
    const size = f.size < 0 ? -1 : f.size - replaced + encoded.length;
    if (f.pin) connection.pins.pin(f.pin, this);
    if (f.unpin) connection.unpin(f.pin);
    client.beginFrame(x, this, size, here - replaced + encoded.length);
    if (encoded.length) client.write(x, encoded.base, encoded.length);
    if (here > replaced) client.write(x, base + replaced, here - replaced);
    this.target = x;
    this.targetLast = f.kind == Kind.Push || f.last;
    this.rest = f.size < 0 ? -1 : f.size - here;
    if (this.rest == 0 && !this.endFrame()) return -1;
    return here;
  }
}
