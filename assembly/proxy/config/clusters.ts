/** Reads `clusters` of the plugin configuration. */
import { Json } from "../../bytes/json";
import { Problems } from "../../bytes/problems";
import { Balance, Cluster } from "../cluster/cluster";
import { Endpoint } from "../cluster/endpoint";
import { HASH_START, hashBytes } from "../cluster/hash";
import { OutlierPolicy } from "../cluster/outlierDetection";
import { ConfigUpdate } from "./update";
import { writeHeader } from "../http2/hpack";

/** As in Envoy. */
const MAX_PRIORITY: i64 = 128;
const MAX_MS: i64 = 86_400_000;
const BALANCES = ["roundRobin", "leastRequest", "random", "hash"];

export function readClusters(json: Json, update: ConfigUpdate, problems: Problems): void {
  const clusters = problems.object(json, "clusters");
  if (!clusters) return;
  for (let i = 0; i < clusters.names.length; i++) {
    const item = clusters.items[i];
    if (!problems.isObject(item)) return;
    problems.unknownFields(item, ["endpoints", "balance", "limits", "outlier"]);
    const cluster = new Cluster(clusters.names[i]);
    readLimits(item, cluster, problems);
    const balance = problems.oneOf(item, "balance", BALANCES, "roundRobin");
    cluster.balance = balance == "hash" ? Balance.Hash : balance == "random" ? Balance.Random
      : balance == "leastRequest" ? Balance.LeastRequest : Balance.RoundRobin;
    const endpoints = problems.list(item, "endpoints");
    for (let j = 0; j < endpoints.length; j++) {
      const endpoint = endpoints[j];
      if (!problems.isObject(endpoint)) return;
      problems.unknownFields(endpoint, ["address", "weight", "priority"]);
      const weight = <i32>problems.int(endpoint, "weight", 1, 1, 1 << 20), priority = <i32>problems.int(endpoint, "priority", 0, 0, MAX_PRIORITY);
      addEndpoint(cluster, problems.needText(endpoint, "address"), weight, priority);
    }
    addTarget(update, cluster);
  }
}

/** The cluster of a name; one that `clusters` does not describe is left to Envoy's own choice of endpoint. */
export function clusterOf(update: ConfigUpdate, name: string): Cluster {
  const known = update.cluster(name);
  return known ? known : addTarget(update, new Cluster(name));
}

function addTarget(update: ConfigUpdate, target: Cluster): Cluster {
  if (target.endpoints.length == 0) addEndpoint(target, "", 1, 0);
  target.prepare();
  return update.add(target);
}

function addEndpoint(cluster: Cluster, address: string, weight: i32, priority: i32): void {
  const endpoint = new Endpoint(address, weight, priority), headers = endpoint.headers;
  writeHeader(headers, ":method", "CONNECT");
  writeHeader(headers, ":authority", "lane");
  writeHeader(headers, "x-meltemi-cluster", cluster.name);
  if (address.length) writeHeader(headers, "x-meltemi-endpoint", address);
  const bytes = String.UTF8.encode(address);
  endpoint.hash = hashBytes(HASH_START, changetype<usize>(bytes), bytes.byteLength);
  cluster.endpoints.push(endpoint);
}

/** Reads `limits` and `outlier` of a cluster. */
function readLimits(item: Json, cluster: Cluster, problems: Problems): void {
  const limits = problems.object(item, "limits"), json = problems.object(item, "outlier");
  if (limits) {
    problems.unknownFields(limits, ["maxRequests", "maxPending"]);
    cluster.maxRequests = <i32>problems.int(limits, "maxRequests", 0, 0, i32.MAX_VALUE);
    cluster.maxPending = <i32>problems.int(limits, "maxPending", 0, 0, i32.MAX_VALUE);
  }
  if (!json) return;
  problems.unknownFields(json, ["errors", "intervalMs", "baseMs", "maxMs", "maxPercent"]);
  const policy = new OutlierPolicy();
  policy.errors = <i32>problems.int(json, "errors", 5, 1, 1 << 20);
  policy.intervalMs = <i32>problems.int(json, "intervalMs", 10_000, 1, MAX_MS);
  policy.baseMs = <i32>problems.int(json, "baseMs", 30_000, 1, MAX_MS);
  policy.maxMs = <i32>problems.int(json, "maxMs", max<i64>(300_000, policy.baseMs), policy.baseMs, MAX_MS);
  policy.maxPercent = <i32>problems.int(json, "maxPercent", 10, 0, 100);
  cluster.outlier = policy;
}
