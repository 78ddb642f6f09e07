/** Why the framework answers instead of a server. Codecs encode it as an error of their protocol. */
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

/** What a person reads of it. */
export function failureText(failure: Failure): string { return failure.text.length > 0 ? failure.text : reasonName(failure.reason); }

/** The number that a text of digits is, at most nine of them; -1 if it is none. Configure time only. */
export function codeNumber(text: string): i32 {
  if (text.length == 0 || text.length > 9) return -1;
  let number = 0;
  for (let i = 0; i < text.length; i++) {
    const digit = text.charCodeAt(i) - 0x30;
    if (digit < 0 || digit > 9) return -1;
    number = number * 10 + digit;
  }
  return number;
}

export const ROUTE_NOT_FOUND = new Failure(Reason.RouteNotFound, "no route matches this request");
export const NO_RULES = new Failure(Reason.RouteNotFound, "no routes have come from the control plane yet");
export const MIXED_ROUTES = new Failure(Reason.RouteNotFound, "the values of a key of this request match different routes");
export const CLUSTER_NOT_FOUND = new Failure(Reason.ClusterNotFound, "the cluster of the route does not exist");
export const NO_HEALTHY_ENDPOINT = new Failure(Reason.NoHealthyUpstream, "no healthy endpoint");
export const CONNECT_FAILED = new Failure(Reason.NoHealthyUpstream, "the server could not be reached");
export const LANE_TIMEOUT = new Failure(Reason.Timeout, "no connection to the server in time");
export const UPSTREAM_RESET = new Failure(Reason.UpstreamReset, "the server closed the connection before it answered");
export const BAD_REPLY = new Failure(Reason.UpstreamReset, "the server's answer cannot be read");
export const OVERFLOW = new Failure(Reason.Overflow, "too many connections to the server");
export const TOO_MANY_REQUESTS = new Failure(Reason.Overflow, "too many requests to the server");
export const SHED = new Failure(Reason.Overflow, "too many bytes are buffered in the proxy");
export const TIMED_OUT = new Failure(Reason.Timeout, "no answer in time");
export const LISTENER_GONE = new Failure(Reason.Timeout, "the proxy's listener was removed before the server answered");
export const OTHER_CLUSTER = new Failure(Reason.RouteNotFound, "the route of this request leads to another cluster than its connection");
export const TOO_LARGE = new Failure(Reason.Overflow, "the request is too large for the keys that rules read or change");
export const CANNOT_CHANGE = new Failure(Reason.BadRequest, "the request cannot carry the change of its route");
export const BAD_REQUEST = new Failure(Reason.BadRequest, "the request cannot be read");
