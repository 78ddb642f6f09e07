import type { Connection } from "./connection.ts";
import type { HttpStream } from "./http/stream.ts";
import { Properties } from "./properties.ts";

/** What the guest knows by a number: a root (one plugin configuration) or a stream (a client connection or a request). */
export interface Context {
  readonly id: number;
  readonly root: Root;
  readonly properties: Properties;
  readonly connection: Connection | null;
  readonly http: HttpStream | null;
  /** It has ended; its number answers for a moment longer. */
  readonly closed: boolean;
  /** The VM died: what the client sees of it. */
  fail(): void;
}

/** One plugin configuration. */
export class Root implements Context {
  readonly root: Root = this;
  readonly connection = null;
  readonly http = null;
  readonly properties: Properties;
  closed = false;
  /** Milliseconds between ticks, 0: none. */
  tickPeriod = 0;
  /** When the next tick is due, in ns. */
  tickDue = 0n;
  /** `proxy_on_done` returned 0: only `proxy_done` ends it. */
  pendingDone = false;

  /** The id changes when a new VM takes the place of a dead one. */
  constructor(public id: number, readonly config: string, parent: Properties) {
    this.properties = new Properties(parent);
  }

  fail(): void { this.tickPeriod = 0; }
}
