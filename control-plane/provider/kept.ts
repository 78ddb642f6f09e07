import { Recall } from "./dubbo/recall.ts";
import type { Registry, RegistryListener } from "./dubbo/registry.ts";
import { Keep } from "./keep.ts";
import { Pace } from "./pace.ts";

/** A registry that is followed as long as it can be reached, and from the beginning each time that it can be reached again. */
export abstract class KeptRegistry implements Registry {
  readonly name: string;
  private keep: Keep | undefined;
  private recall: Recall | undefined;

  /** `relearnMs`: how long it takes until a registry that lost its memory knows all servers again; 0: it has them on disk. */
  constructor(readonly scheme: string, servers: string, readonly label: string, private readonly relearnMs = 0) { this.name = `${scheme} ${servers}`; }

  start(listener: RegistryListener): Promise<void> {
    this.recall = this.relearnMs > 0 ? new Recall(listener, this.relearnMs) : undefined;
    const told = this.recall ?? listener;
    this.keep = new Keep((signal) => this.live(told, signal), (why) => told.failed(why));
    this.keep.start();
    return Promise.resolve();
  }

  async stop(): Promise<void> {
    await this.keep?.stop();
    this.recall?.stop();
  }

  /** Tells soon, once for several changes in a row. */
  protected soon(listener: RegistryListener, tell: () => void): Pace { return new Pace(tell, (error) => listener.failed(`cannot be determined: ${error.message}`)); }

  /** Follows it until it cannot be followed, and resolves with why, or until the signal is given. */
  protected abstract live(listener: RegistryListener, signal: AbortSignal): Promise<string>;
}
