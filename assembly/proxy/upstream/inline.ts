import { Buffer } from "../../env/enums";
import { setFilterState } from "../../host/filterstate";
import { Cluster } from "../cluster/cluster";
import { ClusterLanes } from "./clusterLanes";
import { Exchange } from "../exchange/exchange";
import { Failure, UPSTREAM_RESET } from "../../codec/failure";
import { Outlet } from "../runtime/spliceBuffer";
import { clientIn } from "../runtime/callbackBuffers";
import { Lane, LaneState, NO_WINDOW } from "./lane";
import { Upstream } from "./upstream";

/** Where tcp_proxy looks for its cluster when it gets the connection's first bytes. */
const CLUSTER_KEY: string = "envoy.tcp_proxy.cluster";

/** One for the VM: callbacks do not nest. */
const output: Outlet = new Outlet(Buffer.Downstream, clientIn);

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
    output.mayHand = !this.connection.hasEnded;
  }

  finish(ring: bool): Outlet {
    const pipe = this.pipe;
    if (pipe === null) return output;
    const withheld = this.connection.isWithheld;
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
    const pipe = this.pipe, service = this.connection.service;
    if (pipe) return pipe;
    const fallback = service.rules.routes.fallback;
    if (fallback === null && service.clusters.length == 0) return null;
    return this.open(fallback ? fallback.clusters[0] : service.clusters[0]);
  }

  follow(): void {
    const pipe = this.pipe, service = this.connection.service;
    if (pipe && pipe.rules !== service.rules && service.limits.drainOnRouteChange) this.connection.endBehind();
  }

  bound(): Lane | null { return this.pipe; }

  send(lane: Lane, at: usize, length: i32): void { if (length > 0) lane.send(at, length); }
  write(lane: Lane, at: usize, length: i32): void { output.bytes(at, length); }
  sendToOthers(one: Lane, at: usize, length: i32, x: Exchange): void {}

  feed(at: usize, length: i32): bool {
    const pipe = this.any();
    return pipe !== null && pipe.receive(at, length);
  }

  /** The server says that it goes: it is for the client to go elsewhere. */
  drain(lane: Lane, leaving: bool): void {
    const connection = this.connection;
    lane.draining = true;
    connection.service.codec.goodbye(connection.wire, connection.client.local());
  }

  feedEnd(): bool {
    const pipe = this.pipe;
    // What cannot be read may go on the other way.
    return pipe === null || pipe.isRaw || this.breakLane(pipe, UPSTREAM_RESET);
  }

  breakLane(lane: Lane, failure: Failure): bool {
    lane.end();
    let x = lane.oldest;
    while (x) {
      if (!this.connection.fail(x, failure)) return false;
      x = lane.oldest;
    }
    this.connection.endSoon();
    return this.connection.client.owner !== lane;
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
    const pipe = new Lane(0, cluster.endpoints[0], new ClusterLanes(cluster, 1), this.connection, NO_WINDOW);
    pipe.state = LaneState.Open;
    pipe.keepTo(this.connection.service.rules);
    this.pipe = pipe;
    if (cluster.name.length) setFilterState(CLUSTER_KEY, cluster.name);
    this.connection.service.stats.lanesOpened.add();
    return pipe;
  }
}
