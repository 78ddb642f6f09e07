import { Json } from "../../bytes/json";
import { Problems } from "../../bytes/problems";
import { Cluster } from "../cluster";
import { clusterOf } from "../config";
import { randomBelow } from "../scratch";
import { Service } from "../service";

const ALL: u32 = 1_000_000;

/** A cluster that gets copies of a share of a route's requests, in millionths. */
@final
export class Mirror {
  constructor(public cluster: Cluster, private share: u32) {}

  hits(): bool { return this.share >= ALL || randomBelow(ALL) < this.share; }
}

export function readMirrors(route: Json, service: Service, problems: Problems): Mirror[] {
  const mirrors: Mirror[] = [], list = problems.list(route, "mirrors");
  for (let i = 0; i < list.length; i++) {
    const item = list[i];
    if (!problems.isObject(item)) return mirrors;
    problems.unknownFields(item, ["cluster", "share"]);
    const name = problems.needText(item, "cluster"), share = <u32>problems.int(item, "share", ALL, 0, ALL);
    if (service.inline) problems.report(item.path(), 'found a mirror, which needs "upstream": "lanes"');
    if (share > 0 && problems.ok) mirrors.push(new Mirror(clusterOf(service, name), share));
  }
  return mirrors;
}
