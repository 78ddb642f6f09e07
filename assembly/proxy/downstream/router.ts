import { WaitingRequest } from "./heldRequests";
import { Holding } from "./holding";
import { HOLD, isSeenAgain } from "../filter/heldRequest";
import { ResponseWriter } from "./responseWriter";
import { Codec } from "../../codec/codec";
import { Expect, Kind, Order, Verdict } from "../../codec/enums";
import { Frame } from "../../codec/frame";
import { Wire } from "../../codec/wire";
import { ConnectionBase } from "./connectionBase";
import { FrameCursor } from "./frameCursor";
import { Correlation } from "../exchange/correlation";
import { Exchange, takeExchange } from "../exchange/exchange";
import {
  BAD_REQUEST, CANNOT_CHANGE, CLUSTER_NOT_FOUND, Failure, MIXED_ROUTES, NO_RULES, OTHER_CLUSTER, ROUTE_NOT_FOUND, TOO_LARGE, TOO_MANY_REQUESTS, UPSTREAM_RESET,
} from "../../codec/failure";
import { Mutation } from "../../codec/mutation";
import { Affinity } from "../upstream/affinity";
import { MAX_KEPT, Retries } from "./retries";
import { Route, routeOf } from "../route/table";
import { encoded } from "../runtime/callbackBuffers";
import { now } from "../runtime/clock";
import { Listener } from "../config/listener";
import { Lane, laneOf } from "../upstream/lane";
import { LaneState } from "../upstream/laneStream";
import { Upstream } from "../upstream/upstream";
import { walksFrame } from "../../codec/frameWalk";
import { ConfigSnapshot, snapshotOf } from "../config/snapshot";

/** The way of requests: each gets an exchange, passes the filters, finds its route and leaves on a lane. */
@final
export class Router {
  /** The lane that the request is bound to, and the route that says whether it may be there. */
  private keeper: Lane | null = null;
  private leading: Route | null = null;
  /** No route was found because the values of a key lead to different ones. */
  private isMixed: bool = false;
  /** The cluster that the last request was for takes no more. */
  private isFull: bool = false;
  /** What requests are read with that go on, and the one at hand. */
  private spareWire: Wire | null = null;
  private reading: Wire;

  private service: Listener;
  private codec: Codec;
  private wire: Wire;
  private correlation: Correlation;
  private pins: Affinity;

  constructor(
    private connection: ConnectionBase, private writer: ResponseWriter, private upstream: Upstream, private retries: Retries, private holding: Holding,
    private cursor: FrameCursor,
  ) {
    this.service = connection.service;
    this.codec = connection.service.codec;
    this.wire = connection.wire;
    this.reading = connection.wire;
    this.correlation = connection.correlation;
    this.pins = connection.pins;
  }

  /** A request: filters, route, lane. Returns the bytes of it that are done with, 0: more are needed, or it is held. */
  request(f: Frame, base: usize, left: i32): i32 {
    const x = this.parkedOrOpen(f), mutation = this.service.mutation, holding = this.holding, verdict = holding.verdict;
    let from = 0;
    mutation.clear();
    if (holding.parked) {
      mutation.addAll(holding.changes);
      from = holding.nextFilter;
    }
    holding.verdict = null;
    return this.proceed(x, f, this.wire, base, left, from, verdict);
  }

  /** `from`: the filter that it goes on with; `verdict`: what the one before it has decided. */
  private proceed(x: Exchange, f: Frame, wire: Wire, base: usize, left: i32, from: i32, verdict: Failure | null): i32 {
    const service = this.service, mutation = service.mutation, demand = service.demand;
    if (demand && from == 0 && x.seen == 0) x.renew(service.rules);
    const facts = snapshotOf(x).facts, pinned = this.pins.laneOf(f.pin);
    if (!facts.isEmpty) facts.put(f, this.connection.facts(facts));
    if (x.toldLength) x.retell(f);
    this.keeper = pinned ? pinned : this.upstream.bound();
    this.findRoute(x, f);
    if (x.route === null && demand && from == 0 && !verdict && !this.isMixed) {
      this.holding.offer();
      if (demand.holds(f.metadata, snapshotOf(x).demandSlot)) return this.holding.hold(x, f, base, left, 0);
    }
    const denied = this.filter(x, f, mutation, from, verdict);
    if (denied === HOLD) return this.holding.hold(x, f, base, left, snapshotOf(x).filters.last + (isSeenAgain() ? 0 : 1));
    const filtered = mutation.length, route = routeOf(x);
    if (denied) return this.refuse(x, denied, f, left, route);
    if (this.pins.isLost(f.pin)) {
      if (f.unpin) this.pins.unpin(f.pin);
      return this.refuse(x, UPSTREAM_RESET, f, left, route);
    }
    if (route === null && !f.anywhere && (pinned === null || f.together)) {
      return this.refuse(x, this.isMixed ? MIXED_ROUTES : service.isBlank ? NO_RULES : ROUTE_NOT_FOUND, f, left, null);
    }
    if (!this.leadsOneWay(f, pinned)) return this.refuse(x, MIXED_ROUTES, f, left, route);
    if (f.kind == Kind.Local) {
      this.holding.unpark(x);
      return this.answer(x, f, left);
    }
    if (route) {
      const changes = route.request, replies = route.response;
      if (changes) changes.apply(x, f, null, mutation);
      if (replies && replies.keepsRequest) replies.keepRequest(f, x.keep());
    }
    const all = mutation.length, replaced = this.encode(wire, f, mutation), own = filtered - (all - mutation.length);
    if (own < filtered) this.holding.changes.clear();
    if (mutation.length || f.edited) {
      if (replaced == 0 && left < f.size) return this.askForAll(x, f, own);
      if (replaced <= 0 || replaced > left) return this.refuse(x, route ? route.cannotChange : CANNOT_CHANGE, f, left, route);
    }
    if ((f.kind == Kind.Setup || f.fence) && left < f.size) return this.askForAll(x, f, own);
    const alone = route !== null && route.keepsRequests && f.kind == Kind.Call && f.pin == 0 && pinned === null && f.size > 0 && f.size <= min(MAX_KEPT, service.maxHead);
    if (alone && left < f.size) return this.askForAll(x, f, own);
    if (route && route.hashSlots.length) x.hash = route.hash(f.metadata);
    const lane = pinned ? pinned : this.laneFor(route, f, x.hash);
    if (lane === null) return this.refuse(x, this.why(route), f, left, route);
    this.holding.unpark(x);
    return this.send(x, f, lane, route, base, left, replaced, alone);
  }

  /** Writes the changes to `encoded`, as `Codec.encode`; those that are optional are left out where the message cannot carry them. */
  private encode(wire: Wire, f: Frame, mutation: Mutation): i32 {
    encoded.reset();
    if (mutation.length == 0 && !f.edited) return 0;
    const replaced = this.codec.encode(wire, f, mutation, encoded), all = mutation.length;
    if (replaced > 0 || (replaced == 0 && f.size > 0 && f.size <= this.service.maxHead)) return replaced;
    mutation.dropOptional();
    return mutation.length < all ? this.encode(wire, f, mutation) : replaced;
  }

  /** The filters that have not seen the request yet. */
  private filter(x: Exchange, f: Frame, mutation: Mutation, from: i32, verdict: Failure | null): Failure | null {
    const filters = snapshotOf(x).filters;
    let failure = verdict, told = x.toldLength;
    this.holding.offer();
    for (let at = from; at < filters.length && !failure; at = filters.last + 1) {
      failure = filters.onRequest(at, x, f, mutation);
      // Where one has told something, those behind it are those of the route that this leads to.
      if (x.toldLength != told) this.findRoute(x, f);
      told = x.toldLength;
    }
    return failure;
  }

  /**
   * The route of a request. What is bound to a lane since before the newest rules stays there: the routes of then say whether
   * the request may be, and the newest say what else becomes of it, by the route of the same name.
   */
  private findRoute(x: Exchange, f: Frame): void {
    const keeper = this.keeper, then = keeper ? changetype<ConfigSnapshot | null>(keeper.rules) : null, table = snapshotOf(x).routes;
    if (then === null || then === x.rules) {
      x.route = this.leading = table.find(f.metadata);
      this.isMixed = table.mixed;
      return;
    }
    const former = then.routes.find(f.metadata), named = former && former.name.length ? table.named(former.name) : null;
    this.leading = former;
    this.isMixed = then.routes.mixed;
    x.route = named ? named : former;
  }

  /** Requests that waited by themselves, and may, go on. */
  replay(): void {
    this.reading = this.replayWire();
    while (this.holding.bench.ready > 0 && this.cursor.isWhole) {
      const one = this.holding.bench.take();
      if (one === null) break;
      this.replayOne(one);
    }
    this.reading = this.wire;
  }

  private replayOne(one: WaitingRequest): void {
    const f = this.service.requestFrame, w = this.reading, base = one.bytes.base, size = one.bytes.length, x = one.x;
    const mutation = this.service.mutation;
    f.reset();
    f.metadata.base = base;
    w.reader.reset(base, size);
    w.need = 0;
    if (this.codec.request(w, f) != Verdict.Head || f.size != size || (f.walked && !walksFrame(this.codec, w, f, base, size))) {
      // It was read before, and is the same: a codec that says otherwise now is broken.
      this.holding.bench.give(one);
      f.size = size;
      this.refuse(x, BAD_REQUEST, f, size, null);
      return;
    }
    x.a = f.a;
    x.b = f.b;
    mutation.clear();
    mutation.addAll(one.changes);
    this.holding.replayed = one;
    this.proceed(x, f, w, base, size, one.next, one.verdict);
    if (this.holding.replayed) this.holding.bench.give(one);
    this.holding.replayed = null;
  }

  /** Requests are read again on a wire of their own: the client's may be in the middle of another. */
  private replayWire(): Wire {
    let wire = this.spareWire;
    if (wire === null) this.spareWire = wire = this.codec.wire(this.connection.session, false);
    return wire;
  }

  /** The whole frame is needed: it is read again, but filters do not see it twice. */
  private askForAll(x: Exchange, f: Frame, own: i32): i32 {
    this.holding.park(x, own, snapshotOf(x).filters.length);
    return this.needMore(f.size, f);
  }

  /** True if all values that pick an endpoint pick the same, and it is the pin's where the two must be together. */
  private leadsOneWay(f: Frame, pinned: Lane | null): bool {
    const route = this.leading;
    if (route === null) return true;
    if (pinned === null) return route.picksOne(f.metadata, null, -1);
    const home = pinned.home.cluster;
    return !f.together || (route.clusters.includes(home) && route.picksOne(f.metadata, home, pinned.slot));
  }

  private laneFor(route: Route | null, f: Frame, hash: u64): Lane | null {
    this.isFull = false;
    if (route === null) return this.upstream.any();
    const bound = this.upstream.bound(), cluster = bound ? bound.home.cluster : route.pickCluster();
    const leading = this.leading;
    if (bound && !f.anywhere && leading && !leading.clusters.includes(cluster)) return null;
    this.isFull = cluster.isFull;
    return this.isFull ? null : bound ? bound : this.upstream.pick(cluster, hash);
  }

  /** Why `laneFor` found none. */
  private why(route: Route | null): Failure { return this.isFull ? TOO_MANY_REQUESTS : route ? OTHER_CLUSTER : CLUSTER_NOT_FOUND; }

  /** `alone`: it is all here and may be copied and sent again. */
  private send(x: Exchange, f: Frame, lane: Lane, route: Route | null, base: usize, left: i32, replaced: i32, alone: bool): i32 {
    const upstream = this.upstream;
    if (f.pin) {
      lane.pin(x.rules);
      this.pins.pin(f.pin, lane);
    }
    this.pins.accept(f.pin, f.key);
    if (f.unpin) this.connection.unpin(f.pin);
    this.correlation.bind(x, lane);
    // Where a server takes one request after the other, its time runs from when those before it have done waiting.
    if (lane.open == 1 || f.order != Order.Strict) lane.waitsUntil = 0;
    const free = max(now(), lane.waitsUntil) + <u64>f.wait;
    if (f.wait > 0) lane.waitsUntil = free;
    if (route) this.setDeadline(x, route, free);
    x.attempts++;
    lane.mark();
    upstream.send(lane, encoded.base, encoded.length);
    const here = this.cursor.begin(f, left, lane);
    this.cursor.belongsTo(x, f, here);
    upstream.send(lane, base + replaced, here - replaced);
    if (f.kind == Kind.Setup) {
      if (lane.state < LaneState.Open) lane.setups++;
      // Head and rest are one piece for the others as well.
      encoded.bytes(base + replaced, here - replaced);
      upstream.sendToOthers(lane, encoded.base, encoded.length, x);
    }
    if (alone && route) this.copy(x, f, route, base + replaced, here - replaced);
    if (f.expect == Expect.None) this.letGo(x);
    else if (f.fence) this.connection.fence = x;
    return here;
  }

  private setDeadline(x: Exchange, route: Route, from: u64): void {
    if (route.timeoutMs > 0) x.deadline = x.lastDeadline = from + <u64>route.timeoutMs;
    const retries = route.retries;
    if (retries && retries.perTryMs > 0 && (route.timeoutMs == 0 || retries.perTryMs < route.timeoutMs)) x.deadline = from + <u64>retries.perTryMs;
  }

  /** Copies of a request, of which the changed part is in `encoded`: for mirrors, and for another attempt. */
  private copy(x: Exchange, f: Frame, route: Route, restAt: usize, rest: i32): void {
    const retries = route.retries;
    if (retries && f.expect != Expect.None) {
      x.safe = f.safe || retries.safe;
      x.strict = f.order == Order.Strict;
      this.retries.keep(x, encoded.base, encoded.length, restAt, rest);
    }
    for (let i = 0; i < route.mirrors.length; i++) {
      const mirror = route.mirrors[i];
      if (mirror.hits() && this.upstream.mirror(mirror.cluster, x, encoded.base, encoded.length, restAt, rest)) this.service.stats.mirrored.add();
    }
  }

  /** The codec answers a request of Kind.Local. */
  answer(x: Exchange, f: Frame, left: i32): i32 {
    if (f.ends) this.connection.endBehind();
    // A carrier would be answered, or not, as the request itself.
    if (!this.upstream.isInline() || f.expect == Expect.None) {
      this.writer.answerLocally(x, f);
      return this.cursor.begin(f, left, null);
    }
    this.writer.keepAnswer(x, f);
    const used = this.cursor.begin(f, left, null);
    this.carry(x, this.upstream.any());
    return used;
  }

  /** So many bytes of the frame, counted from its start, are needed; 0: none of it is done with yet. */
  needMore(bytes: i32, f: Frame): i32 {
    if (bytes <= this.service.maxHead) {
      this.wire.need = bytes;
      return 0;
    }
    if (f.size <= 0) {
      this.connection.lose(TOO_LARGE);
      return 0;
    }
    return this.refuse(this.parkedOrOpen(f), TOO_LARGE, f, 1, null);
  }

  /** The exchange of a request that is read again, or a new one. */
  parkedOrOpen(f: Frame): Exchange {
    const parked = this.holding.parked;
    if (parked === null) return this.open(f);
    parked.a = f.a;
    parked.b = f.b;
    return parked;
  }

  /** Opens the exchange of a request. */
  open(f: Frame): Exchange {
    const x = takeExchange();
    x.a = f.a;
    x.b = f.b;
    if (f.noteLength > 0) x.keepNote(f.metadata.base + <usize>f.noteAt, f.noteLength);
    x.key = f.key;
    x.pin = f.pin;
    x.opens = !f.unpin;
    x.expect = f.expect;
    x.begin(this.service.rules);
    x.ordered = f.order != Order.Free && f.expect != Expect.None;
    this.correlation.add(x);
    this.service.stats.requests.add();
    return x;
  }

  /** A request without an answer has left: nothing more to remember. */
  private letGo(x: Exchange): void {
    this.service.stats.oneway.add();
    const lane = laneOf(x);
    this.connection.forget(x);
    if (lane === null) return;
    if (lane.isUnused) lane.unsent++;
    this.upstream.settled(lane);
  }

  /** The client gets an error, if it expects an answer; its frame is swallowed. */
  refuse(x: Exchange, failure: Failure, f: Frame, left: i32, route: Route | null): i32 {
    const used = this.cursor.begin(f, left, null);
    x.requestBytes = max(f.size, used);
    this.holding.unpark(x);
    if (x.opens) this.pins.refuse(x.pin, x.key);
    this.codec.refused(this.reading, x, failure);
    if (this.upstream.isInline() && x.expect != Expect.None) {
      x.failure = failure;
      this.service.stats.error(failure.reason);
      const lane = this.laneFor(route, f, 0);
      this.carry(x, lane ? lane : this.upstream.any());
    } else if (!this.connection.fail(x, failure)) {
      this.connection.close();
    }
    return used;
  }

  /** Inline: a carrier takes the place of a request that the filter answers itself. */
  carry(x: Exchange, lane: Lane | null): void {
    encoded.reset();
    if (lane === null || !this.codec.carrier(this.wire, x, encoded)) return this.connection.abort();
    x.carried = true;
    this.correlation.bind(x, lane);
    this.upstream.send(lane, encoded.base, encoded.length);
  }

  /** Inline: whatever comes first, the answer or that to a carrier, the client gets an error in its place. False: no carrier. */
  ask(x: Exchange, lane: Lane, failure: Failure): bool {
    encoded.reset();
    if (!this.codec.carrier(this.wire, x, encoded)) return false;
    this.service.stats.error(failure.reason);
    x.failure = failure;
    x.carried = true;
    x.deadline = 0;
    this.correlation.follow(x, lane);
    lane.queue(encoded.base, encoded.length);
    this.connection.wake();
    return true;
  }
}
