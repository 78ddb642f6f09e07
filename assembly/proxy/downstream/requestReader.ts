import { ResponseWriter } from "./responseWriter";
import { BROKEN, Frame } from "../../codec/frame";
import { Codec } from "../../codec/codec";
import { Kind, Verdict } from "../../codec/enums";
import { Wire } from "../../codec/wire";
import { ConnectionBase } from "./connectionBase";
import { FrameCursor } from "./frameCursor";
import { Holding } from "./holding";
import { Router } from "./router";
import { BAD_REQUEST } from "../../codec/failure";
import { Affinity } from "../upstream/affinity";
import { encoded } from "../runtime/callbackBuffers";
import { Listener } from "../config/listener";
import { Upstream } from "../upstream/upstream";
import { isWaitedFor, walks, walksFrame } from "../../codec/frameWalk";

/** What the client sends, split into frames: requests go their way by `Router`, all else is dealt with here. */
@final
export class RequestReader {
  /** What comes next cannot be read, and waits for the answers to what could. */
  isBlocked: bool = false;

  private service: Listener;
  private codec: Codec;
  private wire: Wire;
  private pins: Affinity;

  constructor(
    private connection: ConnectionBase, private writer: ResponseWriter, private upstream: Upstream, private router: Router, private holding: Holding,
    private cursor: FrameCursor,
  ) {
    this.service = connection.service;
    this.codec = connection.service.codec;
    this.wire = connection.wire;
    this.pins = connection.pins;
  }

  /** True if no request has begun that has not all gone on. */
  get isBetween(): bool { return this.cursor.isWhole && !this.holding.isParked; }

  /** Works through client bytes; returns how many are done with. */
  consume(base: usize, size: i32): i32 {
    let at = 0;
    while (at < size && !this.connection.isHeld) {
      const left = size - at, opaque = this.cursor.opaque;
      if (opaque) {
        this.upstream.send(opaque, base + at, left);
        return size;
      }
      if (this.cursor.rest != 0) {
        at += this.passRest(base + at, left);
        continue;
      }
      if (left < this.wire.need) break;
      if (this.holding.hasReady) this.router.replay();
      if (this.holding.collecting > 0) {
        at += this.holding.setAside(base + at);
        continue;
      }
      const used = this.takeHead(base + at, left);
      if (used == 0 && this.cursor.opaque === null) break;
      at += used;
    }
    return at;
  }

  private passRest(at: usize, left: i32): i32 {
    let part = left;
    const x = this.cursor.exchange;
    if (this.cursor.rest < 0) {
      this.wire.reader.reset(at, left);
      const tail = this.codec.tail(this.wire, this.service.requestFrame);
      if (tail == BROKEN) {
        this.breakOff();
        return left;
      }
      if (tail >= 0) {
        part = min(tail, left);
        this.cursor.rest = 0;
      }
      if (x) x.requestBytes += part;
    } else {
      part = min(this.cursor.rest, left);
      if (this.cursor.isWalked && !walks(this.codec, this.wire, this.service.requestFrame, at, part, this.cursor.rest - part)) {
        this.breakOff();
        return left;
      }
      this.cursor.rest -= part;
    }
    const lane = this.cursor.lane;
    if (lane) {
      this.upstream.send(lane, at, part);
      if (this.cursor.rest == 0 && lane.hasControl) this.upstream.attend();
    }
    return part;
  }

  /** Reads the head of a request; returns the bytes of it that are done with, 0: more are needed. */
  private takeHead(base: usize, left: i32): i32 {
    const f = this.service.requestFrame, w = this.wire;
    f.reset();
    f.metadata.base = base;
    w.reader.reset(base, left);
    w.need = 0;
    switch (this.codec.request(w, f)) {
      case Verdict.Need: return this.router.needMore(max(w.need, left + 1), f);
      case Verdict.Head: return f.head > left ? this.router.needMore(f.head, f) : f.walked ? this.takeWalked(f, base, left) : this.take(f, base, left);
      case Verdict.Opaque: return this.openOpaque();
      default: return this.bad(f, left);
    }
  }

  private takeWalked(f: Frame, base: usize, left: i32): i32 {
    if (isWaitedFor(f, left, this.service.maxHead)) return this.router.needMore(f.size, f);
    return walksFrame(this.codec, this.wire, f, base, left) ? this.take(f, base, left) : this.bad(f, left);
  }

  private take(f: Frame, base: usize, left: i32): i32 {
    switch (f.kind) {
      case Kind.Drop: return this.drop(f, left);
      case Kind.Ping: return this.ping(f, left);
      case Kind.Local: return f.deferred ? this.router.request(f, base, left) : this.router.answer(this.router.open(f), f, left);
      case Kind.Part: return this.part(f, base, left);
      default: return this.router.request(f, base, left);
    }
  }

  /** A heartbeat: it is not forwarded, because no filter has seen it. */
  private ping(f: Frame, left: i32): i32 {
    const out = this.writer.local(), before = out.length;
    this.codec.answer(this.wire, f, out);
    this.connection.localBytes += out.length - before;
    this.service.stats.pings.add();
    if (this.upstream.isInline()) this.beat();
    return this.cursor.begin(f, left, null);
  }

  /** Inline: the server's answer to the codec's own heartbeat lets the filter write to the client. */
  private beat(): void {
    // It has no route and must not choose between clusters for the requests that follow.
    const lane = this.service.clusters.length > 1 ? this.upstream.bound() : this.upstream.any();
    encoded.reset();
    if (lane && this.codec.beat(lane.wire, encoded)) this.upstream.send(lane, encoded.base, encoded.length);
  }

  /** An answer that nobody has asked for, or nothing at all. */
  private drop(f: Frame, left: i32): i32 {
    this.service.stats.dropped.add();
    return this.cursor.begin(f, left, null);
  }

  /** A further part of what was opened before: goes where that went, and nowhere if that was given up. */
  private part(f: Frame, base: usize, left: i32): i32 {
    const lane = this.pins.laneOfPart(f.pin, f.key), used = this.cursor.begin(f, left, null);
    if (lane === null) {
      this.service.stats.badRequests.add();
      if (f.unpin) this.pins.forgive(f.pin);
      return used;
    }
    if (f.unpin) this.connection.unpin(f.pin);
    lane.mark();
    this.upstream.send(lane, base, used);
    this.cursor.lane = lane;
    return used;
  }

  /** Bytes that are not of the protocol: one request is lost if its length is known, otherwise the connection. */
  private bad(f: Frame, left: i32): i32 {
    if (f.size <= 0) {
      this.lose();
      return 0;
    }
    this.service.stats.badRequests.add();
    return this.router.refuse(this.router.parkedOrOpen(f), BAD_REQUEST, f, left, null);
  }

  /** Nobody knows where the next request begins. */
  private lose(): void {
    this.service.stats.badRequests.add();
    this.service.stats.error(BAD_REQUEST.reason);
    this.connection.lose(BAD_REQUEST);
  }

  /**
   * The same in the middle of a request, of which a server has the beginning: that stays as it is (`rest`), so that no other
   * bytes can follow it there.
   */
  private breakOff(): void {
    if (!this.connection.failWaiting(BAD_REQUEST)) return this.connection.abort();
    const x = this.cursor.exchange;
    if (x === null || x.done) return this.lose();
    this.service.stats.badRequests.add();
    if (this.connection.giveUp(x, BAD_REQUEST)) this.connection.lose(null);
    else this.connection.abort();
  }

  /** From here on bytes pass as they are, both ways; answers to what was read come first. */
  private openOpaque(): i32 {
    const cluster = this.service.opaqueCluster;
    this.isBlocked = cluster !== null && this.connection.correlation.awaited > 0;
    if (this.isBlocked) return 0;
    const lane = cluster ? this.upstream.openRaw(cluster) : null;
    if (lane === null) {
      this.connection.lose(BAD_REQUEST);
      return 0;
    }
    lane.isRaw = true;
    this.cursor.opaque = lane;
    this.writer.owner = lane;
    return 0;
  }
}
