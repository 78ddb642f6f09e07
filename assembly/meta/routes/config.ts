/** Reads `routes` of the plugin configuration. */
import { Json } from "../../bytes/json";
import { Problems } from "../../bytes/problems";
import { utf8Bytes } from "../../bytes/utf8";
import { KeyAsker } from "../chain";
import { Balance } from "../cluster";
import { Codec, Direction } from "../codec";
import { clusterOf } from "../config";
import { Failure, Reason } from "../failure";
import { editOf } from "../keys";
import { Change, Mutation } from "../mutation";
import { Service } from "../service";
import { readCondition } from "./condition";
import { Route } from "./table";

export function readRoutes(json: Json, service: Service, keys: KeyAsker, problems: Problems): void {
  const routes = problems.list(json, "routes");
  for (let i = 0; i < routes.length; i++) {
    const item = routes[i];
    if (!problems.isObject(item)) return;
    problems.unknownFields(item, ["name", "match", "cluster", "clusters", "hash", "timeoutMs", "request", "response"]);
    const route = new Route(problems.text(item, "name"));
    route.condition = readCondition(item.get("match"), keys, problems);
    readDestination(item, route, service, problems);
    readHash(item, route, keys, problems);
    route.timeoutMs = <i32>problems.int(item, "timeoutMs", 0, 0, 86_400_000);
    if (route.timeoutMs > 0) {
      service.hasTimeouts = true;
      service.tickMs = min(service.tickMs, max(10, route.timeoutMs >> 3));
    }
    route.request = readMutation(item, "request", Direction.Request, keys.codec, problems);
    route.response = readMutation(item, "response", Direction.Response, keys.codec, problems);
    const changes = route.request;
    if (changes) route.cannotChange = new Failure(Reason.BadRequest, cannotChange(changes, keys.codec.traits.settableIn));
    service.routes.routes.push(route);
  }
}

function readDestination(item: Json, route: Route, service: Service, problems: Problems): void {
  const kind = problems.exactlyOne(item, ["cluster", "clusters"]);
  if (kind == "cluster") {
    route.clusters.push(clusterOf(service, problems.needText(item, "cluster")));
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
    route.clusters.push(clusterOf(service, name));
    route.shares.push(<u32>sum);
  }
  if (sum == 0) problems.report(item.path() + ".clusters", "found no weight above 0, allowed: weights whose sum is above 0");
  if (sum > <i64>u32.MAX_VALUE) problems.report(item.path() + ".clusters", "found weights whose sum is too large");
}

function readHash(item: Json, route: Route, keys: KeyAsker, problems: Problems): void {
  const names = problems.texts(item, "hash");
  for (let i = 0; i < names.length; i++) {
    route.hashSlots.push(keys.request(item.path() + ".hash[" + i.toString() + "]", names[i], problems));
  }
  if (names.length) return;
  for (let i = 0; i < route.clusters.length; i++) {
    if (route.clusters[i].balance != Balance.Hash) continue;
    problems.report(item.path() + ".hash", "missing, but cluster " + route.clusters[i].name + ' has "balance": "hash"');
  }
}

function readMutation(item: Json, name: string, direction: Direction, codec: Codec, problems: Problems): Mutation | null {
  const json = problems.object(item, name);
  if (!json) return null;
  problems.unknownFields(json, ["set", "append", "remove"]);
  const mutation = new Mutation();
  const removed = problems.texts(json, "remove");
  for (let i = 0; i < removed.length; i++) {
    addEdit(mutation, Change.Remove, json.path() + ".remove[" + i.toString() + "]", removed[i], "", direction, codec, problems);
  }
  addEdits(mutation, Change.Set, json, "set", direction, codec, problems);
  addEdits(mutation, Change.Append, json, "append", direction, codec, problems);
  return mutation.length ? mutation : null;
}

function cannotChange(changes: Mutation, settableIn: string): string {
  const names: string[] = [];
  for (let i = 0; i < changes.length; i++) {
    const edit = changes.at(i), name = String.UTF8.decodeUnsafe(edit.nameAt, edit.name.length);
    if (!names.includes(name)) names.push(name);
  }
  const text = "the request cannot carry the change of " + names.join(", ") + " that its route asks for";
  return settableIn.length ? text + ": only " + settableIn + " can" : text;
}

function addEdits(
  mutation: Mutation, change: Change, json: Json, name: string, direction: Direction, codec: Codec, problems: Problems,
): void {
  const values = problems.object(json, name);
  if (!values) return;
  for (let i = 0; i < values.names.length; i++) {
    if (!problems.isText(values.items[i])) return;
    addEdit(mutation, change, values.items[i].path(), values.names[i], values.items[i].text, direction, codec, problems);
  }
}

function addEdit(
  mutation: Mutation, change: Change, path: string, name: string, value: string, direction: Direction, codec: Codec, problems: Problems,
): void {
  const edit = editOf(codec, path, name, direction, problems), bytes = utf8Bytes(value);
  if (edit === null) return;
  edit.change = change;
  edit.setValue(changetype<usize>(bytes), bytes.length);
  mutation.add(edit);
}
