import { giveBuffer, takeBuffer } from "../../../bytes/buffers";
import { Writer } from "../../../bytes/writer";
import { ClusterLanes, Endpoint } from "../../cluster";
import { ExchangeFinder, Frame, Kind, Verdict, Wire } from "../../codec";
import { Connection } from "../../connection";
import { Exchange, takeExchange } from "../../exchange";
import { BAD_REPLY, Failure } from "../../failure";
import { encoded, now } from "../../scratch";
import { Lanes } from "./lanes";
import { Output, SEND_WINDOW } from "./output";

/** A lane that has so many bytes on their way holds up the client; at least half the window, or nothing would come back. */
const FULL: i32 = (SEND_WINDOW >> 3) * 5;

/** Bytes that may wait for a lane to open before the client must wait as well. */
const MAX_UNSENT: i32 = 1 << 20;

/** Opening: no connection yet. Greeting: the codec's handshake is under way. Only an open lane takes requests. */
export enum LaneState { Opening, Greeting, Open, Ended }

/** One HTTP/2 CONNECT stream: a byte pipe to one endpoint of one cluster, and the replies that come through it. */
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
  /** Why it could not be opened. */
  failure: Failure | null = null;
  /** When it is to be replaced; 0: never. */
  expiresAt: u64 = 0;

  /** Sent and not given back by the connection manager. */
  private out: i32 = 0;
  /** Bytes that found no window, or wait for the lane to open: until then they can go to another endpoint. */
  private backlog: Writer | null = null;
  /** The codec's handshake, on its way to the server. */
  private greeting: Writer | null = null;
  /** Received and not given back. */
  private owed: i32 = 0;
  /** A reply head of which not all has come. */
  private inbox: Writer | null = null;
  /** Bytes of the current reply frame still to come; -1: the codec finds its end. */
  private rest: i32 = 0;
  /** Whose frame that is; null: nobody's, it is swallowed. */
  private target: Exchange | null = null;
  private targetLast: bool = false;

  constructor(public stream: u32, public slot: i32, public home: ClusterLanes, private connection: Connection) {
    super();
    const wire = connection.service.codec.wire(connection.session, true);
    this.wire = wire;
    wire.finder = this;
  }

  get endpoint(): Endpoint { return this.home.cluster.endpoints[this.slot]; }
  /** The client must wait until the server has taken some bytes. */
  get full(): bool {
    const backlog = this.backlog;
    if (this.state < LaneState.Open) return backlog !== null && backlog.length >= MAX_UNSENT;
    return this.out >= FULL || backlog !== null;
  }

  find(key: u64): Exchange | null { return this.connection.correlation.find(this, key); }

  /** There is a connection: the codec may greet the server before any request goes. False: the codec gives the lane up. */
  connected(): bool {
    encoded.reset();
    return this.greeted(this.connection.service.codec.greet(this.wire, null, encoded));
  }

  private greeted(verdict: Verdict): bool {
    if (encoded.length > 0) {
      let greeting = this.greeting;
      if (greeting === null) this.greeting = greeting = takeBuffer();
      greeting.bytes(encoded.base, encoded.length);
    }
    this.state = verdict == Verdict.Head ? LaneState.Open : LaneState.Greeting;
    if (this.state == LaneState.Open) this.unsent = 0;
    this.connection.lanes.attend();
    return verdict == Verdict.Head || verdict == Verdict.Need;
  }

  /** Sends protocol bytes as far as the window goes, once the lane is open; the rest follows with `flush`. */
  send(at: usize, length: i32, output: Output): void {
    this.lastSent = now();
    let part = 0;
    if (this.backlog === null && this.state == LaneState.Open) {
      part = min(length, SEND_WINDOW - this.out);
      output.data(this.stream, at, part);
      this.out += part;
    }
    if (part < length) this.queue(at + part, length - part);
  }

  /** Keeps bytes for the next `flush`. */
  queue(at: usize, length: i32): void {
    let backlog = this.backlog;
    if (backlog === null) this.backlog = backlog = takeBuffer();
    backlog.bytes(at, length);
  }

  /** Sends what waits, as far as the window goes. */
  flush(output: Output): void {
    const greeting = this.greeting;
    if (greeting) {
      output.data(this.stream, greeting.base, greeting.length);
      this.out += greeting.length;
      giveBuffer(greeting);
      this.greeting = null;
    }
    const backlog = this.backlog;
    if (backlog === null || this.state != LaneState.Open) return;
    const part = min(backlog.length, SEND_WINDOW - this.out);
    output.data(this.stream, backlog.base, part);
    this.out += part;
    backlog.shift(part);
    if (backlog.length > 0) return;
    giveBuffer(backlog);
    this.backlog = null;
  }

  /** Its endpoint could not be reached: gives its requests, of which no byte was sent, to another lane of the cluster. */
  handOver(to: Lane, lanes: Lanes): void {
    const correlation = this.connection.correlation, backlog = this.backlog;
    to.tries = max(to.tries, this.tries + 1);
    if (to.state < LaneState.Open) to.unsent += this.unsent;
    let x = this.oldest;
    while (x) {
      correlation.unbind(x);
      correlation.bind(x, to);
      x = this.oldest;
    }
    if (backlog) lanes.send(to, backlog.base, backlog.length);
    this.end();
  }

  /** The connection manager has taken bytes; true if the lane was full and is so no more, or can send what waits. */
  giveBack(bytes: i32): bool {
    const full = this.full;
    this.out = max(0, this.out - bytes);
    return full && (this.out < FULL);
  }

  /** What comes is not of the protocol, or nobody wants it. */
  private get isDeaf(): bool { return this.state == LaneState.Opening || this.state == LaneState.Ended; }

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

  /** Gives all memory back; no byte will come any more. */
  end(): void {
    this.state = LaneState.Ended;
    giveBuffer(this.inbox);
    giveBuffer(this.backlog);
    giveBuffer(this.greeting);
    this.greeting = null;
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

  private endFrame(): bool {
    const target = this.target;
    this.target = null;
    if (target === null) return true;
    const good = this.connection.client.endFrame(target, this.targetLast);
    this.connection.lanes.settled(this);
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
    if (w.draining && !this.draining) this.connection.lanes.drain(this, true);
    if (verdict == Verdict.Need) return this.needMore(max(w.need, left + 1));
    if (verdict != Verdict.Head) return this.bad(f, left);
    if (f.head > left) return this.needMore(f.head);
    if (this.state == LaneState.Greeting) return this.takeGreeting(f, left);
    switch (f.kind) {
      case Kind.Ping: {
        encoded.reset();
        service.codec.answer(w, f, encoded);
        this.queue(encoded.base, encoded.length);
        this.connection.lanes.attend();
        return this.swallow(f, left);
      }
      case Kind.Drop:
      case Kind.Local: return this.swallow(f, left);
      case Kind.Push: return this.pass(this.openPush(), f, base, left);
      default: {
        const found = f.exchange, x = found ? found : this.find(f.key);
        if (x) return x.mute ? this.passOver(x, f, left) : this.pass(x, f, base, left);
        service.stats.unknownReplies.add();
        return this.swallow(f, left);
      }
    }
  }

  /** An answer to the codec's handshake. */
  private takeGreeting(f: Frame, left: i32): i32 {
    encoded.reset();
    const verdict = this.connection.service.codec.greet(this.wire, f, encoded);
    if (this.greeted(verdict)) return this.swallow(f, left);
    return this.connection.lanes.failToGreet(this) ? 0 : -1;
  }

  /** The answer to a copy of a Kind.Setup request. */
  private passOver(x: Exchange, f: Frame, left: i32): i32 {
    if (f.last) this.connection.forget(x);
    return this.swallow(f, left);
  }

  private needMore(bytes: i32): i32 {
    if (bytes > this.connection.service.maxHead) return this.connection.lanes.breakLane(this) ? 0 : -1;
    this.wire.need = bytes;
    return 0;
  }

  /** Bytes that are not of the protocol: one reply is lost if its length is known, otherwise the lane. */
  private bad(f: Frame, left: i32): i32 {
    const connection = this.connection;
    connection.service.stats.badReplies.add();
    if (f.size <= 0) return connection.lanes.breakLane(this) ? 0 : -1;
    const x = this.find(f.key);
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
    if (f.pin) connection.pin(f.pin, this);
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
