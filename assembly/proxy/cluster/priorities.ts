/**
 * Endpoints by priority, 0 first: those further away are asked only so far as the nearer ones are down. As Envoy does it, a
 * priority is whole while 1 / 1.4 of its endpoints are up; of what is missing to that, the next one takes its share.
 */
import { Endpoint, healthChanges } from "./endpoint";
import { now } from "../runtime/clock";
import { randomBelow } from "../runtime/random";

/** Percent of a priority's endpoints that its healthy ones count for (Envoy's overprovisioning factor). */
const OVERPROVISIONING: i32 = 140;
/** Longest rotation; larger sums of weights are rounded to fit. */
const MAX_ROTATION: i32 = 1024;

/** The endpoints of one priority. */
@final
export class Priority {
  /** Slots in the order that gives each endpoint its weight, well mixed. */
  rotation: StaticArray<i32>;
  turn: u32;
  /** Percent of the requests that it gets. */
  load: i32 = 0;

  constructor(public level: i32, public endpoints: Endpoint[]) {
    this.rotation = rotationOf(endpoints);
    this.turn = randomBelow(this.rotation.length);
  }
}

@final
export class Priorities {
  /** Nearest first. */
  private all: Priority[] = [];
  /** What the loads were reckoned from, and until when they hold. */
  private known: u32 = 0;
  private until: u64 = 0;

  constructor(endpoints: Endpoint[]) {
    const levels: i32[] = [];
    for (let i = 0; i < endpoints.length; i++) if (!levels.includes(endpoints[i].priority)) levels.push(endpoints[i].priority);
    levels.sort((a, b) => a - b);
    for (let i = 0; i < levels.length; i++) {
      const members: Endpoint[] = [];
      for (let j = 0; j < endpoints.length; j++) if (endpoints[j].priority == levels[i]) members.push(endpoints[j]);
      this.all.push(new Priority(levels[i], members));
    }
  }

  /** The priority for the next request. */
  pick(): Priority { return this.all.length == 1 ? unchecked(this.all[0]) : this.at(randomBelow(100)); }

  /** The priority of a ticket below 100. */
  at(ticket: u32): Priority {
    if (this.all.length == 1) return unchecked(this.all[0]);
    this.settle();
    let sum: u32 = 0;
    for (let i = 0; i < this.all.length; i++) {
      sum += <u32>unchecked(this.all[i]).load;
      if (ticket < sum) return unchecked(this.all[i]);
    }
    return unchecked(this.all[0]);
  }

  /** True if its priority gets any requests now. */
  uses(endpoint: Endpoint): bool {
    if (this.all.length == 1) return true;
    this.settle();
    for (let i = 0; i < this.all.length; i++) if (unchecked(this.all[i]).level == endpoint.priority) return unchecked(this.all[i]).load > 0;
    return false;
  }

  /** Reckons the loads, if an endpoint has changed or one that was down may be asked again. */
  private settle(): void {
    if (this.known == healthChanges() && now() < this.until) return;
    this.known = healthChanges();
    this.until = u64.MAX_VALUE;
    let total = 0;
    for (let i = 0; i < this.all.length; i++) total += this.health(this.all[i]);
    let left = 100;
    for (let i = 0; i < this.all.length; i++) {
      const one = this.all[i];
      one.load = min(left, total < 100 && total > 0 ? one.load * 100 / total : one.load);
      left -= one.load;
    }
    // What rounding leaves; and where none is up, all of it is for the nearest.
    for (let i = 0; i < this.all.length && left > 0; i++) {
      if (total > 0 && this.all[i].load == 0) continue;
      this.all[i].load += left;
      left = 0;
    }
  }

  /** Sets a priority's load to its health, in percent. */
  private health(one: Priority): i32 {
    let up = 0;
    for (let i = 0; i < one.endpoints.length; i++) {
      const until = one.endpoints[i].downUntil;
      if (until <= now()) up++;
      else this.until = min(this.until, until);
    }
    return one.load = min(100, up * OVERPROVISIONING / one.endpoints.length);
  }
}

function rotationOf(endpoints: Endpoint[]): StaticArray<i32> {
  const weights = rotationWeights(endpoints);
  let total = 0;
  for (let i = 0; i < weights.length; i++) total += weights[i];
  const rotation = new StaticArray<i32>(total), current = new StaticArray<i32>(weights.length);
  for (let turn = 0; turn < total; turn++) {
    let best = 0;
    for (let i = 0; i < weights.length; i++) {
      current[i] += weights[i];
      if (current[i] > current[best]) best = i;
    }
    current[best] -= total;
    rotation[turn] = endpoints[best].slot;
  }
  return rotation;
}

function rotationWeights(endpoints: Endpoint[]): i32[] {
  const weights: i32[] = [];
  let divisor = 0, total: i64 = 0;
  for (let i = 0; i < endpoints.length; i++) divisor = greatestCommonDivisor(endpoints[i].weight, divisor);
  for (let i = 0; i < endpoints.length; i++) total += endpoints[i].weight / divisor;
  for (let i = 0; i < endpoints.length; i++) {
    const weight: i64 = endpoints[i].weight / divisor;
    weights.push(total <= MAX_ROTATION ? <i32>weight : max<i32>(1, <i32>(weight * MAX_ROTATION / total)));
  }
  return weights;
}

function greatestCommonDivisor(a: i32, b: i32): i32 {
  while (b) {
    const rest = a % b;
    a = b;
    b = rest;
  }
  return a;
}
