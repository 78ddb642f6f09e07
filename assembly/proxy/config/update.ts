import { Cluster } from "../cluster/cluster";
import { Codec } from "../../codec/codec";
import { DesiredConfig } from "./desired";
import { Listener } from "./listener";

/** A configuration that is being read: nothing in force is touched until all of it is known to be good. */
@final
export class ConfigUpdate extends DesiredConfig {
  private places: Map<string, i32> = new Map<string, i32>();

  /** `trial`: a codec that serves nobody, to try the options on. */
  constructor(public live: Listener, public trial: Codec) { super(); }

  get inline(): bool { return this.live.inline; }

  /** The cluster of a name. */
  cluster(name: string): Cluster | null { return this.places.has(name) ? this.clusters[this.places.get(name)] : null; }

  /** What a cluster is to be. */
  target(cluster: Cluster): Cluster { return this.targets[this.places.get(cluster.name)]; }

  /** A cluster that is to be as `target`, whose endpoints may come later. */
  add(target: Cluster): Cluster {
    const known = this.live.cluster(target.name), cluster = known ? known : target;
    this.places.set(target.name, this.clusters.push(cluster) - 1);
    this.targets.push(target);
    return cluster;
  }
}
