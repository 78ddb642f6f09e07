import { Json } from "../bytes/json";
import { Problems } from "../bytes/problems";
import { Codec, Direction, Frame } from "./codec";
import { Exchange } from "./exchange";
import { Failure, Reason } from "./failure";
import { Edit, Mutation } from "./mutation";

/**
 * Sees each exchange on its way. One object for each entry of `filters` in a plugin configuration, for all connections:
 * what belongs to an exchange goes into its word. Nothing here may throw or allocate for each message.
 */
export abstract class Filter {
  /** Its place in the chain, and that of its word in each exchange (`Exchange.word`). Set before `configure`. */
  place: i32 = 0;
  /**
   * How the entry's `match` is understood where it cannot be decided, as a key has several values or is hidden. True: the
   * filter closes doors, and sees the request. False: it does not.
   */
  guards: bool = false;

  /** Reads its part of the plugin configuration, and asks for the keys it reads with `Codec.slot` through `keys`. */
  configure(config: Json, keys: KeyAsker, problems: Problems): void {}

  /** Milliseconds between calls of `onTick`; 0: none. Set by `configure`. */
  tickMs: i32 = 0;

  onTick(): void {}

  /**
   * A request, once its route is known (`x.route`, null: none). Null: go on; HOLD: it waits until the filter resumes what
   * `hold` gave it, where order is strict with all that follows it on the connection; otherwise the client gets this error
   * and no server sees the request.
   */
  onRequest(x: Exchange, f: Frame, mutation: Mutation): Failure | null { return null; }

  /** A reply of a server to a request that this filter saw, before it goes to the client. */
  onReply(x: Exchange, f: Frame, mutation: Mutation): void {}

  /** The end of an exchange whose request this filter saw, however it went. The request can be read no more. */
  onEnd(x: Exchange): void {}
}

/** Returned by Filter.onRequest after `hold`: no error, the request waits. */
export const HOLD = new Failure(Reason.Overflow, "held");

/** Where a held request waits. */
export interface Holder {
  resume(ticket: u32, failure: Failure | null): void;
}

let holder: Holder | null = null;
let ticket: u32 = 0;
let again: bool = false;
let latest: Held | null = null;

/** Framework: whose request the filters are about to see, and what a held one will be known by. */
export function setHolder(who: Holder, number: u32): void {
  holder = who;
  ticket = number;
}

/** A request that waits. */
@final
export class Held {
  constructor(private holder: Holder | null, private ticket: u32) {}

  /** Null: it goes on to the next filter; otherwise the client gets this error. Nothing happens if the client has gone. */
  resume(failure: Failure | null = null): void {
    const holder = this.holder;
    if (holder) holder.resume(this.ticket, failure);
  }

  /** Framework: the client has gone, and whoever keeps this does not keep the connection. */
  forget(): void { this.holder = null; }
}

/**
 * In Filter.onRequest, right before HOLD is returned. `seenAgain`: when the request goes on, this filter sees it once more,
 * before the next one does: it can then tell what it has learned. Allocates.
 */
export function hold(seenAgain: bool = false): Held {
  again = seenAgain;
  const held = new Held(holder, ticket);
  latest = held;
  return held;
}

/** Framework: what the filter that has just held a request knows it by. */
export function takeHeld(): Held | null {
  const held = latest;
  latest = null;
  return held;
}

/** Framework: the filter that has just held a request will see it again. */
export function isSeenAgain(): bool { return again; }

/** What filters ask of the framework at configure time. A key that the codec does not have becomes a problem at its path. */
export abstract class KeyAsker {
  /** service: the name of the service, for metrics and logs. */
  constructor(public codec: Codec, public service: string) {}
  /** Slot of a request key that will be read; -1 after a problem. */
  abstract request(path: string, name: string, problems: Problems): i32;
  /** Slot of a reply key that will be read; -1 after a problem. */
  abstract response(path: string, name: string, problems: Problems): i32;
  /** Slot of a request key that the filter itself supplies with `Exchange.tell`, for all that follow it; -1: no room. */
  abstract own(name: string): i32;
  /** An edit that sets a key; null after a problem: the codec cannot change it. */
  abstract edit(path: string, name: string, direction: Direction, problems: Problems): Edit | null;
  /** `nowNs` and `Exchange.startedAt` shall be exact: a host call for each callback. */
  abstract timed(): void;
}

export type FilterFactory = () => Filter;

const names: string[] = [];
const factories: FilterFactory[] = [];

/** Makes a filter known under the name that `filters[].name` of configurations uses. */
export function registerFilter(name: string, factory: FilterFactory): void {
  names.push(name);
  factories.push(factory);
}

/** True if two filters of this module have the name: which one is meant cannot be known. */
export function isAmbiguous(name: string): bool { return names.indexOf(name) != names.lastIndexOf(name); }

export function createFilter(name: string): Filter | null {
  const at = names.indexOf(name);
  return at < 0 ? null : factories[at]();
}

export function filterNames(): string[] { return names; }
