import { now } from "../runtime/clock";
import { Endpoint } from "./endpoint";
import { mix } from "./hash";
import { OutlierPolicy } from "./outlierDetection";
import { Priorities, Priority } from "./priorities";

export enum Balance { RoundRobin = 0, LeastRequest = 1, Random = 2, Hash = 3 }

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

  /** The priority for the next request. */
  pickPriority(): Priority { return this.priorities.pick(); }

  /** A request to an endpoint went well, or failed of it. True: it is left alone from now on. */
  report(endpoint: Endpoint, good: bool): bool {
    const policy = this.outlier;
    if (policy === null) return false;
    if (good) endpoint.health.succeed();
    else if (endpoint.health.fail(policy) && this.mayEject(policy)) {
      endpoint.eject(policy);
      return true;
    }
    return false;
  }

  /** True if one more endpoint may be out. */
  private mayEject(policy: OutlierPolicy): bool {
    const endpoints = this.endpoints;
    let out = 0;
    for (let i = 0; i < endpoints.length; i++) if (endpoints[i].health.isOut) out++;
    return endpoints.length > 1 && out + 1 <= max(1, endpoints.length * policy.maxPercent / 100);
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
