import { Json, JsonKind } from "../../bytes/json";
import { Cluster } from "../cluster/cluster";
import { Limits } from "../runtime/limits";
import { ConfigSnapshot } from "./snapshot";

/** What a listener is to be: all of a configuration that connections see. */
export class DesiredConfig {
  rules: ConfigSnapshot = new ConfigSnapshot();
  limits: Limits = new Limits();
  options: Json = new Json(JsonKind.Object);
  rawCalls: bool = false;
  opaqueCluster: Cluster | null = null;
  /** Clusters by name: those that are known already, and new ones; and beside each what it is to be. */
  clusters: Cluster[] = [];
  targets: Cluster[] = [];
}
