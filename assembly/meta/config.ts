/** Reads the plugin configuration of docs/config.md into a Service, or says in one line what is wrong with it. */
import { Json, JsonKind, parseJson } from "../bytes/json";
import { Problems } from "../bytes/problems";
import { createFilter, filterNames, isAmbiguous } from "./chain";
import { readBreaker } from "./breaker";
import { Balance, Cluster, Endpoint, HASH_START, hashBytes } from "./cluster";
import { Direction } from "./codec";
import { MAX_FILTERS } from "./filters";
import { Keys } from "./keys";
import { codecNames, createCodec } from "./registry";
import { readCondition } from "./routes/condition";
import { readRoutes } from "./routes/config";
import { Route } from "./routes/table";
import { MAX_CONNECTIONS, Service } from "./service";
import { Stats } from "./stats";
import { writeHeader } from "./upstream/lanes/hpack";

const MAX_MS: i64 = 86_400_000;

/** Either `service`, or `error`. */
@final
export class ServiceResult {
  constructor(public service: Service | null, public error: string) {}
}

export function readService(text: string): ServiceResult {
  const parsed = parseJson(text);
  const json = parsed.value;
  if (!json) return new ServiceResult(null, "plugin configuration: " + parsed.error);
  const problems = new Problems();
  const service = readTop(json, problems);
  return problems.ok ? new ServiceResult(service, "") : new ServiceResult(null, problems.error);
}

function readTop(json: Json, problems: Problems): Service | null {
  if (!problems.isObject(json)) return null;
  problems.unknownFields(json, [
    "codec", "options", "upstream", "service", "defaultCluster", "opaque", "limits", "clusters", "routes", "filters",
  ]);
  const name = problems.needText(json, "codec"), codec = createCodec(name);
  if (!codec) {
    problems.report("codec", 'found "' + name + '", allowed: ' + codecNames().join(", "));
    return null;
  }
  codec.protocol = name;
  const options = problems.object(json, "options");
  if (options) codec.configure(options, problems);
  const upstream = problems.oneOf(json, "upstream", ["lanes", "inline"], "lanes");
  if (upstream == "lanes" && !codec.traits.lanes) problems.report("upstream", 'found "lanes", which codec ' + name + " cannot serve");
  if (upstream == "inline" && !codec.traits.inline) problems.report("upstream", 'found "inline", which codec ' + name + " cannot serve");
  const service = new Service(codec, new Stats(name, problems.text(json, "service")));
  service.inline = upstream == "inline";
  readLimits(json, service, problems);
  readClusters(json, service, problems);
  const keys = new Keys(codec, service, problems.text(json, "service"));
  readFilters(json, service, keys, problems);
  readRoutes(json, service, keys, problems);
  readFallback(json, service, problems);
  service.filters.attach(service.routes, problems);
  keys.apply(service.requestFrame, Direction.Request);
  keys.apply(service.responseFrame, Direction.Response);
  return service;
}

function readLimits(json: Json, service: Service, problems: Problems): void {
  const limits = problems.object(json, "limits");
  if (!limits) return;
  problems.unknownFields(limits, ["laneOpenMs", "beatMs", "maxLanes", "laneMaxAgeMs", "maxOpen", "drainMs", "idleMs", "laneIdleMs", "connectionBytes", "vmBytes", "maxConnections"]);
  const all = service.limits;
  all.laneOpenMs = <i32>problems.int(limits, "laneOpenMs", all.laneOpenMs, 1, MAX_MS);
  all.beatMs = <i32>problems.int(limits, "beatMs", all.beatMs, 0, MAX_MS);
  all.maxLanes = <i32>problems.int(limits, "maxLanes", all.maxLanes, 1, 1024);
  all.laneMaxAgeMs = <i32>problems.int(limits, "laneMaxAgeMs", all.laneMaxAgeMs, 0, MAX_MS);
  all.connectionBytes = <i32>problems.int(limits, "connectionBytes", all.connectionBytes, 1 << 20, 1 << 29);
  all.vmBytes = <i32>problems.int(limits, "vmBytes", all.vmBytes, 1 << 24, 1 << 29);
  all.maxConnections = <i32>problems.int(limits, "maxConnections", all.maxConnections, 1, MAX_CONNECTIONS);
  all.maxOpen = <i32>problems.int(limits, "maxOpen", all.maxOpen, 1, 1 << 20);
  all.idleMs = <i32>problems.int(limits, "idleMs", 0, 0, MAX_MS);
  all.laneIdleMs = <i32>problems.int(limits, "laneIdleMs", 0, 0, MAX_MS);
  all.drainMs = <i32>problems.int(limits, "drainMs", all.drainMs, 1, MAX_MS);
}

function readClusters(json: Json, service: Service, problems: Problems): void {
  const clusters = problems.object(json, "clusters");
  if (!clusters) return;
  for (let i = 0; i < clusters.names.length; i++) {
    const item = clusters.items[i];
    if (!problems.isObject(item)) return;
    problems.unknownFields(item, ["endpoints", "balance", "limits", "outlier"]);
    const cluster = addCluster(service, clusters.names[i]);
    readBreaker(item, cluster, problems);
    const balance = problems.oneOf(item, "balance", ["roundRobin", "leastRequest", "random", "hash"], "roundRobin");
    cluster.balance = balance == "hash" ? Balance.Hash : balance == "random" ? Balance.Random
      : balance == "leastRequest" ? Balance.LeastRequest : Balance.RoundRobin;
    const endpoints = problems.list(item, "endpoints");
    if (endpoints.length) cluster.endpoints = [];
    for (let j = 0; j < endpoints.length; j++) {
      const endpoint = endpoints[j];
      if (!problems.isObject(endpoint)) return;
      problems.unknownFields(endpoint, ["address", "weight"]);
      addEndpoint(cluster, problems.needText(endpoint, "address"), <i32>problems.int(endpoint, "weight", 1, 1, 1 << 20));
    }
    cluster.prepare();
  }
}

/** The cluster of a name; one that `clusters` does not describe is left to Envoy's own choice of endpoint. */
export function clusterOf(service: Service, name: string): Cluster {
  for (let i = 0; i < service.clusters.length; i++) if (service.clusters[i].name == name) return service.clusters[i];
  return addCluster(service, name);
}

function addCluster(service: Service, name: string): Cluster {
  const cluster = new Cluster(name, service.clusters.length);
  service.clusters.push(cluster);
  addEndpoint(cluster, "", 1);
  return cluster;
}

function addEndpoint(cluster: Cluster, address: string, weight: i32): void {
  const endpoint = new Endpoint(address, weight), headers = endpoint.headers;
  writeHeader(headers, ":method", "CONNECT");
  writeHeader(headers, ":authority", "lane");
  writeHeader(headers, "x-meltemi-cluster", cluster.name);
  if (address.length) writeHeader(headers, "x-meltemi-endpoint", address);
  const bytes = String.UTF8.encode(address);
  endpoint.hash = hashBytes(HASH_START, changetype<usize>(bytes), bytes.byteLength);
  cluster.endpoints.push(endpoint);
}

function readFilters(json: Json, service: Service, keys: Keys, problems: Problems): void {
  const filters = problems.list(json, "filters");
  if (filters.length > MAX_FILTERS) return problems.report("filters", "found " + filters.length.toString() + " filters, allowed: " + MAX_FILTERS.toString());
  for (let i = 0; i < filters.length; i++) {
    const item = filters[i];
    if (!problems.isObject(item)) return;
    problems.unknownFields(item, ["name", "match", "routes", "config"]);
    const name = problems.needText(item, "name"), filter = createFilter(name);
    if (!filter) return problems.report(item.path() + ".name", 'found "' + name + '", allowed: ' + filterNames().join(", "));
    if (isAmbiguous(name)) return problems.report(item.path() + ".name", 'found "' + name + '", the name of two filters of this module');
    const config = problems.object(item, "config");
    filter.place = i;
    filter.configure(config ? config : new Json(JsonKind.Object), keys, problems);
    if (filter.tickMs > 0) service.tickMs = min(service.tickMs, filter.tickMs);
    problems.texts(item, "routes");
    service.filters.add(filter, readCondition(item.get("match"), keys, problems), problems.list(item, "routes"));
  }
}

function readFallback(json: Json, service: Service, problems: Problems): void {
  const name = problems.text(json, "defaultCluster");
  const opaque = problems.oneOf(json, "opaque", ["deny", "allow"], "deny");
  if (!name.length && service.inline && !json.has("routes")) {
    // The tcp_proxy behind the filter has a cluster of its own.
    setFallback(service, clusterOf(service, ""));
    if (opaque == "allow") service.opaqueCluster = clusterOf(service, "");
    return;
  }
  if (!name.length) {
    if (!json.has("routes")) problems.report("routes", "missing, allowed: routes, defaultCluster, or both");
    if (opaque == "allow") problems.report("opaque", 'found "allow", which needs a defaultCluster');
    return;
  }
  const cluster = clusterOf(service, name);
  setFallback(service, cluster);
  if (opaque == "allow") service.opaqueCluster = cluster;
}

function setFallback(service: Service, cluster: Cluster): void {
  const route = new Route("default");
  route.clusters.push(cluster);
  route.shares.push(1);
  service.routes.fallback = route;
}
