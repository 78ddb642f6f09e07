import { Failure, LISTENER_GONE, Reason } from "../../codec/failure";

/** What a request failed of. */
export enum Cause {
  /** No server got a byte of it. */
  Connect = 1,
  /** The connection to the server was lost before the answer. */
  Reset = 2,
  /** The answer reports a fault of the server's. */
  Server = 4,
  /** No answer in time. */
  Timeout = 8,
}

/** What a request failed of, 0: nothing that another attempt could mend. `sent`: a server may have got some of it. */
export function causeOf(failure: Failure, sent: bool): Cause {
  if (failure === LISTENER_GONE) return <Cause>0;
  if (failure.reason == Reason.Timeout) return sent ? Cause.Timeout : Cause.Connect;
  if (failure.reason == Reason.UpstreamReset) return sent ? Cause.Reset : Cause.Connect;
  return failure.reason == Reason.NoHealthyUpstream ? Cause.Connect : <Cause>0;
}
