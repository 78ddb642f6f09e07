import { Cluster } from "../cluster/cluster";
import { ClusterLanes } from "./clusterLanes";
import { Expect, Order } from "../../codec/enums";
import { Exchange, takeExchange } from "../exchange/exchange";
import { CONNECT_FAILED, Failure, LANE_TIMEOUT, UPSTREAM_RESET } from "../../codec/failure";
import { now, refreshNow } from "../runtime/clock";
import { MIRROR_MS } from "../runtime/limits";
import { Loss } from "../runtime/stats";
import { runAfterClose } from "./callAfterClose";
import { Lane } from "./lane";
import { LaneClient, LaneState, LaneStream, ResponseSink } from "./laneStream";
import { Correlation } from "../exchange/correlation";
import { ListenerState } from "../exchange/listenerState";
import { Session, Wire } from "../../codec/wire";
import { Upstream } from "./upstream";

/** Copies on a mirror's lane that wait for an answer, and bytes of them that wait for its server: no more is mirrored then. */
const MAX_MIRRORED: i32 = 256;
const MAX_MIRRORED_BYTES: i32 = 256 << 10;
/** Endpoints that a request is offered to at most, while none can be reached. */
const MAX_TRIES: i32 = 3;
/** Unanswered heartbeats after which a lane is closed. */
const MAX_BEATS: i32 = 3;

/** The lanes of one client connection: which of them a request goes to, when one is opened, and what becomes of the requests of one that is lost. */
export abstract class LanePool extends Upstream {
  protected all: Lane[] = [];
  protected latest: Lane | null = null;
  private byCluster: Array<ClusterLanes | null> = [];
  /** Lanes of mirrors are none of the others'. */
  private mirrors: Array<ClusterLanes | null> = [];
  /** Some lane has something to send that is no request. */
  protected attention: bool = false;
  /** Requests keep to one endpoint of a cluster. */
  protected ordered: bool;
  /** Lanes that hold up the client. */
  protected full: i32 = 0;
  /** Lanes that could not be opened, whose requests go to other endpoints. */
  protected retargeted: Lane[] = [];
  /** Streams whose end must still be sent, and those that wait for a connection that is no longer wanted. */
  protected ending: u32[] = [];
  protected cancelling: u32[] = [];

  constructor(client: LaneClient, listener: ListenerState, session: Session, wire: Wire, correlation: Correlation, sink: ResponseSink) {
    super(client, listener, session, wire, correlation, sink);
    this.ordered = listener.codec.traits.order != Order.Free;
  }

  /** A stream to an endpoint is asked for. */
  protected abstract create(home: ClusterLanes, slot: i32): Lane;
  /** What comes on its stream is nobody's from now on. */
  protected abstract forgetStream(lane: Lane): void;

  isHeld(): bool { return this.full > 0; }

  attend(): void {
    this.attention = true;
    this.client.wake();
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
  protected isExpired(lane: Lane): bool {
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
  protected countFull(lane: Lane, before: bool): void {
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
    while (this.retargeted.length > 0) good = this.failAll(this.retargeted.pop(), failure) && good;
    return good;
  }

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

  /** Its server does not answer heartbeats, or was removed from the configuration so long ago that open requests will hardly be answered. */
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
    for (let i = 0; i < this.retargeted.length; i++) this.leaveLane(this.retargeted[i]);
  }

  private leaveLane(lane: Lane): void {
    const service = this.listener;
    if (lane.isMirror) return;
    if (lane.isUnused) runAfterClose(lane, this.client.isCutFor(lane), service);
    else if (lane.waiting > 0) service.stats.lose(Loss.Full, 1);
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

  /** A lane has met a refusal or waited too long: its requests go elsewhere, or fail. False: close. */
  protected failToOpen(lane: Lane, failure: Failure): bool {
    lane.endpoint.setDown();
    lane.report(false);
    this.listener.stats.lanesFailed.add();
    this.attend();
    const elsewhere = failure === CONNECT_FAILED || failure === LANE_TIMEOUT;
    if (lane.isMirror || lane.isRaw || !elsewhere || lane.tries + 1 >= MAX_TRIES || lane.cluster.endpoints.length < 2) return this.lose(lane, failure);
    this.remove(lane);
    lane.state = LaneState.Ended;
    lane.failure = failure;
    this.retargeted.push(lane);
    return true;
  }

  /** Gives the requests of lanes that could not be opened to other endpoints. */
  protected retarget(): void {
    const retargeted = this.retargeted;
    for (let left = retargeted.length; left > 0; left--) {
      const lane = retargeted.shift(), cluster = lane.cluster, failure = lane.failure;
      const to = this.pick(cluster, 0);
      if (to !== lane && this.client.isSendingTo(to)) {
        // A request is on its way there in pieces: nothing may come between them.
        retargeted.push(lane);
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
  protected lose(lane: Lane, failure: Failure): bool {
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

  protected remove(lane: Lane): void {
    if (lane.full) {
      this.full--;
      // What it held up may go on, and the client's buffer may be too full for anything new to come.
      this.attend();
    }
    this.forgetStream(lane);
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

  /**
   * A walk over all lanes, the last first, has seen one more. Any may have gone meanwhile: the last takes the place of one that
   * goes, and was seen, so those before this place that are still there were not.
   */
  protected stillLeft(left: i32): i32 { return min(left - 1, this.all.length); }

  protected flush(lane: Lane): void {
    const full = lane.full;
    lane.flush();
    this.countFull(lane, full);
  }
}

function followAll(homes: Array<ClusterLanes | null>, maxLanes: i32): void {
  for (let i = 0; i < homes.length; i++) {
    const home = homes[i];
    if (home) home.follow(maxLanes);
  }
}
