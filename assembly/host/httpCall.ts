import { proxy_http_call } from "../env/imports";
import { answered, RESULT_AT } from "../env/memory";
import { PairWriter } from "../bytes/pairs";
import { Writer } from "../bytes/writer";
import { argument } from "./text";

const none = new PairWriter();

/**
 * Sends a request to a cluster; its id, or 0 and `lastStatus()`: BadArgument if there is no such cluster or `:method`,
 * `:path` or `:authority` is missing. Authors use `HttpCall`, which finds its answer. Envoy quirks: the answer comes to
 * the root context; a server that cannot be reached is an answer 503, and a timeout one of 504, both with a text of
 * Envoy's; only a reset comes with no headers and status BrokenConnection. Trailers behind a body do not reach HTTP/1 servers.
 */
export function startHttpCall(cluster: string, headers: PairWriter, body: Writer | null, trailers: PairWriter | null, timeoutMs: u32): u32 {
  const upstream = argument(cluster), pairs = headers.encode(), ends = (trailers ? trailers : none).encode();
  const at: usize = body ? body.base : 0, length = body ? body.length : 0;
  const good = answered(proxy_http_call(
    upstream.base, upstream.length, pairs.base, pairs.length, at, length, ends.base, ends.length, timeoutMs, RESULT_AT,
  ));
  return good ? load<u32>(RESULT_AT) : 0;
}
