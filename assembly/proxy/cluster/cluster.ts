import { Writer } from "../../bytes/writer";
import { Health, OutlierPolicy } from "./outlierDetection";
import { healthChanged, Priorities, Priority } from "./priorities";
import { now } from "../runtime/clock";
import { random, randomBelow } from "../runtime/random";
import { Lane } from "../upstream/lane";

export enum Balance { RoundRobin = 0, LeastRequest = 1, Random = 2, Hash = 3 }

const DOWN_MS: u64 = 1000;
const MAX_DOWN_MS: u64 = 30000;
const LEAVING_MS: u64 = 15000;

/** One server of a cluster, as all connections of this VM see it. */
@final
export class Endpoint {
  /** No lane is opened to it before this time, unless all others are down too. */
  downUntil: u64 = 0;
  private backoff: u64 = DOWN_MS;
  /** Header block of a lane to it. */
  headers: Writer = new Writer(64);
  hash: u64 = 0;
  /** Its place in its cluster; -1: it is there no more. */
  slot: i32 = -1;
  health: Health = new Health();

  /** priority: 0 is asked first. */
  constructor(public address: string, public weight: i32, public priority: i32 = 0) {}

  isAs(other: Endpoint): bool { return this.address == other.address && this.weight == other.weight && this.priority == other.priority; }

  /** Takes on what another configuration says of it. */
  take(other: Endpoint): void {
    this.weight = other.weight;
    this.priority = other.priority;
  }

  /** A request to it went well, or failed of it. True: it is left alone from now on, by its cluster's policy. */
  report(good: bool, cluster: Cluster): bool {
    const policy = cluster.outlier;
    if (policy === null) return false;
    if (good) this.health.succeed();
    else if (this.health.fail(policy, cluster)) {
      this.leave(max(this.downUntil, this.health.ejectedUntil));
      return true;
    }
    return false;
  }

  /** It refused: leave it alone for a while, longer each time. */
  setDown(): void {
    this.leave(now() + this.backoff);
    this.backoff = min(this.backoff * 2, MAX_DOWN_MS);
  }

  /** It said that it will go: long enough for it to be gone. */
  setLeaving(): void { this.leave(now() + LEAVING_MS); }

  /** Others say that it is away. */
  setAway(ms: u64): void { this.leave(max(this.downUntil, now() + ms)); }

  setUp(): void {
    this.leave(this.health.ejectedUntil);
    this.backoff = DOWN_MS;
  }

  /** It is left alone, or has refused and nobody has got through to it since. Of what Envoy chooses only Envoy knows. */
  get isOut(): bool { return this.address.length > 0 && (this.downUntil > now() || this.backoff > DOWN_MS); }

  private leave(until: u64): void {
    if (this.downUntil == until) return;
    this.downUntil = until;
    healthChanged();
  }
}

/** A cluster of Envoy's, and how requests spread over its endpoints. */
@final
export class Cluster {
  /** One endpoint with an empty address: Envoy's own choice. */
  endpoints: Endpoint[] = [];
  balance: Balance = Balance.RoundRobin;
  /** Requests in flight of this VM, those of them that wait for a connection, and at most; 0: any number. */
  open: i32 = 0;
  pending: i32 = 0;
  maxRequests: i32 = 0;
  maxPending: i32 = 0;
  /** Requests that are sent not for the first time, and those of all that wait for that and are on no lane. */
  retrying: i32 = 0;
  waiting: i32 = 0;
  /** Null: endpoints that answer are never left alone. */
  outlier: OutlierPolicy | null = null;
  private priorities: Priorities = new Priorities([]);

  /** Among the clusters in force; -1: not yet. */
  index: i32 = -1;
  /** No configuration in force has it. */
  isGone: bool = false;
  /** Another with each change of its endpoints. */
  version: u32 = 0;

  constructor(public name: string) {}

  /** Takes on what another one is: endpoints that both have stay, with all that is known of them. */
  become(target: Cluster): void {
    const before = this.endpoints, known = new Map<string, Endpoint>();
    this.balance = target.balance;
    this.maxRequests = target.maxRequests;
    this.maxPending = target.maxPending;
    this.outlier = target.outlier;
    if (this.hasEndpointsOf(target)) return;
    this.version++;
    for (let i = 0; i < before.length; i++) known.set(before[i].address, before[i]);
    for (let i = 0; i < before.length; i++) before[i].slot = -1;
    this.endpoints = [];
    for (let i = 0; i < target.endpoints.length; i++) {
      const endpoint = target.endpoints[i], address = endpoint.address;
      const one = known.has(address) && known.get(address).slot < 0 ? known.get(address) : endpoint;
      one.take(endpoint);
      one.slot = i;
      this.endpoints.push(one);
    }
    this.prepare();
  }

  private hasEndpointsOf(other: Cluster): bool {
    const all = this.endpoints, others = other.endpoints;
    if (all.length != others.length) return false;
    for (let i = 0; i < all.length; i++) if (!all[i].isAs(others[i])) return false;
    return true;
  }

  /** To be called once the endpoints are known. */
  prepare(): void {
    for (let i = 0; i < this.endpoints.length; i++) this.endpoints[i].slot = i;
    this.priorities = new Priorities(this.endpoints);
  }

  /** No further request may be in flight. */
  get isFull(): bool { return (this.maxRequests > 0 && this.open >= this.maxRequests) || (this.maxPending > 0 && this.pending >= this.maxPending); }

  get isHashed(): bool { return this.balance == Balance.Hash && this.endpoints.length > 1; }

  /** True if requests go to its priority now. */
  uses(endpoint: Endpoint): bool { return this.priorities.uses(endpoint); }

  /** The endpoint for the next request: an index. `lanes` are those of the connection, `hash` of the route's keys. */
  pick(lanes: ClusterLanes, hash: u64): i32 {
    const endpoints = this.endpoints;
    if (endpoints.length == 1) return 0;
    if (this.balance == Balance.Hash) return this.pickByHash(hash);
    const priority = this.priorities.pick(), count = priority.endpoints.length;
    if (count == 1) return priority.endpoints[0].slot;
    for (let tries = 0; tries < count; tries++) {
      const at = this.candidate(priority, lanes);
      if (endpoints[at].downUntil <= now()) return at;
    }
    for (let i = 0; i < lanes.windowOf(priority); i++) {
      const at = lanes.inWindow(priority, i);
      if (endpoints[at].downUntil <= now()) return at;
    }
    return this.candidate(priority, lanes);
  }

  private candidate(priority: Priority, lanes: ClusterLanes): i32 {
    const window = <u32>lanes.windowOf(priority);
    if (this.balance == Balance.RoundRobin) return lanes.inWindow(priority, <i32>(priority.turn++ % window));
    const first = lanes.inWindow(priority, <i32>randomBelow(window));
    if (this.balance == Balance.Random) return first;
    const second = lanes.inWindow(priority, <i32>randomBelow(window));
    return lanes.openOn(second) < lanes.openOn(first) ? second : first;
  }

  /** Weighted rendezvous hashing: the same endpoint on every connection and worker, and few keys move when one goes. */
  pickByHash(hash: u64): i32 {
    const endpoints = this.priorities.at(<u32>(mix(hash) % 100)).endpoints;
    let best = 0, bestScore = f64.NEGATIVE_INFINITY, anyUp = false;
    for (let i = 0; i < endpoints.length; i++) {
      const endpoint = endpoints[i], up = endpoint.downUntil <= now();
      if (anyUp && !up) continue;
      const unit = (<f64>(mix(hash ^ endpoint.hash) >> 11) + 0.5) / 9007199254740992.0;
      const score = <f64>endpoint.weight / -Math.log(unit);
      if (score > bestScore || (up && !anyUp)) {
        best = i;
        bestScore = score;
      }
      anyUp = anyUp || up;
    }
    return endpoints[best].slot;
  }
}

/** Final mixing of a 64-bit hash (splitmix64). */
export function mix(value: u64): u64 {
  value = (value ^ (value >> 30)) * 0xbf58476d1ce4e5b9;
  value = (value ^ (value >> 27)) * 0x94d049bb133111eb;
  return value ^ (value >> 31);
}

/** Adds bytes to a hash (FNV-1a). */
export function hashBytes(hash: u64, at: usize, length: i32): u64 {
  for (let i = 0; i < length; i++) hash = (hash ^ <u64>load<u8>(at + i)) * 0x100000001b3;
  return hash;
}

/** Where `hashBytes` begins. */
export const HASH_START: u64 = 0xcbf29ce484222325;

/** One connection's lanes to one cluster, by endpoint. A connection uses a window of at most maxLanes endpoints of a priority. */
@final
export class ClusterLanes {
  lanes: StaticArray<Lane | null>;
  /** Endpoints in the window, and where it begins in a rotation. */
  private width: i32;
  private offset: i32 = <i32>(random() >> 33);
  /** Where requests are kept in order: the endpoint that all of this connection's go to; null: none yet. */
  private stuck: Endpoint | null = null;
  /** Of the cluster's endpoints, that this was made for. */
  private version: u32;

  constructor(public cluster: Cluster, maxLanes: i32) {
    const count = cluster.endpoints.length;
    this.version = cluster.version;
    this.lanes = new StaticArray<Lane | null>(count);
    this.width = min(count, maxLanes);
  }

  /** Places of a priority's rotation that this connection uses. */
  windowOf(priority: Priority): i32 { return this.width < priority.endpoints.length ? this.width : priority.rotation.length; }

  /** The endpoint at a place of the window: its slot. */
  inWindow(priority: Priority, place: i32): i32 {
    const rotation = priority.rotation, length = rotation.length, from = this.width < priority.endpoints.length ? this.offset % length : 0;
    return unchecked(rotation[(from + place) % length]);
  }

  /** The endpoint for the next request; `ordered`: the same as before, while it is up. */
  pick(hash: u64, ordered: bool): i32 {
    const cluster = this.cluster;
    if (!ordered || cluster.balance == Balance.Hash) return cluster.pick(this, hash);
    const stuck = this.stuck;
    if (stuck !== null && stuck.slot >= 0 && stuck.downUntil <= now() && cluster.uses(stuck)) return stuck.slot;
    const slot = cluster.pick(this, hash);
    this.stuck = cluster.endpoints[slot];
    return slot;
  }

  /** The cluster's endpoints have changed: lanes stay with theirs. */
  follow(maxLanes: i32): void {
    if (this.version == this.cluster.version) return;
    this.version = this.cluster.version;
    const before = this.lanes, count = this.cluster.endpoints.length;
    this.lanes = new StaticArray<Lane | null>(count);
    for (let i = 0; i < before.length; i++) {
      const lane = before[i];
      if (lane && lane.slot >= 0) this.lanes[lane.slot] = lane;
    }
    this.width = min(count, maxLanes);
  }

  openOn(slot: i32): i32 {
    const lane = this.lanes[slot];
    return lane ? lane.open : 0;
  }
}
