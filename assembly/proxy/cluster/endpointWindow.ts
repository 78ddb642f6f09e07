import { now } from "../runtime/clock";
import { random, randomBelow } from "../runtime/random";
import { Balance, Cluster } from "./cluster";
import { Endpoint } from "./endpoint";
import { Priority } from "./priorities";

/** The endpoints of a cluster that one connection uses: at most so many of a priority, and which of them is next. */
export abstract class EndpointWindow {
  /** Endpoints in the window, and where it begins in a rotation. */
  private width: i32;
  private offset: i32 = <i32>(random() >> 33);
  /** Where requests are kept in order: the endpoint that all of this connection's go to; null: none yet. */
  private stuck: Endpoint | null = null;

  constructor(public cluster: Cluster, maxEndpoints: i32) { this.width = min(cluster.endpoints.length, maxEndpoints); }

  /** Requests of this connection that are open on an endpoint, by its slot. */
  abstract openOn(slot: i32): i32;

  /** The cluster's endpoints have changed. */
  protected widen(maxEndpoints: i32): void { this.width = min(this.cluster.endpoints.length, maxEndpoints); }

  /** The endpoint for the next request: its slot. `hash` of the route's keys; `ordered`: the same as before, while it is up. */
  pick(hash: u64, ordered: bool): i32 {
    const cluster = this.cluster;
    if (!ordered || cluster.balance == Balance.Hash) return this.next(hash);
    const stuck = this.stuck;
    if (stuck !== null && stuck.slot >= 0 && stuck.downUntil <= now() && cluster.uses(stuck)) return stuck.slot;
    const slot = this.next(hash);
    this.stuck = cluster.endpoints[slot];
    return slot;
  }

  private next(hash: u64): i32 {
    const cluster = this.cluster, endpoints = cluster.endpoints;
    if (endpoints.length == 1) return 0;
    if (cluster.balance == Balance.Hash) return cluster.pickByHash(hash);
    const priority = cluster.pickPriority(), count = priority.endpoints.length;
    if (count == 1) return priority.endpoints[0].slot;
    for (let tries = 0; tries < count; tries++) {
      const at = this.candidate(priority);
      if (endpoints[at].downUntil <= now()) return at;
    }
    for (let i = 0; i < this.sizeOf(priority); i++) {
      const at = this.at(priority, i);
      if (endpoints[at].downUntil <= now()) return at;
    }
    return this.candidate(priority);
  }

  private candidate(priority: Priority): i32 {
    const size = <u32>this.sizeOf(priority), balance = this.cluster.balance;
    if (balance == Balance.RoundRobin) return this.at(priority, <i32>(priority.turn++ % size));
    const first = this.at(priority, <i32>randomBelow(size));
    if (balance == Balance.Random) return first;
    const second = this.at(priority, <i32>randomBelow(size));
    return this.openOn(second) < this.openOn(first) ? second : first;
  }

  /** Places of a priority's rotation that this connection uses. */
  private sizeOf(priority: Priority): i32 { return this.width < priority.endpoints.length ? this.width : priority.rotation.length; }

  /** The endpoint at a place of the window: its slot. */
  private at(priority: Priority, place: i32): i32 {
    const rotation = priority.rotation, length = rotation.length, from = this.width < priority.endpoints.length ? this.offset % length : 0;
    return unchecked(rotation[(from + place) % length]);
  }
}
