/** Reads `routes` of the plugin configuration. */
import { Json } from "../../bytes/json";
import { Problems } from "../../bytes/problems";
import { KeyResolver } from "../match/keyResolver";
import { HeaderMutation, readHeaderMutation } from "../filter/headerMutation";
import { Balance } from "../cluster/cluster";
import { Direction } from "../../codec/enums";
import { clusterOf } from "./clusters";
import { ConfigUpdate } from "./update";
import { Failure, Reason } from "../../codec/failure";
import { MIRROR_MS } from "../runtime/limits";
import { readCondition } from "../match/condition";
import { readMirrors } from "./mirrors";
import { readRetries } from "../route/retryPolicy";
import { Route } from "../route/table";

export function readRoutes(json: Json, update: ConfigUpdate, keys: KeyResolver, problems: Problems): void {
  const routes = problems.list(json, "routes");
  for (let i = 0; i < routes.length; i++) {
    const item = routes[i];
    if (!problems.isObject(item)) return;
    problems.unknownFields(item, ["name", "match", "cluster", "clusters", "hash", "timeoutMs", "retries", "mirrors", "request", "response"]);
    const route = new Route(problems.text(item, "name"));
    route.condition = readCondition(item.get("match"), keys, problems);
    readDestination(item, route, update, problems);
    readHash(item, route, update, keys, problems);
    route.timeoutMs = <i32>problems.int(item, "timeoutMs", 0, 0, 86_400_000);
    if (route.timeoutMs > 0) update.rules.expires(route.timeoutMs);
    const retries = readRetries(item, problems);
    if (retries && retries.perTryMs > 0) update.rules.expires(retries.perTryMs);
    if (retries && update.inline) problems.report(item.path() + ".retries", 'found retries, which need "upstream": "lanes"');
    route.retries = retries;
    route.mirrors = readMirrors(item, update, problems);
    if (route.mirrors.length) update.rules.expires(MIRROR_MS);
    route.request = readHeaderMutation(item, "request", Direction.Request, keys, problems);
    route.response = readHeaderMutation(item, "response", Direction.Response, keys, problems);
    const changes = route.request;
    if (changes) route.cannotChange = new Failure(Reason.BadRequest, cannotChange(changes, keys.codec.traits.settableIn));
    update.rules.routes.routes.push(route);
  }
  update.rules.routes.seal();
}

function readDestination(item: Json, route: Route, update: ConfigUpdate, problems: Problems): void {
  const kind = problems.exactlyOne(item, ["cluster", "clusters"]);
  if (kind == "cluster") {
    route.clusters.push(clusterOf(update, problems.needText(item, "cluster")));
    route.shares.push(1);
    return;
  }
  const list = problems.list(item, "clusters");
  let sum: i64 = 0;
  for (let i = 0; i < list.length; i++) {
    if (!problems.isObject(list[i])) return;
    problems.unknownFields(list[i], ["name", "weight"]);
    const name = problems.needText(list[i], "name"), weight = problems.needInt(list[i], "weight", 0, 1 << 20);
    if (weight == 0) continue;
    sum += weight;
    route.clusters.push(clusterOf(update, name));
    route.shares.push(<u32>sum);
  }
  if (sum == 0) problems.report(item.path() + ".clusters", "found no weight above 0, allowed: weights whose sum is above 0");
  if (sum > <i64>u32.MAX_VALUE) problems.report(item.path() + ".clusters", "found weights whose sum is too large");
}

function readHash(item: Json, route: Route, update: ConfigUpdate, keys: KeyResolver, problems: Problems): void {
  const names = problems.texts(item, "hash");
  for (let i = 0; i < names.length; i++) {
    route.hashSlots.push(keys.request(item.path() + ".hash[" + i.toString() + "]", names[i], problems));
  }
  if (names.length) return;
  for (let i = 0; i < route.clusters.length; i++) {
    if (update.target(route.clusters[i]).balance != Balance.Hash) continue;
    problems.report(item.path() + ".hash", "missing, but cluster " + route.clusters[i].name + ' has "balance": "hash"');
  }
}

function cannotChange(changes: HeaderMutation, settableIn: string): string {
  const text = "the request cannot carry the change of " + changes.names().join(", ") + " of its route";
  return settableIn.length ? text + ": only " + settableIn + " can" : text;
}
