/** Why the framework answers in a server's place. Codecs put it into their protocol's own words. */
export enum Reason {
  RouteNotFound = 0,
  ClusterNotFound = 1,
  NoHealthyUpstream = 2,
  UpstreamReset = 3,
  Timeout = 4,
  Overflow = 5,
  RateLimited = 6,
  Denied = 7,
  BadRequest = 8,
  /** An injected fault: `code` is the protocol's own number. */
  FaultAbort = 9,
}

/** Number of reasons, for tables. */
export const REASONS: i32 = 10;

const NAMES: StaticArray<string> = [
  "RouteNotFound", "ClusterNotFound", "NoHealthyUpstream", "UpstreamReset", "Timeout",
  "Overflow", "RateLimited", "Denied", "BadRequest", "FaultAbort",
];

/** The name of a reason, as metrics and logs spell it. */
export function reasonName(reason: Reason): string { return NAMES[reason]; }

/** An error on its way to a client. Made at configure time or once, never for each request. */
@final
export class Failure {
  /** code: the protocol's own number for FaultAbort, otherwise 0. text: short, for people. */
  constructor(public reason: Reason, public text: string, public code: i32 = 0) {}
}
