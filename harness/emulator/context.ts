import type { Connection } from "./connection.ts";
import { Properties } from "./properties.ts";

/** What the guest knows by a number: a root (one plugin configuration) or a stream (one client connection). */
export interface Context {
  id: number;
  root: Root;
  properties: Properties;
  connection: Connection | null;
}

/** One plugin configuration. */
export class Root implements Context {
  readonly root: Root = this;
  readonly connection = null;
  readonly properties: Properties;
  /** Milliseconds between ticks, 0: none. */
  tickPeriod = 0;
  /** When the next tick is due, in ns. */
  tickDue = 0n;

  constructor(readonly id: number, readonly config: string, parent: Properties) {
    this.properties = new Properties(parent);
  }
}
