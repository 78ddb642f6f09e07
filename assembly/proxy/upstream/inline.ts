import { Buffer } from "../../env/enums";
import { setFilterState } from "../../host/filterstate";
import { Cluster } from "../cluster/cluster";
import { ClusterLanes } from "./clusterLanes";
import { Exchange } from "../exchange/exchange";
import { Failure, UPSTREAM_RESET } from "../../codec/failure";
import { SpliceBuffer } from "../runtime/spliceBuffer";
import { clientIn } from "../runtime/callbackBuffers";
import { Lane, NO_WINDOW } from "./lane";
import { LaneState, LaneStream } from "./laneStream";
import { Upstream } from "./upstream";

/** Where tcp_proxy looks for its cluster when it gets the connection's first bytes. */
const CLUSTER_KEY: string = "envoy.tcp_proxy.cluster";

/** One for the VM: callbacks do not nest. */
const output: SpliceBuffer = new SpliceBuffer(Buffer.Downstream, clientIn);

/**
 * The one connection to a server that the tcp_proxy behind the filter makes. The first request says where it leads;
 * Envoy itself holds up a client that is faster than the server.
 */
@final
export class Inline extends Upstream {
  private pipe: Lane | null = null;

  isInline(): bool { return true; }
  isHeld(): bool { return false; }
  begin(): void {
    output.reset();
    // Behind the client's end all may have to wait for what a filter holds.
    output.mayHand = !this.client.inputHasEnded();
  }

  finish(probe: bool): SpliceBuffer {
    const pipe = this.pipe;
    if (pipe === null) return output;
    const withheld = this.client.withholds();
    if (!withheld) pipe.flush();
    else if (output.length > 0) {
      const waiting = output.writer();
      pipe.queue(waiting.base, waiting.length);
    }
    // Envoy's own back-pressure stands for a window.
    pipe.giveBack(output.length);
    if (withheld) output.reset();
    return output;
  }

  pick(cluster: Cluster, hash: u64): Lane | null {
    const pipe = this.pipe;
    if (pipe === null) return this.open(cluster);
    return pipe.home.cluster === cluster ? pipe : null;
  }

  any(): Lane | null {
    const pipe = this.pipe;
    if (pipe) return pipe;
    const cluster = this.listener.anyCluster();
    return cluster ? this.open(cluster) : null;
  }

  follow(): void {
    const pipe = this.pipe, service = this.listener;
    if (pipe && pipe.rules !== service.rules && service.limits.drainOnRouteChange) this.client.endBehind();
  }

  bound(): Lane | null { return this.pipe; }

  send(lane: LaneStream, at: usize, length: i32): void { if (length > 0) changetype<Lane>(lane).send(at, length); }
  write(lane: LaneStream, at: usize, length: i32): void { output.bytes(at, length); }
  sendToOthers(one: Lane, at: usize, length: i32, x: Exchange): void {}

  feed(at: usize, length: i32): bool {
    const pipe = this.any();
    return pipe !== null && pipe.receive(at, length);
  }

  /** The server says that it goes: it is for the client to go elsewhere. */
  drain(lane: LaneStream, leaving: bool): void {
    lane.draining = true;
    this.listener.codec.goodbye(this.wire, this.sink.local());
  }

  feedEnd(): bool {
    const pipe = this.pipe;
    // What cannot be read may go on the other way.
    return pipe === null || pipe.isRaw || this.breakLane(pipe, UPSTREAM_RESET);
  }

  breakLane(stream: LaneStream, failure: Failure): bool {
    const lane = changetype<Lane>(stream);
    lane.end();
    let x = lane.oldest;
    while (x) {
      if (!this.client.fail(x, failure)) return false;
      x = lane.oldest;
    }
    this.client.endSoon();
    return !this.sink.isOwnedBy(stream);
  }

  tick(): bool { return true; }

  free(): void {
    const pipe = this.pipe;
    if (pipe) pipe.end();
  }

  fullest(): Lane | null {
    const pipe = this.pipe;
    return pipe && pipe.waiting > 0 ? pipe : null;
  }

  private open(cluster: Cluster): Lane {
    const pipe = new Lane(0, cluster.endpoints[0], new ClusterLanes(cluster, 1), this, NO_WINDOW);
    pipe.state = LaneState.Open;
    pipe.keepTo(this.listener.rules);
    this.pipe = pipe;
    if (cluster.name.length) setFilterState(CLUSTER_KEY, cluster.name);
    this.listener.stats.lanesOpened.add();
    return pipe;
  }
}
