import { Holder, HOLD, setHolder } from "./chain";
import { Client } from "./client";
import { BROKEN, Codec, Expect, Frame, Kind, Order, Verdict, Wire } from "./codec";
import { Connection } from "./connection";
import { Correlation } from "./correlation";
import { Exchange, takeExchange } from "./exchange";
import {
  BAD_REQUEST, CANNOT_CHANGE, CLUSTER_NOT_FOUND, Failure, MIXED_ROUTES, OTHER_CLUSTER, ROUTE_NOT_FOUND, TOO_LARGE, UPSTREAM_RESET,
} from "./failure";
import { Mutation } from "./mutation";
import { Pins } from "./pins";
import { Route } from "./routes/table";
import { encoded, now } from "./scratch";
import { Service } from "./service";
import { Lane, LaneState } from "./upstream/lane";
import { Upstream } from "./upstream/upstream";

/** What the client sends: split into frames, each with an exchange, filters, a route and a lane. */
@final
export class Intake implements Holder {
  /** Bytes of the current request still to come; -1: the codec finds its end. */
  private rest: i32 = 0;
  /** Where they go; null: they are swallowed. */
  private restLane: Lane | null = null;
  private opaque: Lane | null = null;
  /** A request whose filters have begun and that must be read again: held by one, or more of it is needed. */
  private parked: Exchange | null = null;
  private parkedChanges: Mutation = new Mutation();
  /** The filter that it goes on with, and what the one before it has decided. */
  private nextFilter: i32 = 0;
  private verdict: Failure | null = null;
  /** A filter holds it. */
  private holding: bool = false;
  private ticket: u32 = 0;

  private service: Service;
  private codec: Codec;
  private wire: Wire;
  private client: Client;
  private correlation: Correlation;
  private upstream: Upstream;
  private pins: Pins;

  constructor(private connection: Connection) {
    this.service = connection.service;
    this.codec = connection.service.codec;
    this.wire = connection.wire;
    this.client = connection.client;
    this.correlation = connection.correlation;
    this.upstream = connection.upstream;
    this.pins = connection.pins;
  }

  /** True while a filter holds a request, and so all that follows it. */
  get isHolding(): bool { return this.holding; }

  /** True if no request has begun that has not all gone on. */
  get isBetween(): bool { return this.rest == 0 && this.opaque === null && this.parked === null; }

  /** True while a request's bytes are still flowing to this lane. */
  isSendingTo(lane: Lane): bool { return this.opaque === lane || (this.rest != 0 && this.restLane === lane); }

  /** What is still to come of a request for one lane goes to another. */
  redirect(from: Lane, to: Lane): void {
    if (this.restLane === from) this.restLane = to;
    if (this.opaque === from) this.opaque = to;
  }

  resume(ticket: u32, failure: Failure | null): void {
    if (!this.holding || ticket != this.ticket) return;
    this.holding = false;
    this.verdict = failure;
    this.connection.wake();
  }

  /** Works through client bytes; returns how many are done with. */
  consume(base: usize, size: i32): i32 {
    let at = 0;
    while (at < size && !this.connection.isHeld) {
      const left = size - at, opaque = this.opaque;
      if (opaque) {
        this.upstream.send(opaque, base + at, left);
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
    return at;
  }

  private passRest(at: usize, left: i32): i32 {
    let part = left;
    if (this.rest < 0) {
      this.wire.reader.reset(at, left);
      const tail = this.codec.tail(this.wire, this.service.requestFrame);
      if (tail == BROKEN) {
        this.lose();
        return left;
      }
      if (tail >= 0) {
        part = min(tail, left);
        this.rest = 0;
      }
    } else {
      part = min(this.rest, left);
      this.rest -= part;
    }
    const lane = this.restLane;
    if (lane) {
      this.upstream.send(lane, at, part);
      if (this.rest == 0 && lane.hasAside) this.upstream.attend();
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
      case Verdict.Need: return this.needMore(max(w.need, left + 1), f);
      case Verdict.Head: return f.head > left ? this.needMore(f.head, f) : this.take(f, base, left);
      case Verdict.Opaque: return this.openOpaque();
      default: return this.bad(f, left);
    }
  }

  private take(f: Frame, base: usize, left: i32): i32 {
    switch (f.kind) {
      case Kind.Drop:
      case Kind.Ping: return this.sign(f, base, left);
      case Kind.Local: return this.local(f, left);
      case Kind.Part: return this.part(f, base, left);
      default: return this.request(f, base, left);
    }
  }

  /** A sign of life or an answer to one: between the client and the filter, or inline the server's affair, once there is one. */
  private sign(f: Frame, base: usize, left: i32): i32 {
    const used = this.swallow(f, left);
    if (this.upstream.isInline()) {
      // It has no route and must not choose between clusters for the requests that follow.
      const lane = this.service.clusters.length > 1 ? this.upstream.bound() : this.upstream.any();
      if (lane) this.upstream.send(lane, base, used);
      this.restLane = lane;
    } else if (f.kind == Kind.Ping) {
      const out = this.client.local(), before = out.length;
      this.codec.answer(this.wire, f, out);
      this.connection.localBytes += out.length - before;
      this.service.stats.pings.add();
    }
    return used;
  }

  private local(f: Frame, left: i32): i32 {
    const x = this.open(f);
    if (f.ends) this.connection.endBehind();
    // A carrier would be answered, or not, as the request itself.
    if (!this.upstream.isInline() || f.expect == Expect.None) {
      this.client.answerLocally(x, f);
      return this.swallow(f, left);
    }
    this.client.keepAnswer(x, f);
    const used = this.swallow(f, left);
    this.carry(x, this.upstream.any());
    return used;
  }

  /** A request: filters, route, lane. */
  private request(f: Frame, base: usize, left: i32): i32 {
    const service = this.service, mutation = service.mutation, x = this.parkedOrOpen(f);
    mutation.clear();
    if (this.parked) mutation.addAll(this.parkedChanges);
    const denied = this.filter(x, f, mutation);
    if (denied === HOLD) return this.hold(x, mutation);
    const own = mutation.length;
    const route = service.routes.find(f.metadata), pinned = this.pins.laneOf(f.pin);
    if (denied) return this.refuse(x, denied, f, left, route);
    if (this.pins.isLost(f.pin)) {
      if (f.unpin) this.pins.unpin(f.pin);
      return this.refuse(x, UPSTREAM_RESET, f, left, route);
    }
    if (route === null && !f.anywhere && (pinned === null || f.together)) {
      return this.refuse(x, service.routes.mixed ? MIXED_ROUTES : ROUTE_NOT_FOUND, f, left, null);
    }
    if (route && !this.leadsOneWay(route, f, pinned)) return this.refuse(x, MIXED_ROUTES, f, left, route);
    if (route) {
      const changes = route.request;
      if (changes) mutation.addAll(changes);
      x.response = route.response;
    }
    let replaced = 0;
    encoded.reset();
    if (mutation.length || f.edited) {
      replaced = this.codec.encode(this.wire, f, mutation, encoded);
      if (replaced == 0 && left < f.size) return this.askForAll(x, f, mutation, own);
      if (replaced <= 0 || replaced > left) return this.refuse(x, route ? route.cannotChange : CANNOT_CHANGE, f, left, route);
    }
    if (f.kind == Kind.Setup && left < f.size) return this.askForAll(x, f, mutation, own);
    const lane = pinned ? pinned : this.laneFor(route, f);
    if (lane === null) return this.refuse(x, route ? OTHER_CLUSTER : CLUSTER_NOT_FOUND, f, left, route);
    this.parked = null;
    return this.send(x, f, lane, route, base, left, replaced);
  }

  /** The filters that have not seen the request yet. */
  private filter(x: Exchange, f: Frame, mutation: Mutation): Failure | null {
    const from = this.parked ? this.nextFilter : 0, verdict = this.verdict;
    this.verdict = null;
    if (verdict) return verdict;
    if (from >= this.service.filters.length) return null;
    setHolder(this, this.ticket + 1);
    return this.service.onRequest(from, x, f, mutation);
  }

  private hold(x: Exchange, mutation: Mutation): i32 {
    this.ticket++;
    this.holding = true;
    this.park(x, mutation, mutation.length, this.service.lastFilter + 1);
    return 0;
  }

  /** The whole frame is needed: it is read again, but filters do not see it twice. */
  private askForAll(x: Exchange, f: Frame, mutation: Mutation, own: i32): i32 {
    this.park(x, mutation, own, this.service.filters.length);
    return this.needMore(f.size, f);
  }

  /** `changes`: how many of the mutation's edits are those of filters. */
  private park(x: Exchange, mutation: Mutation, changes: i32, nextFilter: i32): void {
    if (this.parked !== x) this.parkedChanges.clear();
    for (let i = this.parkedChanges.length; i < changes; i++) this.parkedChanges.add(mutation.at(i));
    this.parked = x;
    this.nextFilter = nextFilter;
  }

  /** True if all values that pick an endpoint pick the same, and it is the pin's where the two must be together. */
  private leadsOneWay(route: Route, f: Frame, pinned: Lane | null): bool {
    if (pinned === null) return route.picksOne(f.metadata, null, -1);
    const home = pinned.home.cluster;
    return !f.together || (route.clusters.includes(home) && route.picksOne(f.metadata, home, pinned.slot));
  }

  private laneFor(route: Route | null, f: Frame): Lane | null {
    if (route === null) return this.upstream.any();
    const bound = this.upstream.bound();
    if (bound) return f.anywhere || route.clusters.includes(bound.home.cluster) ? bound : null;
    return this.upstream.pick(route.pickCluster(), route.hashSlots.length ? route.hash(f.metadata) : 0);
  }

  private send(x: Exchange, f: Frame, lane: Lane, route: Route | null, base: usize, left: i32, replaced: i32): i32 {
    const upstream = this.upstream;
    if (f.pin) this.pins.pin(f.pin, lane);
    if (f.unpin) this.connection.unpin(f.pin);
    this.correlation.bind(x, lane);
    // Where a server takes one request after the other, its time runs from when those before it have done waiting.
    if (lane.open == 1 || f.order != Order.Strict) lane.waitsUntil = 0;
    const free = max(now(), lane.waitsUntil) + <u64>f.wait;
    if (f.wait > 0) lane.waitsUntil = free;
    if (route && route.timeoutMs > 0) x.deadline = free + <u64>route.timeoutMs;
    upstream.send(lane, encoded.base, encoded.length);
    const here = f.size < 0 ? min(max(f.head, 1), left) : min(f.size, left);
    upstream.send(lane, base + replaced, here - replaced);
    if (f.kind == Kind.Setup) {
      if (lane.state < LaneState.Open) lane.setups++;
      // Head and rest are one piece for the others as well.
      encoded.bytes(base + replaced, here - replaced);
      upstream.sendToOthers(lane, encoded.base, encoded.length, x);
    }
    this.rest = f.size < 0 ? -1 : f.size - here;
    this.restLane = lane;
    if (f.expect == Expect.None) this.letGo(x);
    return here;
  }

  /** A further part of what was opened before: goes where that went. */
  private part(f: Frame, base: usize, left: i32): i32 {
    const lane = this.pins.laneOf(f.pin), used = this.swallow(f, left);
    if (lane === null) {
      this.service.stats.badRequests.add();
      return used;
    }
    if (f.unpin) this.connection.unpin(f.pin);
    this.upstream.send(lane, base, used);
    this.restLane = lane;
    return used;
  }

  private parkedOrOpen(f: Frame): Exchange {
    const parked = this.parked;
    if (parked === null) return this.open(f);
    parked.a = f.a;
    parked.b = f.b;
    return parked;
  }

  private open(f: Frame): Exchange {
    const x = takeExchange();
    x.a = f.a;
    x.b = f.b;
    if (f.noteLength > 0) x.keepNote(f.metadata.base + <usize>f.noteAt, f.noteLength);
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
    this.connection.forget(x);
    if (lane === null) return;
    if (lane.state < LaneState.Open) lane.unsent++;
    this.upstream.settled(lane);
  }

  /** The client gets an error, if it expects an answer; its frame is swallowed. */
  private refuse(x: Exchange, failure: Failure, f: Frame, left: i32, route: Route | null): i32 {
    const used = this.swallow(f, left);
    this.parked = null;
    this.connection.refused(x, failure);
    if (this.upstream.isInline() && x.expect != Expect.None) {
      x.failure = failure;
      this.service.stats.error(failure.reason);
      const lane = this.laneFor(route, f);
      this.carry(x, lane ? lane : this.upstream.any());
    } else if (!this.connection.fail(x, failure)) {
      this.connection.close();
    }
    return used;
  }

  /** Inline: a carrier takes the place of a request that the filter answers itself. */
  private carry(x: Exchange, lane: Lane | null): void {
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
    return this.refuse(this.parkedOrOpen(f), TOO_LARGE, f, 1, null);
  }

  /** Bytes that are not of the protocol: one request is lost if its length is known, otherwise the connection. */
  private bad(f: Frame, left: i32): i32 {
    if (f.size <= 0) {
      this.lose();
      return 0;
    }
    this.service.stats.badRequests.add();
    return this.refuse(this.parkedOrOpen(f), BAD_REQUEST, f, left, null);
  }

  /** Nobody knows where the next request begins. */
  private lose(): void {
    this.service.stats.badRequests.add();
    this.service.stats.error(BAD_REQUEST.reason);
    this.giveUp(BAD_REQUEST);
  }

  /** An error to the connection as a whole, then it closes. */
  private giveUp(failure: Failure): void {
    if (!this.upstream.isInline() && this.codec.reply(this.wire, null, failure, this.client.local())) this.connection.close();
    else this.connection.abort();
  }

  private openOpaque(): i32 {
    const cluster = this.service.opaqueCluster;
    const lane = cluster ? this.upstream.pick(cluster, 0) : null;
    if (lane) this.opaque = lane;
    else this.giveUp(BAD_REQUEST);
    return 0;
  }
}
