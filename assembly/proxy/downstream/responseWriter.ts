import { Writer } from "../../bytes/writer";
import { giveBuffer, takeBuffer } from "../../bytes/buffers";
import { Codec } from "../../codec/codec";
import { Expect } from "../../codec/enums";
import { Frame } from "../../codec/frame";
import { Wire } from "../../codec/wire";
import { ConnectionBase } from "./connectionBase";
import { Correlation } from "../exchange/correlation";
import { Exchange, giveExchange } from "../exchange/exchange";
import { clientOut } from "../runtime/callbackBuffers";
import { laneOf } from "../upstream/lane";
import { LaneStream, ResponseSink } from "../upstream/laneStream";

/** A reply up to this size is passed on whole, so that a slow or dying server cannot hold up or cut the client's stream. */
const WHOLE: i32 = 64 << 10;

/**
 * The one stream of bytes to the client: whose bytes may be written now, in which order, and what waits. Frames are
 * never mixed: while a lane is in the middle of one (`owner`), all others wait in their exchange's `answer`.
 */
@final
export class ResponseWriter implements ResponseSink {
  /** The lane whose reply is written in part. */
  owner: LaneStream | null = null;
  /** True inside of a write callback, when bytes can leave at once. */
  writable: bool = false;
  /** Bytes of answers that wait for their turn or for the rest of a frame. */
  stored: i32 = 0;
  /** Exchanges that have such bytes. */
  answers: i32 = 0;
  /** Bytes of the filter's own that wait for the next write callback. */
  private outbox: Writer | null = null;
  /** Unordered exchanges with answers that wait for the owner's frame to end: whole, or large ones in the middle. */
  private ready: Exchange[] = [];
  private codec: Codec;
  private correlation: Correlation;
  private wire: Wire;

  constructor(private connection: ConnectionBase) {
    this.codec = connection.service.codec;
    this.correlation = connection.correlation;
    this.wire = connection.wire;
  }

  /** Bytes of the filter's own that wait for a chance to write. */
  get waiting(): i32 {
    const outbox = this.outbox;
    return outbox ? outbox.length : 0;
  }

  /** Where bytes of the filter's own, whole frames, go now. */
  local(): Writer {
    if (this.writable && this.owner === null) return clientOut.writer();
    let outbox = this.outbox;
    if (outbox === null) this.outbox = outbox = takeBuffer();
    return outbox;
  }

  /** A write callback begins: what waited leaves first. */
  begin(): void {
    this.writable = true;
    if (this.owner === null) this.flushOutbox();
  }

  /** A write callback ends. False: an error had no words. */
  end(): bool {
    const good = this.owner !== null || this.advance();
    this.writable = false;
    return good;
  }

  /** A frame of an exchange's answer begins: `size` bytes (-1: not known), of which `here` are there. */
  beginFrame(x: Exchange, lane: LaneStream, size: i32, here: i32): void {
    x.whole = false;
    const direct = this.owner === null && x.answer === null && this.writable && this.correlation.isTurnOf(x);
    if (direct && (size < 0 || here >= size || size > WHOLE)) {
      this.owner = lane;
      x.begun = true;
      return;
    }
    if (x.answer === null) this.give(x, takeBuffer());
    lane.large = size < 0 || size > WHOLE;
    if (lane.large) this.list(x);
  }

  /** Bytes of the frame that was begun. */
  write(x: Exchange, at: usize, length: i32): void {
    x.responseBytes += length;
    const answer = x.answer;
    if (answer) {
      answer.bytes(at, length);
      this.stored += length;
      const lane = laneOf(x);
      if (lane) lane.queued += length;
    } else {
      clientOut.bytes(at, length);
    }
  }

  isOwnedBy(lane: LaneStream): bool { return this.owner === lane; }

  /** Bytes of a lane whose bytes cannot be read. In a write callback. */
  pass(at: usize, length: i32): void { clientOut.bytes(at, length); }

  /** The frame has ended; `last`: so has the answer. Ends the exchange when all of it is written. False: no words. */
  endFrame(x: Exchange, last: bool): bool {
    x.whole = true;
    if (last) this.finish(x);
    if (x.answer === null) {
      this.owner = null;
      if (last) this.release(x);
      return this.advance();
    }
    this.list(x);
    return this.owner !== null || this.advance();
  }

  /** An error takes the place of an answer of which nothing was written. False: no words. */
  fail(x: Exchange): bool {
    this.finish(x);
    this.dropAnswer(x);
    this.unlist(x);
    x.whole = true;
    if (!x.ordered) {
      const good = this.writeError(x);
      this.release(x);
      return good;
    }
    return this.owner !== null || this.advance();
  }

  /** The codec's own answer to a request of Kind.Local: now if it is its turn, otherwise when it comes. */
  answerLocally(x: Exchange, f: Frame): void {
    if (this.correlation.isTurnOf(x)) {
      this.codec.answer(this.wire, f, this.local());
      this.release(x);
      return;
    }
    const answer = takeBuffer();
    this.codec.answer(this.wire, f, answer);
    this.stored += answer.length;
    this.give(x, answer);
    x.done = true;
  }

  /** Inline: the codec's own answer to a request of Kind.Local, kept until its carrier is back. */
  keepAnswer(x: Exchange, f: Frame): void {
    const answer = takeBuffer();
    this.codec.answer(this.wire, f, answer);
    this.stored += answer.length;
    this.give(x, answer);
  }

  private give(x: Exchange, answer: Writer): void {
    x.answer = answer;
    this.answers++;
  }

  /** Inline: the carrier is back, or never will be, and the client gets what was kept for it. False: no words. */
  deliver(x: Exchange): bool {
    if (x.failure) return this.fail(x);
    this.finish(x);
    this.list(x);
    return this.owner !== null || this.advance();
  }

  /** No further reply comes for it: what has come goes to the client in its turn, when the reply under way has ended. */
  endUnanswered(x: Exchange): void {
    if (x.answer === null) return this.connection.forget(x);
    this.finish(x);
    this.list(x);
  }

  /** A message of the server's own, of which nothing was written, will never be whole. */
  drop(x: Exchange): void {
    this.dropAnswer(x);
    this.unlist(x);
    this.release(x);
  }

  /** Gives all memory back. */
  free(): void {
    giveBuffer(this.outbox);
    this.outbox = null;
    this.owner = null;
    this.ready.length = 0;
    for (let x = this.correlation.oldest; x; x = this.correlation.oldest) {
      x.isCut = !x.done;
      this.finish(x);
      this.dropAnswer(x);
      this.release(x);
    }
  }

  /** Writes all that may be written now that no frame is in the middle. False: an error had no words. */
  private advance(): bool {
    if (this.writable) this.flushOutbox();
    if (this.ready.length) this.flushReady();
    if (this.owner) return true;
    let x = this.correlation.oldestOrdered;
    while (x) {
      if (x.carried && !x.done) break;
      if (x.failure) {
        const good = this.writeError(x);
        this.release(x);
        if (!good) return false;
        x = this.correlation.oldestOrdered;
        continue;
      }
      const lane = laneOf(x);
      if (x.answer === null || (!x.whole && (!this.writable || !lane || !lane.large))) break;
      // flush may give the exchange back to the pool.
      const whole = x.whole, done = x.done;
      this.flush(x);
      if (!whole) this.owner = lane;
      if (!done) break;
      x = this.correlation.oldestOrdered;
    }
    return true;
  }

  private flush(x: Exchange): void {
    const answer = x.answer;
    if (answer === null) return;
    if (this.writable) clientOut.bytes(answer.base, answer.length);
    else this.local().bytes(answer.base, answer.length);
    x.begun = true;
    this.dropAnswer(x);
    if (x.done) this.release(x);
  }

  private flushOutbox(): void {
    const outbox = this.outbox;
    if (outbox === null) return;
    clientOut.bytes(outbox.base, outbox.length);
    giveBuffer(outbox);
    this.outbox = null;
  }

  /** False: the protocol has no words for it, the connection must close. */
  private writeError(x: Exchange): bool {
    const failure = x.failure;
    if (failure === null || x.expect == Expect.None) return true;
    const out = this.local(), before = out.length, good = this.codec.reply(this.wire, x, failure, out);
    x.responseBytes = out.length - before;
    return good;
  }

  private flushReady(): void {
    const ready = this.ready;
    let kept = 0;
    for (let i = 0; i < ready.length; i++) {
      const x = unchecked(ready[i]);
      if (this.owner || (!x.whole && !this.writable)) {
        unchecked(ready[kept++] = x);
        continue;
      }
      x.listed = false;
      if (!x.whole) this.owner = laneOf(x);
      this.flush(x);
    }
    ready.length = kept;
  }

  private list(x: Exchange): void {
    if (x.ordered || x.listed) return;
    x.listed = true;
    this.ready.push(x);
  }

  private unlist(x: Exchange): void {
    if (!x.listed) return;
    x.listed = false;
    this.ready.splice(this.ready.indexOf(x), 1);
  }

  private finish(x: Exchange): void {
    x.done = true;
    this.correlation.unbind(x);
  }

  private dropAnswer(x: Exchange): void {
    const answer = x.answer, lane = laneOf(x);
    if (answer === null) return;
    this.stored -= answer.length;
    this.answers--;
    if (lane && !x.carried) lane.release(answer.length);
    giveBuffer(answer);
    x.answer = null;
  }

  private release(x: Exchange): void {
    this.connection.over(x);
    this.correlation.remove(x);
    giveExchange(x);
  }
}
