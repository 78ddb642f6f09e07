import type { Registry, RegistryListener } from "./dubbo/registry.ts";
import { Keep } from "./keep.ts";

/** A registry that is followed as long as it can be reached, and from the beginning each time that it can be reached again. */
export abstract class KeptRegistry implements Registry {
  readonly name: string;
  private keep: Keep | undefined;

  constructor(readonly scheme: string, servers: string, readonly label: string) { this.name = `${scheme} ${servers}`; }

  start(listener: RegistryListener): Promise<void> {
    this.keep = new Keep((signal) => this.live(listener, signal), (why) => listener.failed(why));
    this.keep.start();
    return Promise.resolve();
  }

  async stop(): Promise<void> { await this.keep?.stop(); }

  /** Follows it until it cannot be followed, and resolves with why, or until the signal is given. */
  protected abstract live(listener: RegistryListener, signal: AbortSignal): Promise<string>;
}
