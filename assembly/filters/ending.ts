/** How an exchange ended, in the words that metrics, logs and traces share. */
import { Outcome } from "../codec/enums";
import { Exchange } from "../proxy/exchange/exchange";
import { Failure, Reason } from "../codec/failure";
import { flagOf } from "../proxy/filter/format/facts";

const OUTCOMES: StaticArray<string> = ["ok", "caller", "server"];

/** Whose fault it was: what the server's answer says, or why the framework answered. */
export function endedAs(x: Exchange): Outcome {
  const failure = x.failure;
  return failure ? faultOf(failure) : x.outcome;
}

/** Refused for what was asked is the caller's fault, not served is the server's, as far as the caller can tell. */
function faultOf(failure: Failure): Outcome {
  switch (failure.reason) {
    case Reason.RateLimited:
    case Reason.Denied:
    case Reason.BadRequest: return Outcome.Caller;
    default: return Outcome.Server;
  }
}

export function outcomeName(outcome: Outcome): string { return unchecked(OUTCOMES[outcome]); }

/** Envoy's response flag, DC where the client went away first; `-`: none. */
export function flagName(x: Exchange): string {
  const failure = x.failure;
  return failure ? flagOf(failure.reason) : x.isCut ? "DC" : "-";
}
