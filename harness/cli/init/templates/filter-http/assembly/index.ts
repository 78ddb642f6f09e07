/** Lets in requests that know a key, and says on each response who passed it. */
import {
  Action, header, HttpContext, MapType, Problems, removeHeader, RootContext, sendLocalResponse, setHeader, setRootFactory,
} from "as-proxy-wasm/assembly";

/** One for each configuration: `{ "key": "..." }`. */
class Root extends RootContext {
  key: string = "";

  onConfigure(configuration: string): string | null {
    const problems = new Problems(), config = problems.parse(configuration);
    problems.unknownFields(config, ["key"]);
    this.key = problems.needText(config, "key");
    return problems.first;
  }

  createHttpContext(id: u32): HttpContext { return new Filter(id, this); }
}

/** One for each request. */
class Filter extends HttpContext {
  constructor(id: u32, private owner: Root) { super(id, owner); }

  onRequestHeaders(count: i32, end: bool): Action {
    if (header(MapType.Request, "x-key") != this.owner.key) {
      sendLocalResponse(403, "a key is needed\n");
      return Action.Pause;
    }
    // The server need not know it.
    removeHeader(MapType.Request, "x-key");
    return Action.Continue;
  }

  onResponseHeaders(count: i32, end: bool): Action {
    setHeader(MapType.Response, "x-passed", "{{name}}");
    return Action.Continue;
  }
}

setRootFactory((id: u32): RootContext => new Root(id));

export * from "as-proxy-wasm/assembly/callbacks";
