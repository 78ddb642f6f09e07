import { enqueueWord } from "../host/queue";
import { HttpContext } from "./http";
import { NetworkContext } from "./network";

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
