import { Json } from "../../bytes/json";
import { Problems } from "../../bytes/problems";
import { Mirror } from "../route/mirror";
import { readFraction } from "../runtime/fraction";
import { clusterOf } from "./clusters";
import { ConfigUpdate } from "./update";

/** Reads `mirrors` of a route. */
export function readMirrors(route: Json, update: ConfigUpdate, problems: Problems): Mirror[] {
  const mirrors: Mirror[] = [], list = problems.list(route, "mirrors");
  for (let i = 0; i < list.length; i++) {
    const item = list[i];
    if (!problems.isObject(item)) return mirrors;
    problems.unknownFields(item, ["cluster", "share"]);
    const name = problems.needText(item, "cluster"), share = readFraction(item, "share", problems);
    if (update.inline) problems.report(item.path(), 'found a mirror, which needs "upstream": "lanes"');
    if (share > 0 && problems.ok) mirrors.push(new Mirror(clusterOf(update, name), share));
  }
  return mirrors;
}
