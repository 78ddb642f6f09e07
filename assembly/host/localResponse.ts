import { proxy_send_local_response } from "../env/imports";
import { Status } from "../env/enums";
import { PairWriter } from "../bytes/pairs";
import { argument, argument2 } from "./text";

/** For responses that are no gRPC. */
export const NO_GRPC_STATUS: i32 = -1;

const none = new PairWriter();

/**
 * Answers an HTTP request in place of the server; return Action.Pause after it. `details` goes to Envoy's
 * RESPONSE_CODE_DETAILS. Envoy quirks: it is sent when the callback has returned, whatever that
 * returns, and passes the other filters and this one's own response callbacks; of several in one callback of a request
 * the first counts, in the callback of a call that it has sent the last. In `onResponseHeaders` it takes the response's
 * place unseen by filters; once response headers have left it resets the stream instead. White space in `details` becomes
 * underscores; without a body it has no `content-type`; a gRPC request gets status 200, `grpc-status` and the body as
 * `grpc-message`. In a connection's or a root's callback it is Ok and does nothing.
 */
export function sendLocalResponse(
  status: i32, body: string = "", headers: PairWriter | null = null, details: string = "", grpcStatus: i32 = NO_GRPC_STATUS,
): Status {
  const why = argument(details), text = argument2(body), pairs = (headers ? headers : none).encode();
  return <Status>proxy_send_local_response(status, why.base, why.length, text.base, text.length, pairs.base, pairs.length, grpcStatus);
}
