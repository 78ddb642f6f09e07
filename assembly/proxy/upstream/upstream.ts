import { Cluster } from "../cluster/cluster";
import { Exchange } from "../exchange/exchange";
import { Failure } from "../../codec/failure";
import { SpliceBuffer } from "../runtime/spliceBuffer";
import { Lane } from "./lane";
import { LaneClient, LaneOwner, ResponseSink } from "./laneStream";
import { Correlation } from "../exchange/correlation";
import { ListenerState } from "../exchange/listenerState";
import { Session, Wire } from "../../codec/wire";

/**
 * How the frames of one client connection reach servers. Two kinds: lanes, HTTP/2 CONNECT streams to the connection
 * manager behind the filter, and inline, the one connection of the tcp_proxy behind it.
 */
export abstract class Upstream extends LaneOwner {
  /** The next filter is about to close the connection: when it said so, 0: it has not. */
  goingAwaySince: u64 = 0;

  /** `wire`: the client's. */
  constructor(client: LaneClient, listener: ListenerState, session: Session, protected wire: Wire, correlation: Correlation, sink: ResponseSink) {
    super(client, listener, session, correlation, sink);
  }

  /** True if the filter shares one stream of bytes with a server: what it answers itself takes a carrier. */
  abstract isInline(): bool;
  /** True while the client's bytes must wait for a server to take some. */
  abstract isHeld(): bool;
  /** Begins a push, before the client's bytes are read. */
  abstract begin(): void;
  /** Ends a push: what goes to the next filter, empty if nothing does; `probe`: the filter has bytes for the client. */
  abstract finish(probe: bool): SpliceBuffer;
  /** The lane for a request, opened if need be; null: this connection cannot lead there. */
  abstract pick(cluster: Cluster, hash: u64): Lane | null;
  /** A lane for bytes that cannot be read, of which no server has got anything yet; null: this connection cannot lead there. */
  openRaw(cluster: Cluster): Lane | null { return this.pick(cluster, 0); }
  /** A lane to the same cluster for a request that has failed on one before: to another endpoint, if there is one. */
  pickAgain(cluster: Cluster, hash: u64, before: Lane): Lane { return before; }
  /** Sends a copy of a request, whose answer is nobody's, to a cluster, if that costs the client nothing. False: it was not. */
  mirror(cluster: Cluster, x: Exchange, at: usize, length: i32, restAt: usize, rest: i32): bool { return false; }
  /** The only lane that this connection can have, once it has it; null: lanes are picked one by one. */
  bound(): Lane | null { return null; }
  /** A lane for a request that any server may answer. */
  abstract any(): Lane | null;
  /** Copies of a request of Kind.Setup, to all lanes but one: their answers are nobody's. */
  abstract sendToOthers(one: Lane, at: usize, length: i32, x: Exchange): void;
  /** Bytes of the next filter. False: the connection must close. */
  abstract feed(at: usize, length: i32): bool;
  /** The next filter will send no more. False: the connection must close. */
  abstract feedEnd(): bool;
  /** Coarse timeouts. False: the connection must close. */
  abstract tick(): bool;
  /** The client has gone: what it had left is run without it, or counted as lost. */
  leaveBehind(): void {}
  /** Gives all memory back. */
  abstract free(): void;

  /** Another configuration is in force: its clusters, and their endpoints, may be others. */
  follow(): void {}
  attend(): void { this.client.wake(); }
  /** No lane can be used any more. False: the connection must close. */
  breakAll(failure: Failure): bool { return true; }
  /** The lane that keeps the most bytes from a server that does not take them; null: none does. */
  abstract fullest(): Lane | null;
}
