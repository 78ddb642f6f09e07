import { Cluster } from "../cluster/cluster";
import { hits } from "../runtime/fraction";

/** A cluster that gets copies of a share of a route's requests, in millionths. */
@final
export class Mirror {
  constructor(public cluster: Cluster, private share: i32) {}

  hits(): bool { return hits(this.share); }
}
