import { NetworkContext } from "./network";

/**
 * One plugin configuration on one thread. Envoy also makes one on its main thread. An update makes a new root in the
 * same VM while old connections keep theirs, so configuration lives here and never in module globals.
 */
export abstract class RootContext {
  /** Queue whose messages wake connections of this root; 0 until configured. */
  wakeQueue: u32 = 0;
  constructor(public id: u32) {}

  /** The plugin's configuration. Null: taken; otherwise one line that says what is wrong, and Envoy refuses it. */
  onConfigure(configuration: string): string | null { return null; }
  /** Called at the period set by `setTickPeriod`. */
  onTick(): void {}
  /** A client has connected. */
  abstract createNetworkContext(id: u32): NetworkContext;
  /** The configuration is gone and so are all its connections. */
  onDelete(): void {}
}
