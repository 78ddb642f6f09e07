import { Failure, Reason } from "../../codec/failure";

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
