/** Callbacks of the ABI for HTTP requests and responses. */
import { Action } from "../../env/enums";
import { requestOf } from "../contexts";

export function proxy_on_request_headers(id: u32, count: u32, end: u32): u32 {
  const request = requestOf(id);
  return request ? request.onRequestHeaders(count, end != 0) : Action.Continue;
}

export function proxy_on_request_body(id: u32, size: u32, end: u32): u32 {
  const request = requestOf(id);
  return request ? request.onRequestBody(size, end != 0) : Action.Continue;
}

export function proxy_on_request_trailers(id: u32, count: u32): u32 {
  const request = requestOf(id);
  return request ? request.onRequestTrailers(count) : Action.Continue;
}

export function proxy_on_request_metadata(id: u32, count: u32): u32 {
  const request = requestOf(id);
  return request ? request.onRequestMetadata(count) : Action.Continue;
}

export function proxy_on_response_headers(id: u32, count: u32, end: u32): u32 {
  const request = requestOf(id);
  return request ? request.onResponseHeaders(count, end != 0) : Action.Continue;
}

export function proxy_on_response_body(id: u32, size: u32, end: u32): u32 {
  const request = requestOf(id);
  return request ? request.onResponseBody(size, end != 0) : Action.Continue;
}

export function proxy_on_response_trailers(id: u32, count: u32): u32 {
  const request = requestOf(id);
  return request ? request.onResponseTrailers(count) : Action.Continue;
}

export function proxy_on_response_metadata(id: u32, count: u32): u32 {
  const request = requestOf(id);
  return request ? request.onResponseMetadata(count) : Action.Continue;
}
