import { Cluster } from "../cluster/cluster";
import { EndpointWindow } from "../cluster/endpointWindow";
import { Lane } from "./lane";

/** One connection's lanes to one cluster, by endpoint. */
@final
export class ClusterLanes extends EndpointWindow {
  lanes: StaticArray<Lane | null>;
  /** Of the cluster's endpoints, that this was made for. */
  private version: u32;

  constructor(cluster: Cluster, maxLanes: i32) {
    super(cluster, maxLanes);
    this.version = cluster.version;
    this.lanes = new StaticArray<Lane | null>(cluster.endpoints.length);
  }

  /** The cluster's endpoints may have changed: lanes stay with theirs. */
  follow(maxLanes: i32): void {
    if (this.version == this.cluster.version) return;
    this.version = this.cluster.version;
    const before = this.lanes;
    this.lanes = new StaticArray<Lane | null>(this.cluster.endpoints.length);
    for (let i = 0; i < before.length; i++) {
      const lane = before[i];
      if (lane && lane.slot >= 0) this.lanes[lane.slot] = lane;
    }
    this.widen(maxLanes);
  }

  openOn(slot: i32): i32 {
    const lane = this.lanes[slot];
    return lane ? lane.open : 0;
  }
}
