import { Cluster } from "../cluster/cluster";
import { EndpointWindow } from "../cluster/endpointWindow";
import { LaneStream } from "./laneStream";

/** One connection's lanes to one cluster, by endpoint. */
@final
export class ClusterLanes extends EndpointWindow {
  lanes: StaticArray<LaneStream | null>;
  /** Of the cluster's endpoints, that this was made for. */
  private version: u32;

  constructor(cluster: Cluster, maxLanes: i32) {
    super(cluster, maxLanes);
    this.version = cluster.version;
    this.lanes = new StaticArray<LaneStream | null>(cluster.endpoints.length);
  }

  /** The cluster's endpoints may have changed: lanes stay with theirs. */
  follow(maxLanes: i32): void {
    if (this.version == this.cluster.version) return;
    this.version = this.cluster.version;
    const before = this.lanes;
    this.lanes = new StaticArray<LaneStream | null>(this.cluster.endpoints.length);
    for (let i = 0; i < before.length; i++) {
      const lane = before[i];
      if (lane && lane.endpoint.slot >= 0) this.lanes[lane.endpoint.slot] = lane;
    }
    this.widen(maxLanes);
  }

  openOn(slot: i32): i32 {
    const lane = this.lanes[slot];
    return lane ? lane.open : 0;
  }
}
