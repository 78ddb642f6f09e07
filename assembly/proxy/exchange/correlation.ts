import { nowNanoseconds } from "../../host/clock";
import { Exchange, ExchangeQueue, takeExchange } from "./exchange";

const FIRST_BUCKETS: i32 = 16;

/**
 * The open exchanges of one client connection: by age, and by (lane, key) for replies. One rule: a reply belongs to
 * the oldest open exchange of its lane with its key. Exchanges without a key are found by the lane's own order.
 */
@final
export class Correlation {
  oldest: Exchange | null = null;
  private newest: Exchange | null = null;
  /** Where the walk under way goes on: whatever ends meanwhile, this one is open. */
  private upcoming: Exchange | null = null;
  /** Open exchanges, those that only wait to be written included. */
  open: i32 = 0;
  /** Those of them whose answers are nobody's. */
  private mutes: i32 = 0;
  /** The oldest exchange whose answer has a turn, and the newest. */
  oldestOrdered: Exchange | null = null;
  private newestOrdered: Exchange | null = null;
  /** Ids are chosen by clients: the salt keeps them from choosing buckets as well. */
  private salt: u64 = nowNanoseconds();
  private keyed: i32 = 0;
  private heads: StaticArray<Exchange | null> = new StaticArray<Exchange | null>(0);
  private tails: StaticArray<Exchange | null> = new StaticArray<Exchange | null>(0);

  /** Opens an exchange: it is the newest. */
  add(x: Exchange): void {
    const newest = this.newest;
    x.older = newest;
    x.newer = null;
    if (newest) newest.newer = x;
    else this.oldest = x;
    this.newest = x;
    this.open++;
    if (x.mute) this.mutes++;
    if (x.ordered) this.queue(x);
  }

  /**
   * Begins a walk over all open exchanges, oldest first, during which any of them may end: the first, null if there is none.
   * One walk at a time; it may be left off.
   */
  first(): Exchange | null {
    this.upcoming = this.oldest;
    return this.next();
  }

  /** The next of the walk; null: it is over. */
  next(): Exchange | null {
    const x = this.upcoming;
    if (x) this.upcoming = x.newer;
    return x;
  }

  /** The lane that the oldest exchange on any lane is on; null: none is on one. */
  get oldestLane(): ExchangeQueue | null {
    let x = this.oldest;
    while (x && !x.bound) x = x.newer;
    return x ? x.lane : null;
  }

  /** The exchange with the most reply bytes that wait; null: there are none. */
  largestAnswer(): Exchange | null {
    let largest: Exchange | null = null, most = 0;
    let x = this.oldest;
    while (x) {
      const answer = x.answer;
      if (answer && answer.length > most) {
        most = answer.length;
        largest = x;
      }
      x = x.newer;
    }
    return largest;
  }

  /** Open exchanges that the client waits for. */
  get awaited(): i32 { return this.open - this.mutes; }

  private queue(x: Exchange): void {
    const before = this.newestOrdered;
    x.before = before;
    x.behind = null;
    if (before) before.behind = x;
    else this.oldestOrdered = x;
    this.newestOrdered = x;
  }

  /** Closes an exchange that no lane holds any more. */
  remove(x: Exchange): void {
    const older = x.older, newer = x.newer;
    if (this.upcoming === x) this.upcoming = newer;
    if (older) older.newer = newer;
    else this.oldest = newer;
    if (newer) newer.older = older;
    else this.newest = older;
    x.older = null;
    x.newer = null;
    this.open--;
    if (x.mute) this.mutes--;
    if (x.ordered) this.dequeue(x);
  }

  private dequeue(x: Exchange): void {
    const before = x.before, behind = x.behind;
    if (before) before.behind = behind;
    else this.oldestOrdered = behind;
    if (behind) behind.before = before;
    else this.newestOrdered = before;
    x.before = null;
    x.behind = null;
  }

  /** True if no older ordered exchange is open. */
  isTurnOf(x: Exchange): bool { return !x.ordered || x.before === null; }

  /** Puts an exchange on a lane, where replies find it. */
  bind(x: Exchange, lane: ExchangeQueue): void {
    if (x.key) this.index(x, lane);
    x.lane = lane;
    x.bound = true;
    const newest = lane.newest;
    x.laneOlder = newest;
    x.laneNewer = null;
    if (newest) newest.laneNewer = x;
    else lane.oldest = x;
    lane.newest = x;
    lane.open++;
    if (!x.mute) lane.counts(1);
  }

  /** Takes an exchange off its lane: no further reply is for it. */
  unbind(x: Exchange): void {
    const lane = x.lane;
    if (!x.bound || lane === null) return;
    const older = x.laneOlder, newer = x.laneNewer;
    if (older) older.laneNewer = newer;
    else lane.oldest = newer;
    if (newer) newer.laneOlder = older;
    else lane.newest = older;
    lane.open--;
    if (!x.mute) lane.counts(-1);
    if (x.key) this.unindex(x, lane);
    x.laneOlder = null;
    x.laneNewer = null;
    x.bound = false;
  }

  /** Takes an exchange off its lane and leaves an orphan's place behind, so that its late reply finds no other. */
  orphan(x: Exchange): void {
    const lane = x.lane;
    if (!x.bound || lane === null) return;
    const y = takeExchange();
    y.mute = true;
    y.remember(x);
    y.attemptOf = x;
    y.attemptSerial = x.serial;
    if (!x.mute) lane.counts(-1);
    this.addBehind(x, y);
    y.lane = lane;
    y.bound = true;
    const older = x.laneOlder, newer = x.laneNewer;
    y.laneOlder = older;
    y.laneNewer = newer;
    if (older) older.laneNewer = y;
    else lane.oldest = y;
    if (newer) newer.laneOlder = y;
    else lane.newest = y;
    if (x.key) this.replaceInBucket(x, y, lane);
    x.laneOlder = null;
    x.laneNewer = null;
    x.bound = false;
  }

  /**
   * Puts a request that is sent again on a lane. Whichever of its attempts there is answered first, the answer is its own:
   * placeholders of orphaned replies of earlier ones go behind it.
   */
  bindAgain(x: Exchange, lane: ExchangeQueue): void {
    const earlier: Exchange[] = [];
    for (let y = x.key ? this.find(lane, x.key) : null; y && y.attemptOf === x && y.attemptSerial == x.serial; y = this.find(lane, x.key)) {
      this.unbind(y);
      earlier.push(y);
    }
    this.bind(x, lane);
    for (let i = 0; i < earlier.length; i++) this.bind(earlier[i], lane);
  }

  /** A second reply to an exchange will come: it is discarded. */
  follow(x: Exchange, lane: ExchangeQueue): void {
    const y = takeExchange();
    y.mute = true;
    y.remember(x);
    this.add(y);
    this.bind(y, lane);
  }

  /** Opens an exchange that is as old as another. */
  private addBehind(x: Exchange, y: Exchange): void {
    const newer = x.newer;
    y.older = x;
    y.newer = newer;
    x.newer = y;
    if (newer) newer.older = y;
    else this.newest = y;
    this.open++;
    this.mutes++;
  }

  private replaceInBucket(x: Exchange, y: Exchange, lane: ExchangeQueue): void {
    const at = this.bucket(lane, x.key);
    y.chain = x.chain;
    x.chain = null;
    if (this.tails[at] === x) unchecked(this.tails[at] = y);
    let before = unchecked(this.heads[at]);
    if (before === x) unchecked(this.heads[at] = y);
    while (before && before.chain !== x) before = before.chain;
    if (before) before.chain = y;
  }

  /** The oldest open exchange of a lane with a key. */
  find(lane: ExchangeQueue, key: u64): Exchange | null {
    if (key == 0) {
      let x = lane.oldest;
      while (x && x.key != 0) x = x.laneNewer;
      return x;
    }
    if (this.keyed == 0) return null;
    let x = unchecked(this.heads[this.bucket(lane, key)]);
    while (x && (x.key != key || x.lane !== lane)) x = x.chain;
    return x;
  }

  private bucket(lane: ExchangeQueue, key: u64): i32 {
    let h = (key ^ (<u64>lane.stream << 40) ^ this.salt) * 0x9e3779b97f4a7c15;
    h ^= h >> 32;
    return <i32>(h & <u64>(this.heads.length - 1));
  }

  private index(x: Exchange, lane: ExchangeQueue): void {
    if (this.keyed >= this.heads.length * 2) this.grow();
    this.keyed++;
    this.append(x, this.bucket(lane, x.key));
  }

  private append(x: Exchange, at: i32): void {
    x.chain = null;
    const tail = unchecked(this.tails[at]);
    if (tail) tail.chain = x;
    else unchecked(this.heads[at] = x);
    unchecked(this.tails[at] = x);
  }

  private unindex(x: Exchange, lane: ExchangeQueue): void {
    const at = this.bucket(lane, x.key);
    let before: Exchange | null = null;
    let y = unchecked(this.heads[at]);
    while (y && y !== x) {
      before = y;
      y = y.chain;
    }
    if (before) before.chain = x.chain;
    else unchecked(this.heads[at] = x.chain);
    if (this.tails[at] === x) unchecked(this.tails[at] = before);
    x.chain = null;
    this.keyed--;
  }

  /** Doubles the buckets; oldest first, so that each chain stays in order of age. */
  private grow(): void {
    const size = max(FIRST_BUCKETS, this.heads.length * 2);
    this.heads = new StaticArray<Exchange | null>(size);
    this.tails = new StaticArray<Exchange | null>(size);
    let x = this.oldest;
    while (x) {
      const lane = x.lane;
      if (lane && x.bound && x.key) this.append(x, this.bucket(lane, x.key));
      x = x.newer;
    }
  }
}
