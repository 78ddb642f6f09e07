/** A case of the parity suite: what the module does, what a client and the servers do, the same on Envoy and on the emulator. */

export type Arg = string | number | boolean | [string, string][];
/** A call of the guest's (tests/guests/hostcalls) and its arguments. */
export type Step = [string, ...Arg[]];
export type Pairs = [string, string][];

export interface Case {
  name: string;
  /** What stands in front of the server: a network filter, an HTTP filter, or the configuration alone. */
  kind: "network" | "http" | "root";
  /** Steps by callback; `NAME#2` are those of its second time. */
  on: Record<string, Step[]>;
  /** A VM of its own, with its name as VM configuration; otherwise cases share one on Envoy. */
  ownVm?: boolean;
  /** Peers speak HTTP/2 with METADATA frames. */
  metadata?: boolean;
  /** The VM may die: a new one takes its place. */
  reload?: boolean;
  /** Other cases whose listeners stand in the same VM are not disturbed. Returns what clients saw. */
  drive?(peer: Peer): Promise<unknown>;
}

export interface Answer { status: number; headers: Pairs; body: string; trailers: Pairs; /** Ended before its end. */ reset: boolean }

export interface Request {
  method?: string;
  path?: string;
  headers?: Pairs;
  /** Pieces; before a piece that is a list, the lines of the module that it names must have come. */
  body?: (string | string[])[];
  trailers?: Pairs;
  /** In a METADATA frame behind the headers. */
  metadata?: Pairs;
  /** Do not wait for the answer: go away once these lines have come. */
  leaveAfter?: string[];
}

/** A client's connection to a listener with a network filter. */
export interface Client {
  write(text: string): Promise<void>;
  /** Half-closes. */
  end(): Promise<void>;
  /** Goes away at once: a reset. */
  destroy(): Promise<void>;
  /** All that came back until the other side closed it; then this side closes as well. */
  closed(): Promise<string>;
  /** What comes back first; "" if the connection is closed instead. */
  first(): Promise<string>;
  /** Once so much has come back: all so far. */
  read(length: number): Promise<string>;
}

/** What a case's `drive` acts through. */
export interface Peer {
  connect(): Promise<Client>;
  request(request?: Request): Promise<Answer>;
  /** Waits until the module has said these lines (or longer ones), in this order. */
  lines(...lines: string[]): Promise<void>;
  /** Lets the time go on; the emulator's stands still otherwise. */
  pass(ms: number): Promise<void>;
}

/** All that can be seen of a case. */
export interface Transcript {
  /** What the module said, in its order. */
  lines: string[];
  /** What clients saw. */
  seen: unknown;
  /** Requests that servers got. */
  served: unknown[];
}
