import { Json } from "../bytes/json";
import { Problems } from "../bytes/problems";
import { Codec, Frame } from "./codec";
import { Exchange } from "./exchange";
import { Failure, Reason } from "./failure";
import { Mutation } from "./mutation";

/**
 * Sees each exchange on its way. One object for each plugin configuration, for all connections: what belongs to an
 * exchange must not be kept in it. Nothing here may throw or allocate for each message.
 */
export abstract class Filter {
  /** Reads its part of the plugin configuration, and asks for the keys it reads with `Codec.slot` through `keys`. */
  configure(config: Json, keys: KeyAsker, problems: Problems): void {}

  /** Milliseconds between calls of `onTick`; 0: none. Set by `configure`. */
  tickMs: i32 = 0;

  onTick(): void {}

  /**
   * A request, before it is routed. Null: go on; HOLD: it waits, with all that follows it on the connection, until the
   * filter resumes what `hold` gave it; otherwise the client gets this error and no server sees the request.
   */
  onRequest(x: Exchange, f: Frame, mutation: Mutation): Failure | null { return null; }

  /** A reply, before it goes to the client. */
  onReply(x: Exchange, f: Frame, mutation: Mutation): void {}
}

/** Returned by Filter.onRequest after `hold`: no error, the request waits. */
export const HOLD = new Failure(Reason.Overflow, "held");

/** Where a held request waits. */
export interface Holder {
  resume(ticket: u32, failure: Failure | null): void;
}

let holder: Holder | null = null;
let ticket: u32 = 0;

/** Framework: whose request the filters are about to see, and what a held one will be known by. */
export function setHolder(who: Holder, number: u32): void {
  holder = who;
  ticket = number;
}

/** A request that waits. */
@final
export class Held {
  constructor(private holder: Holder, private ticket: u32) {}

  /** Null: it goes on to the next filter; otherwise the client gets this error. Nothing happens if the client has gone. */
  resume(failure: Failure | null = null): void { this.holder.resume(this.ticket, failure); }
}

/** In Filter.onRequest, right before HOLD is returned. Allocates. */
export function hold(): Held { return new Held(holder!, ticket); }

/** Binds key names to slots at configure time; a key that the codec does not have becomes a problem at its path. */
export abstract class KeyAsker {
  constructor(public codec: Codec) {}
  /** Slot of a request key that will be read; -1 after a problem. */
  abstract request(path: string, name: string, problems: Problems): i32;
  /** Slot of a reply key that will be read; -1 after a problem. */
  abstract response(path: string, name: string, problems: Problems): i32;
}

export type FilterFactory = () => Filter;

const names: string[] = [];
const factories: FilterFactory[] = [];

/** Makes a filter known under the name that `filters[].name` of configurations uses. */
export function registerFilter(name: string, factory: FilterFactory): void {
  names.push(name);
  factories.push(factory);
}

export function createFilter(name: string): Filter | null {
  const at = names.indexOf(name);
  return at < 0 ? null : factories[at]();
}

export function filterNames(): string[] { return names; }
