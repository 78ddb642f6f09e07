import type { Bytes } from "./bytes.ts";
import type { Half } from "./http/half.ts";
import type { LocalReply } from "./http/localreply.ts";
import { Properties } from "./properties.ts";

export type FilterState = Map<string, { value: string; span: number }>;

/** A client connection, as host calls see it: a `Connection`. */
export interface ConnectionSide {
  readonly downstreamBuffer: Bytes | null;
  readonly upstreamBuffer: Bytes | null;
  readonly filterState: FilterState;
  readonly closed: boolean;
  readonly waiting: number;
  passOn(): void;
  close(by: number): void;
}

/** A request, as host calls see it: an `HttpStream`. */
export interface HttpSide {
  readonly request: Half;
  readonly response: Half;
  readonly filterState: FilterState;
  readonly logging: boolean;
  readonly endOfStream: boolean;
  routesCleared: number;
  abort(why?: string): void;
  answer(reply: LocalReply): void;
}

/** What the guest knows by a number: a root (one plugin configuration) or a stream (a client connection or a request). */
export interface Context {
  readonly id: number;
  readonly root: Root;
  readonly properties: Properties;
  readonly connection: ConnectionSide | null;
  readonly http: HttpSide | null;
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
