import { giveBuffer, takeBuffer } from "../../bytes/buffers";
import { Pool } from "../../bytes/pool";
import { Writer } from "../../bytes/writer";
import { Cluster } from "../cluster/cluster";
import { Expect, Outcome } from "../../codec/enums";
import { Frame } from "../../codec/frame";
import { PendingRequest } from "../../codec/pendingRequest";
import { Failure } from "../../codec/failure";
import { SavedValuesPool, SavedValues } from "./savedValues";
import { RouteEntry } from "./routeEntry";
import { ConfigVersion } from "./rulesVersion";
import { nowNs } from "../runtime/clock";
import { Endpoint } from "../cluster/endpoint";
import { RequestFinder } from "../../codec/wire";

/** Of the routes of all exchanges. */
const keeper = new SavedValuesPool();
const NO_WORDS: StaticArray<u64> = new StaticArray<u64>(0);
/** Bytes of facts that filters may tell of one request. */
const MAX_TOLD: i32 = 16 << 10;

/**
 * One request and its replies. Pooled: nothing may keep one after it has ended. What the codec remembers of it is in the base
 * class; everything here belongs to the framework.
 */
@final
export class Exchange extends PendingRequest {
  /** The pin of its request, and whether further parts of it may come. */
  pin: u64 = 0;
  opens: bool = false;
  /** When it is given up, in coarse milliseconds; 0: never. */
  deadline: u64 = 0;
  /** Its answer must not be written before those of older ordered exchanges. */
  ordered: bool = false;
  /** What it goes by: the version in force when it came; null: it is no client's request. */
  rules: ConfigVersion | null = null;
  /** The route of its request; null before it is found, or if there is none. */
  route: RouteEntry | null = null;
  /** When its request was read, in nanoseconds since 1970: exact if a filter asked for that (`KeyResolver.timed`). */
  startedAt: u64 = 0;
  /** Bytes of the request as the client sent it, and of all replies as the client gets them. */
  requestBytes: i64 = 0;
  responseBytes: i64 = 0;
  /** Of the last reply: whose fault it reports, and the protocol's own status number. */
  outcome: Outcome = Outcome.Ok;
  code: i32 = 0;
  /** Another once it has ended: it is pooled. */
  serial: u32 = 0;
  /** How often its request was sent to a server. */
  attempts: i32 = 0;
  /** The request as it was sent, in case it must be sent again; null: it will not. */
  sent: Writer | null = null;
  /** It may be run twice. */
  safe: bool = false;
  /** No request may overtake it. */
  strict: bool = false;
  /** What picks the endpoint. */
  hash: u64 = 0;
  /** When it is given up for good, in coarse milliseconds; 0: never. `deadline` is that of this attempt. */
  lastDeadline: u64 = 0;
  /** It waits to be sent again. */
  waits: bool = false;
  /** Of an orphan: the request that was given up, as long as its serial number is this. */
  attemptOf: Exchange | null = null;
  attemptSerial: u32 = 0;
  /** Sent again: counted by this cluster. */
  retriedOn: Cluster | null = null;
  /** The client has gone before it had the answer. */
  isCut: bool = false;
  /** By place of a filter in the chain: 1 if it saw the request. */
  seen: u64 = 0;
  private words: StaticArray<u64> = NO_WORDS;
  /** What filters told of the request: slot, length, bytes, again and again. */
  private told: Writer | null = null;
  /** What its route's changes of replies need of the request; null: nothing. */
  kept: SavedValues | null = null;
  /** The lane that it was sent on; null before. */
  lane: ExchangeQueue | null = null;
  /** Replies of that lane may still be for it. */
  bound: bool = false;
  /** Reply bytes that wait for their turn or for the rest of a small frame. */
  answer: Writer | null = null;
  /** `answer` ends at the end of a frame. */
  whole: bool = true;
  /** It is in the client's list of answers to write. */
  listed: bool = false;
  /** No further reply bytes will come. */
  done: bool = false;
  /** An error to send in its turn instead of an answer. */
  failure: Failure | null = null;

  /** Neighbours among all open exchanges of the connection. */
  older: Exchange | null = null;
  newer: Exchange | null = null;
  /** Neighbours among those of the connection whose answers have a turn. */
  before: Exchange | null = null;
  behind: Exchange | null = null;
  /** Neighbours among the open exchanges of the lane. */
  laneOlder: Exchange | null = null;
  laneNewer: Exchange | null = null;
  /** Next in the same bucket of the correlation, newer. */
  chain: Exchange | null = null;

  /** An empty record for what its route keeps of the request. */
  keep(): SavedValues {
    this.letGo();
    return this.kept = keeper.take();
  }

  /** Gives that record back. */
  letGo(): void {
    const kept = this.kept;
    if (kept) keeper.give(kept);
    this.kept = null;
  }

  /** Begins as the exchange of a request. */
  begin(rules: ConfigVersion): void {
    const words = rules.words;
    rules.users++;
    this.rules = rules;
    this.startedAt = nowNs();
    if (words == 0) return;
    if (this.words.length < words) this.words = new StaticArray<u64>(words);
    else memory.fill(changetype<usize>(this.words), 0, <usize>words << 3);
  }

  /** It goes by a newer version: no filter has seen it yet. */
  renew(rules: ConfigVersion): void {
    const before = this.rules, started = this.startedAt;
    if (before === rules) return;
    if (before) before.users--;
    this.begin(rules);
    this.startedAt = started;
  }

  /** The word of a filter, by its place: 0 until it is set. For what it must know of the request later. */
  word(place: i32): u64 { return this.words[place]; }
  setWord(place: i32, value: u64): void { this.words[place] = value; }

  /** Bytes of facts that were told. */
  get toldLength(): i32 {
    const told = this.told;
    return told ? told.length : 0;
  }

  /**
   * A filter tells a value of a key of its own (`KeyResolver.own`): filters, and the route, that follow can match on it. The
   * bytes are copied, and told again when a held request is read again. False: too much was told.
   */
  tell(f: Frame, slot: i32, at: usize, length: i32): bool {
    if (slot < 0 || length < 0 || this.toldLength + length + 8 > MAX_TOLD) return false;
    let told = this.told;
    if (told === null) this.told = told = takeBuffer();
    told.u32le(slot);
    told.u32le(length);
    told.bytes(at, length);
    this.retell(f);
    return true;
  }

  /** Puts what was told into metadata; the bytes may have moved. */
  retell(f: Frame): void {
    const told = this.told, metadata = f.metadata;
    if (told === null) return;
    for (let at = 0; at < told.length; at += 8 + load<i32>(told.base + at, 4)) metadata.remove(load<i32>(told.base + at));
    for (let at = 0; at < told.length; at += 8 + load<i32>(told.base + at, 4)) {
      f.put(load<i32>(told.base + at), <i32>(told.base + at + 8 - metadata.base), load<i32>(told.base + at, 4));
    }
  }

  /** Gives the memory of what was told back. */
  forgetTold(): void {
    giveBuffer(this.told);
    this.told = null;
  }

  /** It will not be sent again. */
  dropSent(): void {
    giveBuffer(this.sent);
    this.sent = null;
  }

  /** Its end: it is sent no more. */
  settle(): void {
    const cluster = this.retriedOn;
    if (cluster) cluster.retrying--;
    this.retriedOn = null;
  }
}

/** The open exchanges of one byte stream to a server, in the order in which their requests were sent. */
export abstract class ExchangeQueue extends RequestFinder {
  oldest: Exchange | null = null;
  newest: Exchange | null = null;
  /** Exchanges that still expect something of it. */
  open: i32 = 0;

  /** `stream`: its number, no other of the connection's has it. */
  constructor(public stream: u32, public endpoint: Endpoint, public cluster: Cluster) { super(); }

  /** A request more, or less, that its cluster is busy with. */
  abstract counts(change: i32): void;
}

/** What an open one takes, about. */
export const EXCHANGE_BYTES: i32 = 384;
/** How many are kept for later; further ones are left to the collector. */
const MAX_SPARE: i32 = 16384;

const spare: Pool<Exchange> = new Pool<Exchange>(MAX_SPARE);

/** A blank exchange, from the VM's pool. */
export function takeExchange(): Exchange {
  const x = spare.take();
  return x ? x : new Exchange();
}

/** Gives an exchange back; it must be in no list any more. */
export function giveExchange(x: Exchange): void {
  x.serial++;
  x.a = 0;
  x.b = 0;
  x.key = 0;
  x.pin = 0;
  x.opens = false;
  x.begun = false;
  x.noteLength = 0;
  x.expect = Expect.Some;
  x.mute = false;
  x.carried = false;
  x.deadline = 0;
  x.ordered = false;
  x.route = null;
  const rules = x.rules;
  if (rules) rules.users--;
  x.rules = null;
  x.requestBytes = 0;
  x.responseBytes = 0;
  x.outcome = Outcome.Ok;
  x.code = 0;
  x.attempts = 0;
  x.isCut = false;
  x.settle();
  x.dropSent();
  x.safe = false;
  x.strict = false;
  x.hash = 0;
  x.lastDeadline = 0;
  x.waits = false;
  x.attemptOf = null;
  x.seen = 0;
  x.forgetTold();
  x.letGo();
  x.lane = null;
  x.answer = null;
  x.bound = false;
  x.listed = false;
  x.whole = true;
  x.done = false;
  x.failure = null;
  spare.give(x);
}
