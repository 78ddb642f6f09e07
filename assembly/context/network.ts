import { Action, Peer } from "../env/enums";
import { enqueueWord } from "../host/queue";
import { continueDownstream, push } from "../host/stream";
import { Context } from "./context";
import { RootContext } from "./root";

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
