import { Action, Peer } from "../env/enums";
import { enqueueWord } from "../host/queue";
import { continueDownstream, push, selectContext } from "../host/stream";

/**
 * One plugin configuration on one thread. Envoy also makes one on its main thread. An update makes a new root in the
 * same VM while old connections keep theirs, so configuration lives here and never in module globals.
 *
 *     VM (module, globals; one for each vm_id and worker, and one on the main thread)
 *      +-- RootContext (one for each plugin configuration): timers, queues, calls
 *           +-- NetworkContext or HttpContext (one for each connection or request)
 */
export abstract class RootContext {
  /** Queue whose messages wake connections of this root; 0 until configured. */
  wakeQueue: u32 = 0;
  /** A wake-up of its own is on its way. */
  woken: bool = false;
  constructor(public id: u32) {}

  /** The VM's own configuration, before the plugin's. Null: taken; otherwise one line that says what is wrong. */
  onVmStart(configuration: string): string | null { return null; }
  /** The plugin's configuration. Null: taken; otherwise one line that says what is wrong, and Envoy refuses it. */
  onConfigure(configuration: string): string | null { return null; }
  /** Called at the period set by `setTickPeriod`. */
  onTick(): void {}
  /** From the event loop after `wake`. */
  onWake(): void {}

  /** Asks for `onWake`, from any callback of any context: where something is to be done with this root selected. */
  wake(): void { if (!this.woken && this.wakeQueue) this.woken = enqueueWord(this.wakeQueue, this.id); }

  /** A queue that this root registered has a message; once for each. */
  onQueueReady(queue: u32): void {}
  /** The host calls a function of the filter's own; its arguments, `size` bytes, are in Buffer.ForeignArguments. */
  onForeignFunction(name: u32, size: i32): void {}
  /** A client has connected to a listener with this configuration in a network filter. */
  createNetworkContext(id: u32): NetworkContext { return new NetworkContext(id, this); }
  /** A request has come to an HTTP filter with this configuration. */
  createHttpContext(id: u32): HttpContext { return new HttpContext(id, this); }
  /** The configuration is about to go. False: only when `done` is called. */
  onDone(): bool { return true; }
  /** Called when this configuration is that of an access logger. */
  onLog(): void {}
  /** The configuration is gone and so are all its connections. */
  onDelete(): void {}
}

/** What the host knows by a number. */
export abstract class Context {
  constructor(public id: u32, public root: RootContext) {}

  /** Lets the host calls that follow act on this context; false if it is gone. In its own callbacks it is selected. */
  select(): bool { return selectContext(this.id); }

  /** The stream has ended. */
  onDone(): void {}
  /** Behind `onDone`; access logs are written after this. */
  onLog(): void {}
  /** Last call: the host forgets the context. */
  onDelete(): void {}
}

/** One client connection. Callbacks do nothing by default. */
export class NetworkContext extends Context {
  /** A wake-up is on its way. */
  woken: bool = false;

  constructor(id: u32, root: RootContext) { super(id, root); }

  /**
   * Action.Pause: the next filter does not hear of the connection before data is passed on. Envoy quirk: tcp_proxy reads nothing
   * before it has heard of it, unless it has `max_early_data_bytes`: then no data comes and nothing ends the pause.
   */
  onNewConnection(): Action { return Action.Continue; }
  /** Bytes from the client, in Buffer.Downstream. With Action.Pause they stay there and more are added. */
  onDownstreamData(size: i32, end: bool): Action { return Action.Continue; }
  /**
   * Bytes from the next filter to the client, in Buffer.Upstream. Pushing from here is refused. Envoy quirk: with
   * Action.Pause they come again with the next ones, and nothing can resume them before.
   */
  onUpstreamData(size: i32, end: bool): Action { return Action.Continue; }
  onDownstreamClose(peer: Peer): void {}
  /** Envoy quirk: called only when the next filter ends its side, after `onUpstreamData` with `end`; peer is Unknown. */
  onUpstreamClose(peer: Peer): void {}
  /** From the event loop after `wake`: the one place besides onDownstreamData where `push` works. */
  onWake(): void {}

  /** Asks for `onWake` from the event loop; asking again before it came is one wake-up. */
  wake(): void {
    if (this.woken || this.root.wakeQueue == 0) return;
    this.woken = enqueueWord(this.root.wakeQueue, this.id);
  }

  /** Hands bytes to the next filter in place of what the client sent. False where it is not allowed: then `wake`. */
  push(at: usize, length: i32): bool { return push(this.id, at, length); }

  /** Hands on what the client sent and the filter paused. False where it is not allowed: then `wake`. */
  resume(): bool { return continueDownstream(this.id); }
}

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
