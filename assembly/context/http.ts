import { Action } from "../env/enums";
import { Context } from "./context";
import { RootContext } from "./root";

/**
 * One HTTP request and its response. Callbacks do nothing by default. Action.Pause holds the request (or response) until
 * `continueRequest` (`continueResponse`); bodies and trailers are held with their headers.
 */
export class HttpContext extends Context {
  constructor(id: u32, root: RootContext) { super(id, root); }

  /** `count` headers in MapType.Request; `end`: there is no body. */
  onRequestHeaders(count: i32, end: bool): Action { return Action.Continue; }
  /** With Action.Pause the bytes stay in Buffer.HttpRequestBody and more are added. `end`: that is all, without trailers. */
  onRequestBody(size: i32, end: bool): Action { return Action.Continue; }
  onRequestTrailers(count: i32): Action { return Action.Continue; }
  /** METADATA frames of HTTP/2. Not in the specification; Envoy calls it. */
  onRequestMetadata(count: i32): Action { return Action.Continue; }
  /** `count` headers in MapType.Response. Called too for answers that other filters or Envoy itself give. */
  onResponseHeaders(count: i32, end: bool): Action { return Action.Continue; }
  onResponseBody(size: i32, end: bool): Action { return Action.Continue; }
  onResponseTrailers(count: i32): Action { return Action.Continue; }
  onResponseMetadata(count: i32): Action { return Action.Continue; }
}
