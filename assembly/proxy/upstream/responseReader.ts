import { giveBuffer, takeBuffer } from "../../bytes/buffers";
import { Writer } from "../../bytes/writer";
import { BROKEN, Frame } from "../../codec/frame";
import { Expect, Kind, Outcome, Verdict } from "../../codec/enums";
import { Exchange, takeExchange } from "../exchange/exchange";
import { BAD_REPLY, UPSTREAM_RESET } from "../../codec/failure";
import { Cause } from "../exchange/cause";
import { encoded, greetings } from "../runtime/callbackBuffers";
import { isWaitedFor, walks, walksFrame } from "../../codec/frameWalk";
import { LaneOwner, LaneState, LaneStream } from "./laneStream";

/** What comes back on a lane, split into frames: replies go to the client, all else is dealt with here. */
@final
export class ResponseReader {
  /** A reply head of which not all has come. */
  private inbox: Writer | null = null;
  /** Bytes of the current reply frame still to come; -1: the codec finds its end. */
  private rest: i32 = 0;
  /** Whose frame that is; null: nobody's, it is swallowed. */
  private target: Exchange | null = null;
  private targetLast: bool = false;
  /** The codec looks at the rest, too, and must find its end. */
  private isWalked: bool = false;

  constructor(private lane: LaneStream, private owner: LaneOwner) {}

  /** Gives all memory back. */
  free(): void {
    const target = this.target;
    giveBuffer(this.inbox);
    this.inbox = null;
    this.target = null;
    if (target && !target.bound && !target.begun) this.owner.sink.drop(target);
  }

  /** True if no reply has come in part that anybody waits for. */
  get isBetween(): bool { return this.target === null; }

  /** Bytes from the server. False: the connection must close. */
  receive(at: usize, length: i32): bool {
    const inbox = this.inbox;
    if (inbox === null) {
      const used = this.process(at, length);
      if (used < 0) return false;
      if (used < length && !this.lane.isDeaf) {
        const kept = takeBuffer();
        kept.bytes(at + used, length - used);
        this.inbox = kept;
      }
      return true;
    }
    inbox.bytes(at, length);
    if (this.rest == 0 && inbox.length < this.lane.wire.need) return true;
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

  /** Passes replies on; returns how many bytes are done with, -1: the connection must close. */
  private process(base: usize, size: i32): i32 {
    let at = 0;
    while (at < size && !this.lane.isDeaf) {
      const left = size - at;
      if (this.rest == 0) {
        if (left < this.lane.wire.need) break;
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
      const frame = this.owner.listener.responseFrame;
      this.lane.wire.reader.reset(at, left);
      const tail = this.owner.listener.codec.tail(this.lane.wire, frame);
      if (tail == BROKEN) return this.breakOff(left);
      ends = tail >= 0;
      if (ends) part = min(tail, left);
    } else {
      part = min(this.rest, left);
      const service = this.owner.listener;
      if (this.isWalked && !walks(service.codec, this.lane.wire, service.responseFrame, at, part, this.rest - part)) return this.breakOff(left);
      this.rest -= part;
      ends = this.rest == 0;
    }
    const target = this.target;
    if (target && part) this.owner.sink.write(target, at, part);
    if (!ends) return part;
    this.rest = 0;
    return this.endFrame() ? part : -1;
  }

  /** The end of a reply will never be found: it is lost, and the lane. */
  private breakOff(left: i32): i32 {
    this.owner.listener.stats.badReplies.add();
    return this.owner.breakLane(this.lane, BAD_REPLY) ? left : -1;
  }

  private endFrame(): bool {
    const target = this.target;
    this.target = null;
    if (target === null) return true;
    const good = this.owner.sink.endFrame(target, this.targetLast);
    this.owner.settled(this.lane);
    return good;
  }

  /** Reads the head of a reply; returns the bytes of it that are done with, 0: more are needed, -1: close. */
  private takeHead(base: usize, left: i32): i32 {
    const service = this.owner.listener, w = this.lane.wire, f = service.responseFrame;
    f.reset();
    f.metadata.base = base;
    w.reader.reset(base, left);
    w.need = 0;
    const verdict = service.codec.response(w, f);
    if (w.draining && !this.lane.draining) this.owner.drain(this.lane, true);
    if (verdict == Verdict.Need) return this.needMore(max(w.need, left + 1));
    if (verdict != Verdict.Head) return this.bad(f, left);
    if (f.head > left) return this.needMore(f.head);
    if (f.walked && isWaitedFor(f, left, service.maxHead)) return this.needMore(f.size);
    if (f.walked && !walksFrame(service.codec, w, f, base, left)) return this.bad(f, left);
    if (this.lane.state == LaneState.Greeting) return this.takeGreeting(f, left);
    switch (f.kind) {
      case Kind.Ping: return this.takeSign(f, left);
      case Kind.Drop:
      case Kind.Local: return this.swallow(f, left);
      case Kind.Push: return this.pass(this.openPush(), f, base, left);
      default: {
        const x = this.exchangeOf(f);
        if (x && x.ordered) this.endUnanswered(x);
        if (x) return x.mute ? this.passOver(x, f, left) : x.carried ? this.passCarrier(x, f, left) : this.passReply(x, f, base, left);
        service.stats.unknownReplies.add();
        return this.swallow(f, left);
      }
    }
  }

  /**
   * Servers answer in order: for a request of Expect.Maybe that came right before an answered one, no answer will come. Nor, perhaps,
   * for another, which the answer has to wait for: some servers answer in any order, so nobody knows.
   */
  private endUnanswered(x: Exchange): void {
    let older = x.laneOlder;
    while (older && older.expect == Expect.Maybe) {
      this.owner.sink.endUnanswered(older);
      older = x.laneOlder;
    }
    if (older && older.ordered && !older.mute && !older.carried) this.owner.listener.onOvertaken(older);
  }

  private exchangeOf(f: Frame): Exchange | null {
    const found = f.request;
    return found ? changetype<Exchange>(found) : changetype<Exchange | null>(this.lane.find(f.key));
  }

  /** A heartbeat of the server. */
  private takeSign(f: Frame, left: i32): i32 {
    encoded.reset();
    this.owner.listener.codec.answer(this.lane.wire, f, encoded);
    this.lane.queueControl();
    return this.swallow(f, left);
  }

  /** A reply, unless it reports what another attempt might mend. */
  private passReply(x: Exchange, f: Frame, base: usize, left: i32): i32 {
    if (x.sent) {
      if (f.outcome == Outcome.Server && f.last && this.owner.client.retry(x, Cause.Server)) {
        this.lane.report(false);
        this.owner.settled(this.lane);
        return this.swallow(f, left);
      }
      this.owner.client.isAnswered(x);
    }
    return this.pass(x, f, base, left);
  }

  /** The answer to a carrier: in its place the client gets what the filter has to say. */
  private passCarrier(x: Exchange, f: Frame, left: i32): i32 {
    const used = this.swallow(f, left);
    return !f.last || this.owner.sink.deliver(x) ? used : -1;
  }

  /** An answer to the codec's handshake. */
  private takeGreeting(f: Frame, left: i32): i32 {
    greetings.reset();
    this.lane.takeVerdict(this.owner.listener.codec.greet(this.lane.wire, f, greetings));
    if (this.lane.goOn()) return this.swallow(f, left);
    return this.owner.failToGreet(this.lane) ? 0 : -1;
  }

  /** The answer to a copy of a Kind.Setup request. */
  private passOver(x: Exchange, f: Frame, left: i32): i32 {
    if (f.last) this.owner.client.forget(x);
    return this.swallow(f, left);
  }

  private needMore(bytes: i32): i32 {
    if (bytes > this.owner.listener.maxHead) return this.owner.breakLane(this.lane, UPSTREAM_RESET) ? 0 : -1;
    this.lane.wire.need = bytes;
    return 0;
  }

  /** Bytes that are not of the protocol: one reply is lost if its length is known, otherwise the lane. */
  private bad(f: Frame, left: i32): i32 {
    const owner = this.owner;
    owner.listener.stats.badReplies.add();
    if (f.size <= 0) return owner.breakLane(this.lane, UPSTREAM_RESET) ? 0 : -1;
    const x = this.exchangeOf(f);
    if (x && !owner.client.fail(x, BAD_REPLY)) return -1;
    return this.swallow(f, left);
  }

  private swallow(f: Frame, left: i32): i32 {
    this.target = null;
    this.isWalked = false;
    const here = f.size < 0 ? min(f.head, left) : min(f.size, left);
    this.rest = f.size < 0 ? -1 : f.size - here;
    return here;
  }

  /** A message of the server's own: an exchange that has nothing but this answer. */
  private openPush(): Exchange {
    const x = takeExchange();
    x.lane = this.lane;
    x.expect = Expect.None;
    this.owner.correlation.add(x);
    return x;
  }

  /** Passes a frame on to the client, with the changes that its route and filters ask for. */
  private pass(x: Exchange, f: Frame, base: usize, left: i32): i32 {
    const owner = this.owner, client = owner.client, service = owner.listener, sink = owner.sink;
    const mutation = service.mutation;
    mutation.clear();
    x.outcome = f.outcome;
    x.code = f.code;
    if (!f.fence) client.lift(x);
    if (f.last && f.kind != Kind.Push) this.lane.report(f.outcome != Outcome.Server);
    service.onReply(x, f, mutation);
    let replaced = 0;
    encoded.reset();
    if (mutation.length || f.edited) {
      replaced = service.codec.encode(this.lane.wire, f, mutation, encoded);
      if (replaced == 0 && left < f.size && f.size <= service.maxHead) {
        if (f.kind == Kind.Push) client.forget(x);
        return this.needMore(f.size);
      }
      if (replaced <= 0 || replaced > left) {
        encoded.reset();
        replaced = 0;
        service.stats.unchangedReplies.add();
      }
    }
    const here = f.size < 0 ? min(max(f.head, 1), left) : min(f.size, left);
    const size = f.size < 0 ? -1 : f.size - replaced + encoded.length;
    if (f.pin) {
      this.lane.pin(x.rules);
      client.pin(f.pin, this.lane);
    }
    if (f.unpin) client.unpin(f.pin);
    sink.beginFrame(x, this.lane, size, here - replaced + encoded.length);
    if (encoded.length) sink.write(x, encoded.base, encoded.length);
    if (here > replaced) sink.write(x, base + replaced, here - replaced);
    this.target = x;
    this.isWalked = f.walked;
    this.targetLast = f.kind == Kind.Push || f.last;
    this.rest = f.size < 0 ? -1 : f.size - here;
    if (this.rest == 0 && !this.endFrame()) return -1;
    return here;
  }
}
