import { Action, Peer } from "../env/enums";
import { enqueueWord } from "../host/queue";
import { push } from "../host/stream";
import { RootContext } from "./root";

/** One client connection. Callbacks do nothing by default. */
export abstract class NetworkContext {
  /** A wake-up is on its way. */
  woken: bool = false;

  constructor(public id: u32, public root: RootContext) {}

  onNewConnection(): Action { return Action.Continue; }
  /** Bytes from the client, in Buffer.Downstream. With Action.Pause they stay there and more are added. */
  onDownstreamData(size: i32, end: bool): Action { return Action.Continue; }
  /** Bytes from the next filter to the client, in Buffer.Upstream. Pushing from here is refused. */
  onUpstreamData(size: i32, end: bool): Action { return Action.Continue; }
  onDownstreamClose(peer: Peer): void {}
  /** From the event loop after `wake`: the one place besides onDownstreamData where `push` works. */
  onWake(): void {}
  /** Last call; the connection is gone. */
  onDelete(): void {}

  /** Asks for `onWake` from the event loop; asking again before it came is one wake-up. */
  wake(): void {
    if (this.woken || this.root.wakeQueue == 0) return;
    this.woken = enqueueWord(this.root.wakeQueue, this.id);
  }

  /** Hands bytes to the next filter in place of what the client sent. False where it is not allowed: then `wake`. */
  push(at: usize, length: i32): bool { return push(this.id, at, length); }
}
