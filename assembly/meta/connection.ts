import { giveBuffer, takeBuffer } from "../bytes/buffers";
import { Writer } from "../bytes/writer";
import { NetworkContext } from "../context/network";
import { RootContext } from "../context/root";
import { Action, Buffer } from "../env/enums";
import { readBuffer, replaceBuffer } from "../host/buffer";
import { closeDownstream, drainDownstream, selectContext } from "../host/stream";
import { Client } from "./client";
import { Expect, Frame, Kind, Order, Session, Verdict, Wire } from "./codec";
import { Correlation } from "./correlation";
import { Exchange, giveExchange, takeExchange } from "./exchange";
import { BAD_REQUEST, CANNOT_CHANGE, Failure, MIXED_ROUTES, ROUTE_NOT_FOUND, TOO_LARGE, UPSTREAM_RESET } from "./failure";
import { Pins } from "./pins";
import { ServiceRoot } from "./root";
import { clientIn, clientOut, encoded, upstreamIn } from "./scratch";
import { Route } from "./routes/table";
import { Service } from "./service";
import { Lane, LaneState } from "./upstream/lanes/lane";
import { Lanes } from "./upstream/lanes/lanes";

/** Bytes of the filter's own answers that may wait for a bell, and that a client may cause each second. */
const MAX_WAITING: i32 = 1 << 20;
const MAX_LOCAL_PER_TICK: i32 = 8 << 20;

/** One client connection: splits what comes into frames, opens exchanges, finds their route and lane. */
@final
export class Connection extends NetworkContext {
  session: Session;
  wire: Wire;
  correlation: Correlation;
  client: Client;
  lanes: Lanes;
  /** Client bytes that were taken and not yet used: a part of a head, or what a full lane holds up. */
  private inbox: Writer | null = null;
  /** Bytes of the current request still to come; -1: the codec finds its end. */
  private rest: i32 = 0;
  /** Where they go; null: they are swallowed. */
  private restLane: Lane | null = null;
  private opaque: Lane | null = null;
  private pins: Pins = new Pins();
  private localBytes: i32 = 0;
  /** The last words are on their way, then the connection closes. */
  private closing: bool = false;
  private closed: bool = false;
  /** The client waits for open exchanges to end. */
  private crowded: bool = false;

  constructor(id: u32, root: RootContext, public service: Service) {
    super(id, root);
    const session = service.codec.session(), wire = service.codec.wire(session, false);
    this.session = session;
    this.wire = wire;
    const correlation = new Correlation(), lanes = new Lanes(service.clusters.length, service.codec.traits.order != Order.Free);
    this.correlation = correlation;
    this.client = new Client(correlation, service.codec, wire);
    this.lanes = lanes;
    lanes.attach(this);
    service.stats.connections.add();
  }

  onDownstreamData(size: i32, end: bool): Action {
    if (size == 0) return Action.Continue;
    this.pump();
    return Action.Pause;
  }

  onWake(): void { this.pump(); }

  onUpstreamData(size: i32, end: bool): Action {
    if (size == 0) return Action.Continue;
    upstreamIn.reset();
    clientOut.reset();
    const length = readBuffer(Buffer.Upstream, upstreamIn);
    this.client.begin();
    if (!this.closed && !this.lanes.feed(upstreamIn.base, length)) this.abort();
    if (!this.client.end()) this.abort();
    replaceBuffer(Buffer.Upstream, clientOut.base, clientOut.length);
    this.afterWrite();
    return Action.Continue;
  }

  /** Once a second: coarse timeouts. */
  tick(): void {
    if (this.closed) return;
    const limited = this.localBytes >= MAX_LOCAL_PER_TICK;
    this.localBytes = 0;
    if (!this.lanes.tick()) this.abort();
    if (limited || this.client.waiting) this.wake();
  }

  onDelete(): void {
    this.closed = true;
    (<ServiceRoot>this.root).forget(this);
    this.client.free();
    this.lanes.free();
    giveBuffer(this.inbox);
    this.inbox = null;
  }

  /** Ends the connection at once. */
  abort(): void {
    if (this.closed) return;
    this.closed = true;
    // In a tick the root is selected, not this connection.
    if (selectContext(this.id)) closeDownstream();
  }

  /** True while a request's bytes are still flowing to this lane. */
  isSendingTo(lane: Lane): bool { return this.opaque === lane || (this.rest != 0 && this.restLane === lane); }

  /** What is still to come of a request for one lane goes to another. */
  redirect(from: Lane, to: Lane): void {
    if (this.restLane === from) this.restLane = to;
    if (this.opaque === from) this.opaque = to;
  }

  /** Ends an exchange with an error. False: some of its answer is with the client already, the connection must close. */
  fail(x: Exchange, failure: Failure): bool {
    if (x.mute) {
      this.forget(x);
      return true;
    }
    this.service.stats.error(failure.reason);
    if (x.begun) {
      this.service.stats.cutAnswers.add();
      this.correlation.unbind(x);
      return false;
    }
    x.failure = x.expect == Expect.None ? null : failure;
    const before = this.client.waiting;
    const good = this.client.fail(x);
    this.localBytes += this.client.waiting - before;
    if (this.client.waiting) this.wake();
    return good;
  }

  /** The client's bytes stay where they are. */
  private get held(): bool {
    return this.lanes.held || this.client.waiting > MAX_WAITING || this.localBytes >= MAX_LOCAL_PER_TICK
      || this.correlation.open >= this.service.limits.maxOpen;
  }

  /** Takes what the client has sent, as far as it may go on, and hands on what came of it. */
  private pump(): void {
    if (this.closed || this.closing) {
      drainDownstream();
      if (this.closed || !this.client.waiting) return;
    }
    this.lanes.begin();
    let taken = this.closing;
    if (!this.held && !this.closing) {
      this.read();
      taken = true;
    }
    const output = this.lanes.finish(this.client.waiting > 0 && this.client.owner === null);
    if (this.closed) return;
    if (output.bytes.length > 0) {
      if (!taken) this.absorb();
      this.push(output.bytes.base, output.bytes.length);
    } else if (taken) {
      drainDownstream();
    }
    this.crowded = this.correlation.open >= this.service.limits.maxOpen;
  }

  private read(): void {
    const inbox = this.inbox;
    if (inbox === null) {
      clientIn.reset();
      const length = readBuffer(Buffer.Downstream, clientIn);
      const used = this.consume(clientIn.base, length);
      if (used < length && !this.closing) this.keep(clientIn.base + used, length - used);
      return;
    }
    readBuffer(Buffer.Downstream, inbox);
    inbox.shift(this.consume(inbox.base, inbox.length));
    if (inbox.length > 0 && !this.closing) return;
    giveBuffer(inbox);
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

  /** Works through client bytes; returns how many are done with. */
  private consume(base: usize, size: i32): i32 {
    let at = 0;
    while (at < size && !this.closing && !this.closed) {
      const left = size - at, opaque = this.opaque;
      if (this.held) break;
      if (opaque) {
        this.lanes.send(opaque, base + at, left);
        return size;
      }
      if (this.rest != 0) {
        at += this.passRest(base + at, left);
        continue;
      }
      if (left < this.wire.need) break;
      const used = this.takeHead(base + at, left);
      if (used == 0 && this.opaque === null) break;
      at += used;
    }
    return this.closing || this.closed ? size : at;
  }

  private passRest(at: usize, left: i32): i32 {
    let part = left;
    if (this.rest < 0) {
      this.wire.reader.reset(at, left);
      const tail = this.service.codec.tail(this.wire, this.service.requestFrame);
      if (tail >= 0) {
        part = min(tail, left);
        this.rest = 0;
      }
    } else {
      part = min(this.rest, left);
      this.rest -= part;
    }
    const lane = this.restLane;
    if (lane) this.lanes.send(lane, at, part);
    return part;
  }

  /** Reads the head of a request; returns the bytes of it that are done with, 0: more are needed. */
  private takeHead(base: usize, left: i32): i32 {
    const f = this.service.requestFrame, w = this.wire;
    f.reset();
    f.metadata.base = base;
    w.reader.reset(base, left);
    w.need = 0;
    switch (this.service.codec.request(w, f)) {
      case Verdict.Need: return this.needMore(max(w.need, left + 1), f);
      case Verdict.Head: return f.head > left ? this.needMore(f.head, f) : this.take(f, base, left);
      case Verdict.Opaque: return this.openOpaque();
      default: return this.bad(f, left);
    }
  }

  private take(f: Frame, base: usize, left: i32): i32 {
    switch (f.kind) {
      case Kind.Drop: return this.swallow(f, left);
      case Kind.Local: {
        this.client.answerLocally(this.openExchange(f), f);
        return this.swallow(f, left);
      }
      case Kind.Ping: {
        const out = this.client.local(), before = out.length;
        this.service.codec.answer(this.wire, f, out);
        this.localBytes += out.length - before;
        this.service.stats.pings.add();
        return this.swallow(f, left);
      }
      case Kind.Part: return this.part(f, base, left);
      default: return this.request(f, base, left);
    }
  }

  /** A request: filters, route, lane. */
  private request(f: Frame, base: usize, left: i32): i32 {
    const service = this.service, mutation = service.mutation, x = this.openExchange(f);
    mutation.clear();
    const denied = service.onRequest(x, f, mutation);
    if (denied) return this.refuse(x, denied, f, left);
    const route = service.routes.find(f.metadata), pinned = this.pins.laneOf(f.pin);
    if (route === null && pinned === null) {
      return this.refuse(x, service.routes.mixed ? MIXED_ROUTES : ROUTE_NOT_FOUND, f, left);
    }
    if (route) {
      const changes = route.request;
      if (changes) mutation.addAll(changes);
      x.response = route.response;
    }
    let replaced = 0;
    encoded.reset();
    if (mutation.length || f.edited) {
      replaced = service.codec.encode(this.wire, f, mutation, encoded);
      if (replaced == 0 && left < f.size) return this.askForAll(x, f);
      if (replaced <= 0 || replaced > left) return this.refuse(x, CANNOT_CHANGE, f, left);
    }
    if (f.kind == Kind.Setup && left < f.size) return this.askForAll(x, f);
    const lane = pinned ? pinned : this.routedLane(route!, f);
    if (f.pin) this.pin(f.pin, lane);
    if (f.unpin) this.unpin(f.pin);
    this.correlation.bind(x, lane);
    this.lanes.send(lane, encoded.base, encoded.length);
    const here = f.size < 0 ? min(max(f.head, 1), left) : min(f.size, left);
    this.lanes.send(lane, base + replaced, here - replaced);
    if (f.kind == Kind.Setup) this.lanes.sendToOthers(lane, base, here, f.expect, f.key);
    this.rest = f.size < 0 ? -1 : f.size - here;
    this.restLane = lane;
    if (f.expect == Expect.None) this.letGo(x);
    return here;
  }

  private routedLane(route: Route, f: Frame): Lane {
    return this.lanes.pick(route.pickCluster(), route.hashSlots.length ? route.hash(f.metadata) : 0);
  }

  /** The whole frame is needed: as if it had not been looked at. */
  private askForAll(x: Exchange, f: Frame): i32 {
    this.release(x);
    return this.needMore(f.size, f);
  }

  /** A further part of what was opened before: goes where that went. */
  private part(f: Frame, base: usize, left: i32): i32 {
    const lane = this.pins.laneOf(f.pin), used = this.swallow(f, left);
    if (lane === null) {
      this.service.stats.badRequests.add();
      return used;
    }
    if (f.unpin) this.unpin(f.pin);
    this.lanes.send(lane, base, used);
    this.restLane = lane;
    return used;
  }

  /** From now on all that has this pin goes to this lane. */
  pin(pin: u64, lane: Lane): void { this.pins.pin(pin, lane); }

  /** A lane with pins has gone. */
  losePins(lane: Lane): void {
    if (!this.pins.lose(lane)) return;
    this.service.stats.error(UPSTREAM_RESET.reason);
    this.abort();
  }

  private unpin(pin: u64): void {
    const lane = this.pins.unpin(pin);
    if (lane) this.lanes.settled(lane);
  }

  /** A copy of a request of Kind.Setup is on this lane. */
  openMute(lane: Lane, key: u64): void {
    const x = takeExchange();
    x.mute = true;
    x.key = key;
    this.correlation.add(x);
    this.correlation.bind(x, lane);
  }

  /** An exchange ends without a word to the client. */
  forget(x: Exchange): void {
    this.correlation.unbind(x);
    this.release(x);
  }

  private release(x: Exchange): void {
    this.correlation.remove(x);
    giveExchange(x);
  }

  private openExchange(f: Frame): Exchange {
    const x = takeExchange();
    x.a = f.a;
    x.b = f.b;
    if (f.noteLength > 0) x.keepNote(<usize>f.metadata.base + <usize>f.noteAt, f.noteLength);
    x.key = f.key;
    x.expect = f.expect;
    x.ordered = f.order != Order.Free && f.expect != Expect.None;
    this.correlation.add(x);
    this.service.stats.requests.add();
    return x;
  }

  /** A request without an answer has left: nothing more to remember. */
  private letGo(x: Exchange): void {
    this.service.stats.oneway.add();
    const lane = x.lane;
    this.forget(x);
    if (lane === null) return;
    if (lane.state < LaneState.Open) lane.unsent++;
    this.lanes.settled(lane);
  }

  /** The client gets an error, if it expects an answer; its frame is swallowed. */
  private refuse(x: Exchange, failure: Failure, f: Frame, left: i32): i32 {
    const used = this.swallow(f, left);
    if (!this.fail(x, failure)) this.close();
    return used;
  }

  private swallow(f: Frame, left: i32): i32 {
    const here = f.size < 0 ? min(max(f.head, 1), left) : min(f.size, left);
    this.restLane = null;
    this.rest = f.size < 0 ? -1 : f.size - here;
    return here;
  }

  private needMore(bytes: i32, f: Frame): i32 {
    if (bytes <= this.service.maxHead) {
      this.wire.need = bytes;
      return 0;
    }
    if (f.size <= 0) {
      this.giveUp(TOO_LARGE);
      return 0;
    }
    return this.refuse(this.openExchange(f), TOO_LARGE, f, 1);
  }

  /** Bytes that are not of the protocol: one request is lost if its length is known, otherwise the connection. */
  private bad(f: Frame, left: i32): i32 {
    this.service.stats.badRequests.add();
    if (f.size > 0) return this.refuse(this.openExchange(f), BAD_REQUEST, f, left);
    this.service.stats.error(BAD_REQUEST.reason);
    this.giveUp(BAD_REQUEST);
    return 0;
  }

  /** An error to the connection as a whole, then it closes. */
  private giveUp(failure: Failure): void {
    if (this.service.codec.reply(this.wire, null, failure, this.client.local())) this.close();
    else this.abort();
  }

  /** Closes once the last words have left. */
  private close(): void {
    if (this.client.waiting == 0) this.abort();
    else this.closing = true;
  }

  private openOpaque(): i32 {
    const cluster = this.service.opaqueCluster;
    if (cluster) this.opaque = this.lanes.pick(cluster, 0);
    else this.giveUp(BAD_REQUEST);
    return 0;
  }

  private afterWrite(): void {
    if (this.closed) return;
    if (this.closing && this.client.waiting == 0) return this.abort();
    if (this.lanes.goingAway && this.correlation.open == 0 && this.rest == 0) return this.abort();
    if (this.client.waiting && this.client.owner === null) this.wake();
    if (this.crowded && this.correlation.open < (this.service.limits.maxOpen >> 2) * 3) {
      this.crowded = false;
      this.wake();
    }
  }
}
