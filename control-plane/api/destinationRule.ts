import { readDuration } from "./duration.ts";
import type { Field, Fields } from "./field.ts";
import { type LocalitySetting, readLocalitySetting } from "./locality.ts";
import { each, type Metadata } from "./metadata.ts";
import type { Located, Place } from "./problem.ts";
import { type ClientTls, readTls } from "./tls.ts";

/** networking.istio.io DestinationRule. */
export interface DestinationRule extends Metadata {
  host: Located<string>;
  policy: TrafficPolicy;
  subsets: Subset[];
}

export interface Subset {
  name: string;
  at: Place;
  labels: Record<string, string>;
  policy: TrafficPolicy;
}

/** Absent parts are inherited, or Meltemi's defaults. */
export interface TrafficPolicy {
  loadBalancer?: LoadBalancer;
  connections?: Connections;
  outliers?: Outliers;
  tls?: ClientTls;
  /** By port number; such a policy inherits nothing (Istio's rule). */
  ports: Map<number, TrafficPolicy>;
}

export interface LoadBalancer {
  balance: "roundRobin" | "leastRequest" | "random" | "hash";
  /** With "hash": the metadata key whose value picks the endpoint. */
  hashKey?: Located<string>;
  locality?: LocalitySetting;
  at: Place;
}

export interface Connections {
  at?: Place;
  /** Requests in flight, and those that wait for a connection. */
  maxRequests?: number;
  maxPending?: number;
  idleMs?: number;
  maxConnections?: number;
  connectTimeoutMs?: number;
  keepalive?: { probes?: number; timeSeconds?: number; intervalSeconds?: number };
}

/** Ejection of endpoints that fail; what is absent is Envoy's default. */
export interface Outliers {
  consecutiveErrors?: number;
  consecutiveGatewayErrors?: number;
  consecutiveLocalErrors?: number;
  splitLocalErrors?: boolean;
  intervalMs?: number;
  baseEjectionMs?: number;
  maxEjectionPercent?: number;
  minHealthPercent?: number;
}

const BALANCE = { ROUND_ROBIN: "roundRobin", LEAST_REQUEST: "leastRequest", LEAST_CONN: "leastRequest", RANDOM: "random" } as const;
const U32 = 0xffff_ffff;
/** The key that tells the client's address, of any protocol. */
const SOURCE = "source.address";
/** What the filter takes. */
const MAX_REQUESTS = 1 << 30;

export function readDestinationRule(root: Fields, metadata: Metadata): DestinationRule | undefined {
  const spec = root.required("spec").record();
  const host = spec.required("host").located();
  const policy = readPolicy(spec.field("trafficPolicy"), true);
  const misplaced = spec.field("outlierDetection");
  if (!misplaced.missing) {
    misplaced.warn("belongs in trafficPolicy: treated as if it were there");
    if (policy.outliers) misplaced.error("is set in trafficPolicy too: remove one of them");
    policy.outliers = readOutliers(misplaced);
  }
  const names = new Set<string>();
  const subsets = each(spec.field("subsets").list(), (field) => readSubset(field, names));
  spec.ignored("exportTo");
  spec.unsupported("workloadSelector");
  spec.end();
  return host && { ...metadata, host, policy, subsets };
}

function readSubset(field: Field, names: Set<string>): Subset | undefined {
  const subset = field.record();
  const name = subset.required("name").string();
  const labels = subset.field("labels").stringMap();
  const policy = readPolicy(subset.field("trafficPolicy"), true);
  subset.end();
  if (name === undefined) return undefined;
  if (!/^[A-Za-z0-9._-]+$/.test(name)) subset.field("name").error("must consist of letters, digits, dots, dashes and underscores");
  if (names.has(name)) subset.field("name").error("is already the name of another subset");
  names.add(name);
  return { name, at: field.at, labels, policy };
}

function readPolicy(field: Field, outer: boolean): TrafficPolicy {
  const policy: TrafficPolicy = { ports: new Map() };
  if (field.missing) return policy;
  const record = field.record();
  const [loadBalancer, connections, outliers] =
    [record.field("loadBalancer"), record.field("connectionPool"), record.field("outlierDetection")];
  if (!loadBalancer.missing) policy.loadBalancer = readLoadBalancer(loadBalancer);
  if (!connections.missing) policy.connections = readConnections(connections);
  if (!outliers.missing) policy.outliers = readOutliers(outliers);
  const tls = readTls(record.field("tls"));
  if (tls) policy.tls = tls;
  if (outer) readPortPolicies(record.field("portLevelSettings"), policy.ports);
  else record.silent("port");
  record.unsupported("tunnel", "proxyProtocol", "retryBudget");
  record.end();
  return policy;
}

function readPortPolicies(field: Field, ports: Map<number, TrafficPolicy>): void {
  for (const item of field.list()) {
    const number = item.record().required("port").record().required("number").integer(0, 65535);
    const policy = readPolicy(item, false);
    if (number === undefined) continue;
    if (ports.has(number)) item.error(`port ${number} already has settings`);
    ports.set(number, policy);
  }
}

function readLoadBalancer(field: Field): LoadBalancer {
  const record = field.record();
  const simple = record.field("simple");
  const hash = record.field("consistentHash");
  const setting = record.field("localityLbSetting"), locality = setting.missing ? {} : { locality: readLocalitySetting(setting) };
  record.unsupported("warmupDurationSecs", "warmup");
  record.end();
  if (!simple.missing && !hash.missing) field.error("must have one of simple and consistentHash, not both");
  if (!hash.missing) return { balance: "hash", at: field.at, ...locality, ...readHash(hash) };
  const allowed = Object.keys(BALANCE) as (keyof typeof BALANCE)[];
  const name = simple.string();
  if (name === "PASSTHROUGH") simple.error("not supported: a lane needs a known endpoint", allowed);
  else if (name !== undefined && name !== "UNSPECIFIED") return { balance: BALANCE[simple.oneOf(allowed) ?? "ROUND_ROBIN"], at: field.at, ...locality };
  return { balance: "roundRobin", at: field.at, ...locality };
}

function readHash(field: Field): { hashKey?: Located<string> } {
  const record = field.record();
  const others = ["httpCookie", "httpQueryParameterName"];
  record.unsupported(...others);
  const source = record.field("useSourceIp"), bySource = source.boolean() === true;
  const key = bySource || others.some((name) => record.has(name)) ? record.field("httpHeaderName") : record.required("httpHeaderName");
  if (bySource && !key.missing) source.error("cannot be combined with httpHeaderName: one key selects the endpoint");
  record.ignored("minimumRingSize", "ringHash", "maglev");
  record.end();
  const hashKey = bySource ? { value: SOURCE, at: source.at } : key.located();
  return hashKey ? { hashKey } : {};
}

function readConnections(field: Field): Connections {
  const pool = field.record();
  const [tcp, http] = [readTcp(pool.field("tcp")), readHttp(pool.field("http"))];
  if (tcp.idleMs !== undefined && http.idleMs !== undefined) pool.field("http").record().field("idleTimeout").error("is set in tcp too: remove one of them");
  pool.end();
  return { ...tcp, ...http, at: field.at };
}

/** `connectionPool.http`, of which what counts requests is for any protocol. */
function readHttp(field: Field): Connections {
  const http = field.record();
  const read = {
    maxRequests: http.field("http2MaxRequests").integer(1, MAX_REQUESTS),
    maxPending: http.field("http1MaxPendingRequests").integer(1, MAX_REQUESTS),
    idleMs: readDuration(http.field("idleTimeout")),
  };
  http.unsupported("maxRequestsPerConnection", "maxRetries");
  http.ignored("h2UpgradePolicy", "useClientProtocol", "maxConcurrentStreams");
  http.end();
  return Object.fromEntries(Object.entries(read).filter(([, value]) => value !== undefined));
}

/** `connectionPool.tcp`. */
export function readTcp(field: Field): Connections {
  const tcp = field.record();
  const maxConnections = tcp.field("maxConnections").integer(1, U32);
  const connectTimeoutMs = readDuration(tcp.field("connectTimeout"));
  const keepalive = readKeepalive(tcp.field("tcpKeepalive"));
  const idleMs = readDuration(tcp.field("idleTimeout"));
  tcp.unsupported("maxConnectionDuration");
  tcp.end();
  return {
    ...(idleMs === undefined ? {} : { idleMs }),
    ...(maxConnections === undefined ? {} : { maxConnections }),
    ...(connectTimeoutMs === undefined ? {} : { connectTimeoutMs }),
    ...(keepalive ? { keepalive } : {}),
  };
}

function readKeepalive(field: Field): Connections["keepalive"] {
  if (field.missing) return undefined;
  const record = field.record();
  const probes = record.field("probes").integer(1, U32);
  const [time, interval] = [readDuration(record.field("time")), readDuration(record.field("interval"))];
  record.end();
  const seconds = (ms: number) => Math.max(1, Math.round(ms / 1000));
  return {
    ...(probes === undefined ? {} : { probes }),
    ...(time === undefined ? {} : { timeSeconds: seconds(time) }),
    ...(interval === undefined ? {} : { intervalSeconds: seconds(interval) }),
  };
}

function readOutliers(field: Field): Outliers {
  const record = field.record();
  const errors = record.has("consecutive5xxErrors") ? record.field("consecutive5xxErrors") : record.field("consecutiveErrors");
  record.silent("consecutive5xxErrors", "consecutiveErrors");
  const read = {
    consecutiveErrors: errors.integer(0, U32),
    consecutiveGatewayErrors: record.field("consecutiveGatewayErrors").integer(0, U32),
    consecutiveLocalErrors: record.field("consecutiveLocalOriginFailures").integer(0, U32),
    splitLocalErrors: record.field("splitExternalLocalOriginErrors").boolean(),
    intervalMs: readDuration(record.field("interval")),
    baseEjectionMs: readDuration(record.field("baseEjectionTime")),
    maxEjectionPercent: record.field("maxEjectionPercent").integer(0, 100),
    minHealthPercent: record.field("minHealthPercent").integer(0, 100),
  };
  record.end();
  return Object.fromEntries(Object.entries(read).filter(([, value]) => value !== undefined));
}
