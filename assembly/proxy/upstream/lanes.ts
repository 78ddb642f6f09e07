import { Cluster } from "../cluster/cluster";
import { ClusterLanes } from "./clusterLanes";
import { Expect, Order } from "../../codec/enums";
import { Exchange, takeExchange } from "../exchange/exchange";
import { CLUSTER_NOT_FOUND, CONNECT_FAILED, Failure, LANE_TIMEOUT, NO_HEALTHY_ENDPOINT, OVERFLOW, UPSTREAM_RESET } from "../../codec/failure";
import { encoded } from "../runtime/callbackBuffers";
import { now, refreshNow } from "../runtime/clock";
import { randomBelow } from "../runtime/random";
import { MIRROR_MS } from "../runtime/limits";
import { MAX_PAYLOAD } from "../http2/frames";
import { FLAGS, HeaderBlock } from "../http2/hpack";
import { Input, InputHandler } from "../http2/frameReader";
import { Outlet } from "../runtime/spliceBuffer";
import { Loss } from "../runtime/stats";
import { runErrand } from "./errand";
import { Lane } from "./lane";
import { LaneClient, LaneState, LaneStream, ReplySink } from "./laneStream";
import { Correlation } from "../exchange/correlation";
import { ListenerState } from "../exchange/listenerState";
import { Session, Wire } from "../../codec/wire";
import { Upstream } from "./upstream";
import { Output, RECEIVE_WINDOW, SEND_WINDOW } from "../http2/frameWriter";

/** One for the VM: callbacks do not nest. */
const output: Output = new Output();
const block: HeaderBlock = new HeaderBlock();

/** A lane that did not reach the endpoint it asked for is tried again after this time. */
const DETOUR_MS: u64 = 5000;
/** Copies on a mirror's lane that wait for an answer, and bytes of them that wait for its server: no more is mirrored then. */
const MAX_MIRRORED: i32 = 256;
const MAX_MIRRORED_BYTES: i32 = 256 << 10;
/** Endpoints that a request is offered to at most, while none can be reached. */
const MAX_TRIES: i32 = 3;
/** Signs of life to which a server has said nothing, after which its lane is given up. */
const MAX_BEATS: i32 = 3;
const CONNECTION_DUE: i32 = 1 << 30;

/** All lanes of one client connection: the HTTP/2 client towards the connection manager behind the filter. */
@final
export class Lanes extends Upstream implements InputHandler {
  private input: Input = new Input();
  private byStream: Map<u32, Lane> = new Map<u32, Lane>();
  private all: Lane[] = [];
  private latest: Lane | null = null;
  private byCluster: Array<ClusterLanes | null> = [];
  /** Lanes of mirrors are none of the others'. */
  private mirrors: Array<ClusterLanes | null> = [];
  private nextStream: u32 = 1;
  private opened: bool = false;
  /** Output's length when nothing was asked for. */
  private idleLength: i32 = 0;
  /** A bell is out: its ACK will be a chance to write to the client. */
  private ringing: bool = false;
  /** Some lane has something to send that is no request. */
  private attention: bool = false;
  /** Requests keep to one endpoint of a cluster. */
  private ordered: bool;
  /** Lanes that hold up the client. */
  private full: i32 = 0;
  private owed: i32 = 0;
  private maxFrame: i32 = MAX_PAYLOAD;
  /** Lanes that could not be opened, whose requests go to other endpoints. */
  private homeless: Lane[] = [];
  /** Streams whose end must still be sent, and those that wait for a connection that is no longer wanted. */
  private ending: u32[] = [];
  private cancelling: u32[] = [];

  constructor(client: LaneClient, listener: ListenerState, session: Session, wire: Wire, correlation: Correlation, sink: ReplySink) {
    super(client, listener, session, wire, correlation, sink);
    this.ordered = listener.codec.traits.order != Order.Free;
  }

  isInline(): bool { return false; }
  isHeld(): bool { return this.full > 0; }

  attend(): void {
    this.attention = true;
    this.client.wake();
  }

  begin(): void {
    output.begin(this.maxFrame);
    if (!this.opened) output.open();
    this.idleLength = output.length;
    if (this.homeless.length) this.rehome();
  }

  finish(ring: bool): Outlet {
    if (this.attention) this.maintain();
    if (ring && !this.ringing) {
      output.ping();
      this.ringing = true;
    }
    if (output.length == this.idleLength) output.reset();
    else this.opened = true;
    return output.outlet;
  }

  any(): Lane | null {
    const latest = this.latest;
    if (latest && !latest.draining && !latest.isMirror) return latest;
    for (let i = 0; i < this.all.length; i++) if (!this.all[i].draining && !this.all[i].isMirror) return this.all[i];
    const clusters = this.listener.clusters;
    return clusters.length > 0 ? this.pick(clusters[0], 0) : null;
  }

  pick(cluster: Cluster, hash: u64): Lane {
    const home = this.homeOf(cluster, this.byCluster);
    return this.laneTo(home, home.pick(hash, this.ordered));
  }

  pickAgain(cluster: Cluster, hash: u64, before: Lane): Lane {
    const home = this.homeOf(cluster, this.byCluster), count = cluster.endpoints.length;
    let slot = home.pick(hash, this.ordered);
    if (slot == before.slot && !this.ordered) slot = (slot + 1) % count;
    const lane = this.laneTo(home, slot);
    // That the attempt before it was given up must be said first.
    this.flush(lane);
    return lane;
  }

  mirror(cluster: Cluster, x: Exchange, at: usize, length: i32, restAt: usize, rest: i32): bool {
    const home = this.homeOf(cluster, this.mirrors), slot = home.pick(x.hash, this.ordered), known = home.lanes[slot];
    if (known === null && cluster.endpoints[slot].downUntil > now()) return false;
    const lane = this.laneTo(home, slot);
    lane.isMirror = true;
    if (lane.open >= MAX_MIRRORED || lane.room < length + rest || lane.waiting > MAX_MIRRORED_BYTES) return false;
    this.send(lane, at, length);
    this.send(lane, restAt, rest);
    if (x.expect == Expect.None) return true;
    const copy = takeExchange();
    copy.remember(x);
    copy.deadline = now() + <u64>MIRROR_MS;
    this.client.bindMute(copy, lane);
    return true;
  }

  private homeOf(cluster: Cluster, homes: Array<ClusterLanes | null>): ClusterLanes {
    const index = cluster.index;
    while (homes.length <= index) homes.push(null);
    let home = unchecked(homes[index]);
    // Clusters of different configurations may have had the same index.
    if (home === null || home.cluster !== cluster) homes[index] = home = new ClusterLanes(cluster, this.listener.limits.maxLanes);
    return home;
  }

  follow(): void {
    const maxLanes = this.listener.limits.maxLanes;
    followAll(this.byCluster, maxLanes);
    followAll(this.mirrors, maxLanes);
    for (let i = this.all.length - 1; i >= 0; i--) {
      const lane = this.all[i];
      if (!lane.isStranded) continue;
      if (lane.strandedAt == 0) lane.strandedAt = refreshNow();
      if (!lane.draining) this.drain(lane, false);
    }
  }

  private laneTo(home: ClusterLanes, slot: i32): Lane {
    const lane = changetype<Lane | null>(home.lanes[slot]);
    if (lane && !lane.draining) {
      if (!this.isExpired(lane)) return lane;
      this.drain(lane, false);
    }
    return this.open(home, slot);
  }

  /** Where requests are kept in order, a lane is replaced only while it has none open. */
  private isExpired(lane: Lane): bool {
    return lane.expiresAt > 0 && now() >= lane.expiresAt && lane.pins == 0 && (!this.ordered || lane.open == 0);
  }

  /** Idle for as long as lanes may be, or its endpoint is left alone. */
  private isUnused(lane: Lane): bool {
    const idleMs = this.listener.limits.laneIdleMs;
    if (lane.open > 0 || lane.pins > 0) return lane.endpoint.health.isOut && lane.pins == 0;
    return lane.endpoint.health.isOut || (idleMs > 0 && lane.state == LaneState.Open && now() - lane.usedAt >= <u64>idleMs);
  }

  sendToOthers(one: Lane, at: usize, length: i32, x: Exchange): void {
    for (let i = 0; i < this.all.length; i++) {
      const lane = this.all[i];
      if (lane === one) continue;
      if (lane.state < LaneState.Open) lane.setups++;
      this.send(lane, at, length);
      if (x.expect == Expect.None) continue;
      const copy = takeExchange();
      copy.remember(x);
      this.client.bindMute(copy, lane);
    }
  }

  failToGreet(stream: LaneStream): bool {
    const lane = changetype<Lane>(stream);
    this.ending.push(lane.stream);
    return this.failToOpen(lane, CONNECT_FAILED);
  }

  write(lane: LaneStream, at: usize, length: i32): void { output.data(lane.stream, at, length); }

  send(stream: LaneStream, at: usize, length: i32): void {
    const lane = changetype<Lane>(stream);
    if (length <= 0) return;
    if (lane.state == LaneState.Ended) {
      if (lane.failure) lane.queue(at, length);
      return;
    }
    const full = lane.full;
    lane.send(at, length);
    this.countFull(lane, full);
  }

  /** What it was before something was done with it. */
  private countFull(lane: Lane, before: bool): void {
    const full = lane.full;
    if (full != before) this.full += full ? 1 : -1;
  }

  drain(stream: LaneStream, leaving: bool): void {
    const lane = changetype<Lane>(stream);
    lane.draining = true;
    if (leaving) lane.endpoint.setLeaving();
    this.listener.stats.lanesDrained.add();
    if (lane.open == 0) this.attend();
  }

  settled(stream: LaneStream): void {
    const lane = changetype<Lane>(stream);
    if (lane.draining && lane.open == 0) this.attend();
  }

  breakLane(stream: LaneStream, failure: Failure): bool {
    const lane = changetype<Lane>(stream);
    const good = this.lose(lane, failure);
    this.ending.push(lane.stream);
    this.attend();
    return good;
  }

  breakAll(failure: Failure): bool {
    let good = true;
    while (this.all.length > 0) good = this.breakLane(this.all[0], failure) && good;
    while (this.homeless.length > 0) good = this.failAll(this.homeless.pop(), failure) && good;
    return good;
  }

  feed(at: usize, length: i32): bool {
    if (!this.input.feed(at, length, this)) return false;
    this.owed += length;
    if (this.owed >= CONNECTION_DUE) this.attend();
    return true;
  }

  feedEnd(): bool { return true; }

  tick(): bool {
    const limits = this.listener.limits;
    for (let left = this.all.length; left > 0; left = this.stillLeft(left)) {
      const lane = this.all[left - 1];
      if (lane.state < LaneState.Open && now() - lane.openedAt > <u64>limits.laneOpenMs) {
        this.cancelling.push(lane.stream);
        if (!this.failToOpen(lane, LANE_TIMEOUT)) return false;
      } else if (this.isHopeless(lane)) {
        if (!this.breakLane(lane, UPSTREAM_RESET)) return false;
      } else if (!lane.draining && (this.isExpired(lane) || this.isUnused(lane))) {
        this.drain(lane, false);
      } else if (limits.beatMs > 0 && lane.state == LaneState.Open && now() - lane.lastSent >= <u64>limits.beatMs) {
        this.attend();
      }
    }
    return true;
  }

  /** Its server says nothing to signs of life, or has left the configuration so long ago that what is open there will hardly have an answer. */
  private isHopeless(lane: Lane): bool {
    const limits = this.listener.limits, graceMs = limits.laneGraceMs;
    if (lane.beats >= MAX_BEATS && now() - lane.lastSent >= <u64>limits.beatMs) return true;
    return graceMs > 0 && lane.strandedAt > 0 && now() - lane.strandedAt >= <u64>graceMs;
  }

  fullest(): Lane | null {
    let fullest: Lane | null = null, most = 0;
    for (let i = 0; i < this.all.length; i++) {
      const waiting = this.all[i].waiting;
      if (waiting <= most) continue;
      most = waiting;
      fullest = this.all[i];
    }
    return fullest;
  }

  leaveBehind(): void {
    for (let i = 0; i < this.all.length; i++) this.leaveLane(this.all[i]);
    for (let i = 0; i < this.homeless.length; i++) this.leaveLane(this.homeless[i]);
  }

  private leaveLane(lane: Lane): void {
    const service = this.listener;
    if (lane.isMirror) return;
    if (lane.isUnused) runErrand(lane, this.client.isCutFor(lane), service);
    else if (lane.waiting > 0) service.stats.lose(Loss.Full, 1);
  }

  free(): void {
    this.input.free();
    for (let i = 0; i < this.all.length; i++) this.all[i].end();
    for (let i = 0; i < this.homeless.length; i++) this.homeless[i].end();
    this.homeless.length = 0;
    this.all.length = 0;
    this.byStream.clear();
  }

  released(lane: LaneStream): void { if (changetype<Lane>(lane).due >= RECEIVE_WINDOW / 2) this.attend(); }

  onData(stream: u32, at: usize, length: i32): void {
    const lane = this.lane(stream);
    if (lane === null) return;
    if (!lane.receive(at, length)) this.client.abort();
    this.released(lane);
  }

  onHeaders(stream: u32, at: usize, length: i32): void {
    const lane = this.lane(stream);
    if (lane === null) return;
    if (!block.decode(at, length) || block.status != 200) {
      if (!this.failToOpen(lane, laneFailure())) this.client.abort();
      return;
    }
    const full = lane.full;
    if (!lane.connected()) {
      if (!this.failToGreet(lane)) this.client.abort();
      return;
    }
    this.countFull(lane, full);
    if (lane.endpoint.address.length == 0) return;
    if (block.upstreamIs(lane.endpoint.address)) lane.endpoint.setUp();
    else {
      // Envoy holds it for unhealthy.
      lane.endpoint.setAway(DETOUR_MS);
      lane.expiresAt = now() + DETOUR_MS;
    }
  }

  onEnd(stream: u32): void { this.gone(stream); }
  onReset(stream: u32, code: u32): void { this.gone(stream); }

  onWindow(stream: u32, increment: i32): void {
    const lane = this.lane(stream);
    if (lane === null) return;
    if (!lane.giveBack(increment)) return;
    if (!lane.full) this.full--;
    this.attend();
  }

  onMaxFrame(size: i32): void { this.maxFrame = max(size, MAX_PAYLOAD); }
  onPingAck(): void { this.ringing = false; }
  onGoAway(lastStream: u32, code: u32): void {
    if (this.goingAwaySince == 0) this.goingAwaySince = refreshNow();
  }

  private lane(stream: u32): Lane | null {
    const latest = this.latest;
    if (latest && latest.stream == stream) return latest;
    if (!this.byStream.has(stream)) return null;
    const lane = this.byStream.get(stream);
    this.latest = lane;
    return lane;
  }

  private open(home: ClusterLanes, slot: i32): Lane {
    const lane = this.create(home, slot);
    home.lanes[slot] = lane;
    lane.greet();
    return lane;
  }

  openRaw(cluster: Cluster): Lane {
    const home = this.homeOf(cluster, this.byCluster);
    return this.create(home, home.pick(0, this.ordered));
  }

  private create(home: ClusterLanes, slot: i32): Lane {
    const service = this.listener, limits = service.limits;
    const lane = new Lane(this.nextStream, home.cluster.endpoints[slot], home, this, SEND_WINDOW);
    this.nextStream += 2;
    if (limits.laneMaxAgeMs > 0) {
      const age = <u32>limits.laneMaxAgeMs;
      lane.expiresAt = now() + <u64>(age - age / 5 + randomBelow(age / 5 * 2 + 1));
    }
    this.byStream.set(lane.stream, lane);
    lane.place = this.all.push(lane) - 1;
    output.headers(lane.stream, lane.endpoint.headers);
    service.stats.lanesOpened.add();
    return lane;
  }

  /** The server's side has ended: so has the lane, in both directions. */
  private gone(stream: u32): void {
    const lane = this.lane(stream);
    if (lane === null) return;
    if (!lane.draining && lane.open > 0) lane.endpoint.setDown();
    if (!this.lose(lane, UPSTREAM_RESET)) this.client.abort();
  }

  /** A lane has met a refusal or waited too long: its requests go elsewhere, or fail. False: close. */
  private failToOpen(lane: Lane, failure: Failure): bool {
    lane.endpoint.setDown();
    lane.report(false);
    this.listener.stats.lanesFailed.add();
    this.attend();
    const elsewhere = failure === CONNECT_FAILED || failure === LANE_TIMEOUT;
    if (lane.isMirror || lane.isRaw || !elsewhere || lane.tries + 1 >= MAX_TRIES || lane.cluster.endpoints.length < 2) return this.lose(lane, failure);
    this.remove(lane);
    lane.state = LaneState.Ended;
    lane.failure = failure;
    this.homeless.push(lane);
    return true;
  }

  /** Gives the requests of lanes that could not be opened to other endpoints. */
  private rehome(): void {
    const homeless = this.homeless;
    for (let left = homeless.length; left > 0; left--) {
      const lane = homeless.shift(), cluster = lane.cluster, failure = lane.failure;
      const to = this.pick(cluster, 0);
      if (to !== lane && this.client.isSendingTo(to)) {
        // A request is on its way there in pieces: nothing may come between them.
        homeless.push(lane);
        this.attention = true;
      } else if (failure && (to.endpoint.downUntil > now() || (lane.setups > 0 && !to.isFresh))) {
        if (!this.failAll(lane, failure)) this.client.abort();
      } else {
        lane.handOver(to);
        this.client.redirect(lane, to);
      }
    }
  }

  /** Forgets a lane; each of its open exchanges fails. False: an answer was cut, the connection must close. */
  private lose(lane: Lane, failure: Failure): bool {
    this.remove(lane);
    return this.failAll(lane, failure);
  }

  private failAll(lane: Lane, failure: Failure): bool {
    const sent = lane.state == LaneState.Open;
    if (lane.pins > 0) this.client.losePins(lane);
    lane.end();
    for (; lane.unsent > 0; lane.unsent--) this.listener.stats.error(failure.reason);
    let x = lane.oldest;
    while (x) {
      if (sent && !x.mute) lane.report(false);
      if (!this.client.failOn(x, failure, sent)) return false;
      x = lane.oldest;
    }
    return !this.sink.isOwnedBy(lane);
  }

  private remove(lane: Lane): void {
    if (lane.full) {
      this.full--;
      // What it held up may go on, and the client's buffer may be too full for anything new to come.
      this.attend();
    }
    this.byStream.delete(lane.stream);
    this.unlist(lane);
    if (this.latest === lane) this.latest = null;
    const home = lane.home, slot = lane.slot;
    if (slot >= 0 && home.lanes[slot] === lane) home.lanes[slot] = null;
    lane.draining = true;
  }

  private unlist(lane: Lane): void {
    const last = this.all.pop();
    if (last === lane) return;
    this.all[lane.place] = last;
    last.place = lane.place;
  }

  /** Sends what lanes have to send besides requests. */
  private maintain(): void {
    this.attention = false;
    const ending = this.ending;
    for (let i = 0; i < ending.length; i++) output.end(ending[i]);
    ending.length = 0;
    const cancelling = this.cancelling;
    for (let i = 0; i < cancelling.length; i++) output.cancel(cancelling[i]);
    cancelling.length = 0;
    if (this.owed >= CONNECTION_DUE) {
      output.window(0, this.owed);
      this.owed = 0;
    }
    for (let left = this.all.length; left > 0; left = this.stillLeft(left)) this.maintainLane(this.all[left - 1]);
  }

  /**
   * A walk over all lanes, the last first, has seen one more. Any may have gone meanwhile: the last takes the place of one that
   * goes, and was seen, so those before this place that are still there were not.
   */
  private stillLeft(left: i32): i32 { return min(left - 1, this.all.length); }

  private maintainLane(lane: Lane): void {
    this.flush(lane);
    const due = lane.due;
    if (due >= RECEIVE_WINDOW / 2) {
      output.window(lane.stream, due);
      lane.settle(due);
    }
    if (lane.draining) {
      if (lane.open > 0 || lane.pins > 0 || lane.full || !lane.isBetween || this.client.isSendingTo(lane)) return;
      output.end(lane.stream);
      this.lose(lane, UPSTREAM_RESET);
      return;
    }
    this.beat(lane);
  }

  private flush(lane: Lane): void {
    const full = lane.full;
    lane.flush();
    this.countFull(lane, full);
  }

  private beat(lane: Lane): void {
    const service = this.listener, beatMs = service.limits.beatMs;
    if (beatMs <= 0 || now() - lane.lastSent < <u64>beatMs || this.client.isSendingTo(lane)) return;
    encoded.reset();
    if (service.codec.beat(lane.wire, encoded)) {
      lane.beats++;
      this.send(lane, encoded.base, encoded.length);
    }
    lane.lastSent = now();
  }
}

function followAll(homes: Array<ClusterLanes | null>, maxLanes: i32): void {
  for (let i = 0; i < homes.length; i++) {
    const home = homes[i];
    if (home) home.follow(maxLanes);
  }
}

/** What a lane's refusal means, by Envoy's response flags. */
function laneFailure(): Failure {
  if (hasFlag(0x4e, 0x43)) return CLUSTER_NOT_FOUND;   // NC
  if (hasFlag(0x55, 0x48)) return NO_HEALTHY_ENDPOINT; // UH
  if (hasFlag(0x55, 0x4f)) return OVERFLOW;            // UO
  return CONNECT_FAILED;
}

function hasFlag(first: i32, second: i32): bool {
  const at = block.at(FLAGS), length = block.length(FLAGS);
  for (let i = 0; i + 1 < length; i++) {
    if (<i32>load<u8>(at + i) == first && <i32>load<u8>(at + i + 1) == second) return true;
  }
  return false;
}
