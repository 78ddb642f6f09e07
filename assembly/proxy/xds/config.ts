import { Json } from "../../bytes/json";
import { Problems } from "../../bytes/problems";

/** Where further configurations of a listener come from: docs/config.md, `rds`. */
@final
export class XdsConfig {
  /** Envoy's cluster of the server, and the name to ask it for. */
  cluster: string = "";
  resource: string = "";
  /** How long requests wait for the first one. */
  waitMs: i32 = 5000;
  /** Key of requests that names services which are asked for when first used; empty: none are. */
  onDemand: string = "";
}

export function readFeed(json: Json, problems: Problems): XdsConfig | null {
  const rds = problems.object(json, "rds");
  if (!rds) return null;
  const feed = new XdsConfig();
  problems.unknownFields(rds, ["cluster", "resource", "waitMs", "onDemand", "absent"]);
  feed.cluster = problems.needText(rds, "cluster");
  feed.resource = problems.needText(rds, "resource");
  feed.waitMs = <i32>problems.int(rds, "waitMs", 5000, 0, 600_000);
  feed.onDemand = problems.text(rds, "onDemand");
  return feed;
}
